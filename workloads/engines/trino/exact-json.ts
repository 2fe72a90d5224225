/** From so many digits on, a number of JSON may not survive in a double. */
const LONG_INTEGER = /\d{16}/;
/** A whole string, so that digits in it are left alone, or a whole number. */
const STRING_OR_NUMBER = /"[^"\\]*(?:\\.[^"\\]*)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;
const WHOLE_LONG_INTEGER = /^-?\d{16,}$/;

/** Reads JSON without rounding: integers of 16 digits and more become strings of their digits. Throws SyntaxError. */
export function parseExactJson(text: string): unknown {
  if (!LONG_INTEGER.test(text)) return JSON.parse(text);
  return JSON.parse(text.replace(STRING_OR_NUMBER, (token) => (WHOLE_LONG_INTEGER.test(token) ? `"${token}"` : token)));
}
