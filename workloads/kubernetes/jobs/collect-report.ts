import { failed, type Verdict } from '../../coordinator/executors/failure.js';
import { judgeReport } from '../../coordinator/executors/report.js';
import { FlowbenchError, messageOf } from '../../model/errors.js';
import { unitForPod, type WorkUnitV2 } from '../../model/work-unit.js';
import { metricsUri } from '../../model/worker-metrics.js';
import type { Storage } from '../../storage/storage.js';

export interface PodReport {
  readonly podUid: string;
  readonly exitCode: number | null;
  /** The last lines of the pod's log, asked for only where the report is not in the store. */
  readonly log: () => Promise<string | null>;
}

/**
 * The report of the pod that carried out a unit: the copy beside its output, as that is read in milliseconds and
 * outlives the pod; the pod's log where there is none.
 */
export async function collectReport(storage: Pick<Storage, 'read'>, unit: WorkUnitV2, { podUid, exitCode, log }: PodReport): Promise<Verdict> {
  const asked = unitForPod(unit, podUid);
  try {
    const stored = await storage.read(metricsUri(asked.output.uri));
    if (stored !== null) return judgeReport(stored.toString('utf8').trim(), asked, exitCode);
  } catch (error) {
    const logged = reportLine(await log().catch(() => null));
    if (logged !== null) return judgeReport(logged, asked, exitCode);
    const isRight = error instanceof FlowbenchError && error.code === 'configuration';
    return failed('storage', `The report on ${unit.id} cannot be read: ${error instanceof FlowbenchError ? error.sentence : messageOf(error)}`, { exitCode, retryable: !isRight });
  }
  const text = await log();
  const line = reportLine(text);
  if (line !== null) return judgeReport(line, asked, exitCode);
  const lastWords = text?.trim().split('\n').at(-1) ?? '';
  const words = lastWords === '' ? '' : ` (last log line: ${lastWords})`;
  return failed('bad_report', `The worker of ${unit.id} ended with exit code ${exitCode} and left no report${words}.`, { exitCode });
}

/** The log holds both of what a worker prints: its report is the one line of JSON with a unit in it. */
function reportLine(log: string | null): string | null {
  return log?.split('\n').findLast((line) => line.startsWith('{') && line.includes('"work_unit_id"')) ?? null;
}
