import type { RunProgress } from '../coordinator/run-plan.js';
import type { SessionUnit } from './contract.js';

/** Each unit on its way, for those whose executor sees it. `startedAtMs`: when the query was handed over, on the clock of `performance.now()`. */
export function sessionUnits(progress: RunProgress, startedAtMs: number): SessionUnit[] {
  return progress.stages.flatMap(({ stage, units, mergedAtMs }) => units.flatMap(({ unit, outcome, metrics }): SessionUnit[] => {
    if (outcome.timeline === undefined) return [];
    return [{
      stage: stage.id,
      unit_id: unit.id,
      attempts: outcome.attempts,
      ...outcome.timeline,
      executed_ms: sumOf([metrics.decode_ms, metrics.exec_ms, metrics.proof_ms]),
      uploaded_ms: metrics.upload_ms,
      merged_ms: mergedAtMs === null ? null : mergedAtMs - startedAtMs,
    }];
  }));
}

/** Of those that were measured; null when none was. */
function sumOf(values: readonly (number | null)[]): number | null {
  const measured = values.filter((value) => value !== null);
  return measured.length === 0 ? null : measured.reduce((sum, value) => sum + value, 0);
}
