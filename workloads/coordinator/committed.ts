import { FlowbenchError } from '../model/errors.js';
import { bucketUri, POD_UID_PLACEHOLDER, type WorkUnitV2 } from '../model/work-unit.js';
import type { WorkerMetrics } from '../model/worker-metrics.js';
import type { UnitOutcome } from './executor.js';

/** A unit that is done, with the one output that counts for it. */
export interface CommittedUnit {
  readonly unit: WorkUnitV2;
  readonly outcome: UnitOutcome;
  readonly metrics: WorkerMetrics;
  /** Files of its partial, one a bucket. */
  readonly files: readonly string[];
}

/**
 * Commits one output for a unit: several pods may have carried it out, each under a name with its own uid, and
 * only the one that the executor names counts. Throws `infrastructure` when that is no output of this unit, or
 * when the report is about the files of another pod: rows of two pods must never both be counted.
 */
export function commit(unit: WorkUnitV2, outcome: UnitOutcome, metrics: WorkerMetrics): CommittedUnit {
  const { uri, buckets } = unit.output;
  const outputUri = outcome.outputUri ?? uri;
  if (!isOutputOf(uri, outputUri)) {
    throw new FlowbenchError('infrastructure', `The executor committed ${outputUri} as the output of ${unit.id}, which writes ${uri}.`);
  }
  const files = bucketsOf(outputUri, buckets);
  const reported = metrics.output_files.map((file) => file.uri);
  if (reported.join('\n') !== files.join('\n')) {
    throw new FlowbenchError('infrastructure', `${unit.id} was committed as ${files.join(', ')}, but the report names ${reported.join(', ') || 'no file'}: it is of another try.`);
  }
  return { unit, outcome, metrics, files };
}

/** The unit with the committed names of the partials it reads. `earlier` are the units of the stages before. */
export function readingCommitted(unit: WorkUnitV2, earlier: readonly CommittedUnit[]): WorkUnitV2 {
  if (unit.input.partials.length === 0) return unit;
  const committed = new Map(earlier.flatMap(({ unit: { output }, files }) =>
    bucketsOf(output.uri, output.buckets).map((planned, bucket): [string, string | undefined] => [planned, files[bucket]])));
  const partials = unit.input.partials.map((planned) => {
    const file = committed.get(planned);
    if (file === undefined) throw new FlowbenchError('internal', `${unit.id} reads ${planned}, which no unit before it wrote.`);
    return file;
  });
  return { ...unit, input: { ...unit.input, partials } };
}

export function bucketsOf(uri: string, buckets: number): string[] {
  return Array.from({ length: buckets }, (_, bucket) => bucketUri(uri, bucket, buckets));
}

/** Whether `uri` is what a pod makes of the planned name; a name without the place for a uid stays as it is. */
function isOutputOf(planned: string, uri: string): boolean {
  const [before = '', ...after] = planned.split(POD_UID_PLACEHOLDER);
  if (after.length === 0) return uri === planned;
  const end = after.join(POD_UID_PLACEHOLDER);
  const podUid = uri.slice(before.length, uri.length - end.length);
  return /^[^/{}]+$/.test(podUid) && planned.replaceAll(POD_UID_PLACEHOLDER, podUid) === uri;
}
