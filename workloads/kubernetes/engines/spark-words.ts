/** What the operator and spark-submit say before spark-submit's own log begins. */
const OPENING = /^(?:failed to [a-z -]+: )+/;
/** Line in which a JVM says what ended it; the package of what was thrown says nothing. */
const THROWN = /^Exception in thread "[^"]*" (?:[\w$]+\.)*(.+)$/m;
/** Line in which it says what was behind that, the innermost last. */
const CAUSES = /^Caused by: (?:[\w$]+\.)*(.+)$/gm;

/**
 * The operator's words about an application that failed, in one line. Of a submission it tells all that
 * spark-submit wrote, a log of sixty lines, in one of which the reason stands, or in two: a client that could not
 * reach the API server throws "An error has occurred.", and only its cause says which.
 */
export function wordsOf(errorMessage: string): string {
  const [opening = ''] = OPENING.exec(errorMessage) ?? [];
  const thrown = THROWN.exec(errorMessage)?.[1];
  if (thrown === undefined) return errorMessage.split('\n').map((line) => line.trim()).filter((line) => line !== '').join(' | ');
  const cause = [...errorMessage.matchAll(CAUSES)].at(-1)?.[1];
  return `${opening}${thrown}${cause === undefined || thrown.startsWith(cause) ? '' : ` (${cause})`}`;
}
