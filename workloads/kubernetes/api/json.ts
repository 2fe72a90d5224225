/** Fields of the API that hold a point in time: JSON has none, and our types say Date. */
const TIMES: ReadonlySet<string> = new Set([
  'creationTimestamp', 'deletionTimestamp', 'time', 'startTime', 'completionTime', 'lastTransitionTime', 'lastProbeTime', 'startedAt', 'finishedAt',
  'firstTimestamp', 'lastTimestamp', 'eventTime', 'lastObservedTime', 'acquireTime', 'renewTime', 'lastScheduleTime', 'lastSuccessfulTime',
]);
const RFC3339 = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?Z$/;
/** The API takes times of leases with exactly six digits after the second. */
const MICRO_TIMES: ReadonlySet<string> = new Set(['acquireTime', 'renewTime', 'eventTime', 'lastObservedTime']);

/** What the API server sent, with its times as dates. Throws SyntaxError for what is no JSON. */
export function parseApiJson(text: string): unknown {
  return JSON.parse(text, (key, value: unknown) => (typeof value === 'string' && TIMES.has(key) && RFC3339.test(value) ? new Date(value) : value));
}

/** An object as the API server takes it. */
export function apiJson(object: object): string {
  return JSON.stringify(object, (key, value: unknown) => (
    // A Date is text by now: it turns itself into it before it is shown here.
    typeof value === 'string' && MICRO_TIMES.has(key) ? value.replace(/\.(\d{3})Z$/, '.$1000Z') : value
  ));
}
