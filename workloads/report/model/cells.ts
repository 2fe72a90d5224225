import type { CellStatus, ResultRow } from '../../model/result-row.js';
import { statistics } from '../../results/statistics.js';
import { isTimed } from '../../results/summary.js';
import type { Cell, CellOutcome } from './series-types.js';

/**
 * What the repetitions of one cell come to. One repetition that is not ok, the cold one included, makes the
 * cell a DNF with that repetition's cause: the others' durations are not a result of the cell.
 */
export function buildCell(query: string, rows: readonly ResultRow[]): Cell {
  const sorted = [...rows].sort((a, b) => a.repetition - b.repetition);
  const kept = sorted.filter(isTimed);
  const outcome = cellOutcome(sorted, kept);
  return {
    query,
    outcome,
    coldMs: outcome.kind === 'ok' || outcome.kind === 'cold_only' ? (sorted.find((row) => row.cold && !row.interrupted)?.duration_ms ?? null) : null,
    kept: outcome.kind === 'ok' ? kept : [],
    typical: outcome.kind === 'ok' ? lowerMedianRow(kept) : null,
  };
}

function cellOutcome(rows: readonly ResultRow[], kept: readonly ResultRow[]): CellOutcome {
  if (rows.length === 0) return { kind: 'not_run' };
  const verdicts = rows.map(failureOf).filter((failure) => failure !== null);
  // A wrong answer outweighs a crash: it is the one a reader must not miss.
  const failure = verdicts.find(({ status }) => status === 'wrong_answer') ?? verdicts[0];
  if (failure !== undefined) return { kind: 'dnf', ...failure };
  const durationsMs = kept.map((row) => row.duration_ms).filter((duration) => duration !== null);
  const timing = statistics(durationsMs);
  if (timing !== null) return { kind: 'ok', timing, durationsMs };
  return { kind: rows.some((row) => row.interrupted) ? 'interrupted' : 'cold_only' };
}

interface Failure {
  readonly status: Exclude<CellStatus, 'ok'>;
  readonly cause: string;
}

/** Null for a row whose number may be shown; a row that only claims to be ok is told as what it is. */
export function failureOf(row: ResultRow): Failure | null {
  if (row.status !== 'ok') return { status: row.status, cause: row.error ?? 'The run recorded no cause.' };
  if (row.spec_ok === false) return { status: 'wrong_answer', cause: 'The answer is outside the tolerance of TPC-H 2.1.3.5.' };
  if (row.coverage_ok === false) return { status: 'wrong_answer', cause: 'The planned row groups were not read exactly once each.' };
  if (row.duration_ms === null) return { status: 'infrastructure_error', cause: 'The row carries no duration.' };
  return null;
}

function lowerMedianRow(rows: readonly ResultRow[]): ResultRow | null {
  const sorted = [...rows].sort((a, b) => (a.duration_ms ?? 0) - (b.duration_ms ?? 0));
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? null;
}
