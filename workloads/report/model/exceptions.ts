import type { CellStatus, ResultRow } from '../../model/result-row.js';
import { failureOf } from './cells.js';
import { groupBy } from '../../results/group-by.js';
import type { ExceptionLine, VerdictCounts } from './types.js';

/** Counts rows (repetitions), cold ones included: each was gated. */
export function countVerdicts(rows: readonly ResultRow[]): VerdictCounts {
  const failures = rows.map(failureOf);
  const right = rows.filter((_, index) => failures[index] === null);
  const failed: Partial<Record<CellStatus, number>> = {};
  for (const failure of failures) {
    if (failure !== null && failure.status !== 'wrong_answer') failed[failure.status] = (failed[failure.status] ?? 0) + 1;
  }
  return {
    rows: rows.length,
    ok: right.length,
    strictOk: right.filter((row) => row.strict_ok === true).length,
    specOnly: right.filter(isSpecOnly).length,
    wrong: failures.filter((failure) => failure?.status === 'wrong_answer').length,
    failed,
    coverageProven: rows.filter((row) => row.coverage_ok === true).length,
    coverageFailed: rows.filter((row) => row.coverage_ok === false).length,
    coverageNotApplicable: rows.filter((row) => row.coverage_ok === null).length,
  };
}

const INTERRUPTED = 'The coordinator was restarted, or the cluster did not answer, while it ran: the answer is right and gated, its time is in no statistic.';

/** Every row that is not ok or that is left out of the statistics, equal ones of a cell told once. */
export function listExceptions(rows: readonly ResultRow[], labelOf: (row: ResultRow) => string): ExceptionLine[] {
  const failed = rows.flatMap((row) => {
    const failure = failureOf(row);
    if (failure !== null) return [{ row, status: failure.status, sentence: failure.cause }];
    return row.interrupted ? [{ row, status: row.status, sentence: INTERRUPTED }] : [];
  });
  return toLines(failed, labelOf);
}

/** Every row whose answer is right by the specification but not to the last digit. */
export function listSpecOnly(rows: readonly ResultRow[], labelOf: (row: ResultRow) => string): ExceptionLine[] {
  const loose = rows.filter((row) => failureOf(row) === null && isSpecOnly(row));
  const sentence = 'Within the tolerance of TPC-H 2.1.3.5, not exactly equal to the stored answer.';
  return toLines(loose.map((row) => ({ row, status: row.status, sentence: row.error ?? sentence })), labelOf);
}

function isSpecOnly(row: ResultRow): boolean {
  return row.spec_ok === true && row.strict_ok === false;
}

interface Noted {
  readonly row: ResultRow;
  readonly status: CellStatus;
  readonly sentence: string;
}

function toLines(noted: readonly Noted[], labelOf: (row: ResultRow) => string): ExceptionLine[] {
  return groupBy(noted, ({ row, status, sentence }) => `${row.cell_id} ${status} ${sentence}`).map((group) => {
    const { row, status, sentence } = group[0] as Noted;
    const repetitions = group.map((one) => one.row.repetition).sort((a, b) => a - b);
    return { series: labelOf(row), workers: row.workers, query: row.query, status, repetitions, sentence };
  });
}
