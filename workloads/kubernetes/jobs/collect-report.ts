import { failed, type Verdict } from '../../coordinator/executors/failure.js';
import { judgeReport } from '../../coordinator/executors/report.js';
import { FlowbenchError, messageOf } from '../../model/errors.js';
import { unitForPod, type WorkUnitV2 } from '../../model/work-unit.js';
import { metricsUri, WORKER_EXIT } from '../../model/worker-metrics.js';
import type { Storage } from '../../storage/storage.js';

export interface PodReport {
  readonly podUid: string;
  readonly exitCode: number | null;
  /** The last lines of the pod's log; null where it is gone. */
  readonly log: () => Promise<string | null>;
}

/**
 * The report of the pod that carried out a unit. Of one that ended well it is the copy beside its output, which is
 * read in milliseconds and outlives the pod, and the log only where there is none. Of one that failed it is the log
 * first: what failed may be the store.
 */
export async function collectReport(storage: Pick<Storage, 'read'>, unit: WorkUnitV2, pod: PodReport): Promise<Verdict> {
  const asked = unitForPod(unit, pod.podUid);
  const { exitCode } = pod;
  const early = exitCode === WORKER_EXIT.ok ? null : await pod.log().catch(() => null);
  const earlyLine = reportLine(early);
  if (earlyLine !== null) return judgeReport(earlyLine, asked, exitCode);
  const stored = await readStored(storage, asked);
  if (typeof stored === 'string') return judgeReport(stored, asked, exitCode);
  const log = early ?? await pod.log().catch((error: unknown) => (stored === null ? Promise.reject(error as Error) : null));
  const line = reportLine(log);
  if (line !== null) return judgeReport(line, asked, exitCode);
  if (stored !== null) {
    const isForGood = stored instanceof FlowbenchError && stored.code === 'configuration';
    const why = stored instanceof FlowbenchError ? stored.sentence : messageOf(stored);
    return failed('storage', `The report on ${unit.id} cannot be read: ${why}`, { exitCode, retryable: !isForGood });
  }
  return failed('bad_report', `The worker of ${unit.id} ended with exit code ${exitCode} and left no report${lastWords(log)}.`, { exitCode });
}

/** Null where there is none, the error where that cannot be told. */
async function readStored(storage: Pick<Storage, 'read'>, unit: WorkUnitV2): Promise<string | Error | null> {
  try {
    return (await storage.read(metricsUri(unit.output.uri)))?.toString('utf8').trim() ?? null;
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

/** The log holds both of what a worker prints: its report is the one line of JSON with a unit in it. */
function reportLine(log: string | null): string | null {
  return log?.split('\n').findLast((line) => line.startsWith('{') && line.includes('"work_unit_id"')) ?? null;
}

function lastWords(log: string | null): string {
  const line = log?.trim().split('\n').at(-1) ?? '';
  return line === '' ? '' : ` (last log line: ${line})`;
}
