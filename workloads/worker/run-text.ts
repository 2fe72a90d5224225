import { parseWorkUnit } from '../model/work-unit.js';
import type { WorkerMetrics } from '../model/worker-metrics.js';
import type { WorkerEnvironment } from './environment.js';
import { emptyMetrics, withError } from './report.js';
import { runUnit } from './run-unit.js';

/** {@link runUnit} for the text of a work unit; a text that is no work unit is a report too. */
export async function runText(text: string, env: WorkerEnvironment): Promise<WorkerMetrics> {
  const startedMs = performance.now();
  try {
    return await runUnit(parseWorkUnit(text), env);
  } catch (error) {
    const metrics = { ...emptyMetrics(null, env.node), work_unit_id: idIn(text), wall_ms: performance.now() - startedMs };
    return withError(metrics, error);
  }
}

/** The id of a unit that is wrong elsewhere, so that whoever sent it knows which one it was. */
function idIn(text: string): string | null {
  try {
    const json: unknown = JSON.parse(text);
    return typeof json === 'object' && json !== null && 'id' in json && typeof json.id === 'string' ? json.id : null;
  } catch {
    return null;
  }
}
