import { messageOf } from '../../model/errors.js';
import type { WorkUnitV2 } from '../../model/work-unit.js';
import { WORKER_EXIT, workerMetricsSchema, type WorkerMetrics } from '../../model/worker-metrics.js';
import { bucketsOf } from '../committed.js';
import { failed, reportedFailure, type Verdict } from './failure.js';

/**
 * Judges the one line a worker printed. A report that is not exactly what the contract says, or that is
 * about another unit, is worth nothing: `bad_report`. What the worker says it read is not judged here;
 * that is the coverage proof's.
 */
export function judgeReport(line: string, unit: WorkUnitV2, exitCode: number | null): Verdict {
  const parsed = parseMetrics(line);
  if (typeof parsed === 'string') return failed('bad_report', `The worker's report on ${unit.id} is no metrics line: ${parsed}.`, { exitCode });
  if (parsed.error !== null) {
    if (exitCode === WORKER_EXIT.ok) return failed('bad_report', `The worker ended with exit code 0 but reported "${parsed.error.code}" on ${unit.id}.`, { exitCode });
    return reportedFailure(parsed.error, exitCode);
  }
  if (exitCode !== null && exitCode !== WORKER_EXIT.ok) {
    return failed('bad_report', `The worker reported no error on ${unit.id} but ended with exit code ${exitCode}.`, { exitCode });
  }
  const problem = contradiction(parsed, unit);
  return problem === null ? { ok: true, metrics: parsed } : failed('bad_report', `The worker's report on ${unit.id} contradicts its work unit: ${problem}.`, { exitCode });
}

function parseMetrics(line: string): WorkerMetrics | string {
  let json: unknown;
  try {
    json = JSON.parse(line);
  } catch (error) {
    return messageOf(error);
  }
  const parsed = workerMetricsSchema.safeParse(json);
  if (parsed.success) return parsed.data;
  return parsed.error.issues.map((issue) => `${issue.path.join('.') || '(root)'}: ${issue.message}`).join('; ');
}

function contradiction(metrics: WorkerMetrics, unit: WorkUnitV2): string | null {
  if (metrics.work_unit_id !== unit.id) return `it is about "${metrics.work_unit_id}"`;
  if (metrics.stage !== unit.stage.id) return `it is about stage ${metrics.stage} instead of ${unit.stage.id}`;
  if (unit.query.kind === 'tpch' && metrics.query !== unit.query.id) return `it is about ${metrics.query} instead of ${unit.query.id}`;
  const { uri, buckets } = unit.output;
  const expected = bucketsOf(uri, buckets);
  const reported = metrics.output_files.map((file) => file.uri);
  if (reported.join('\n') !== expected.join('\n')) return `it names the output files ${JSON.stringify(reported)} instead of ${JSON.stringify(expected)}`;
  const rows = metrics.output_files.reduce((sum, file) => sum + file.rows, 0);
  return rows === metrics.rows_out ? null : `its output files hold ${rows} rows but rows_out is ${metrics.rows_out}`;
}
