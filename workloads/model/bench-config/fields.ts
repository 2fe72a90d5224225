import * as z from 'zod';

/**
 * Kinds of fields. Each tells what is wrong with a value in one form, which follows the value in the sentence:
 * "is no …; write …". The part after the semicolon alone says what would be right where the value is missing.
 */
export function text(right: string) {
  return z.string({ error: `is no text; ${right}` }).min(1, `is empty; ${right}`);
}

export function textLike(pattern: RegExp, wrong: string, right: string) {
  return z.string({ error: `is no text; ${right}` }).regex(pattern, `${wrong}; ${right}`);
}

export function whole(least: number, most: number, right: string) {
  const error = `is no whole number from ${least} to ${most}; ${right}`;
  return z.int({ error }).min(least, error).max(most, error);
}

/** A number above `none` up to `most`. */
export function within(none: number, most: number, right: string) {
  const error = `is no number above ${none} and up to ${most}; ${right}`;
  return z.number({ error }).gt(none, error).max(most, error);
}

export function flag() {
  return z.boolean({ error: 'is neither true nor false; write one of them, without quotes' });
}

export function among<const Values extends readonly (string | number)[]>(values: Values) {
  return z.literal(values, { error: `is none of those known; write ${values.map((value) => JSON.stringify(value)).join(', ').replace(/, ([^,]*)$/, ' or $1')}` });
}

export function cidr(right: string) {
  const error = `is no IPv4 CIDR; ${right}`;
  return z.cidrv4({ error });
}

export function list<Item extends z.ZodType>(item: Item, right: string) {
  return z.array(item, { error: `is no list; ${right}` });
}
