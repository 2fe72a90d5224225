import type { CellStatus, ResultRow } from '../../model/result-row.js';
import { groupBy } from '../../results/group-by.js';
import { failureOf } from './cells.js';
import type { CoverageCell, CoverageKind, CoverageOfSeries, CoverageReason } from './engine-types.js';
import type { Series } from './series-types.js';

/** From what a reader must not miss to what is best. */
const WORST_FIRST: readonly CoverageKind[] = ['wrong', 'failed', 'unsupported', 'to_spec', 'exact', 'not_run'];

/** Which queries a series answered and how, generated from its rows at every number of workers. */
export function coverageOf(series: Series, rows: readonly ResultRow[], queries: readonly string[]): CoverageOfSeries {
  return { series, cells: queries.map((query) => cellOf(query, rows.filter((row) => row.query === query))), reasons: reasonsOf(rows) };
}

function cellOf(query: string, rows: readonly ResultRow[]): CoverageCell {
  if (rows.length === 0) return { query, kind: 'not_run', status: null, rewritten: false, onlyAt: [] };
  const judged = rows.map((row) => ({ row, ...judge(row) }));
  const kind = WORST_FIRST.find((one) => judged.some((each) => each.kind === one)) ?? 'not_run';
  const so = judged.filter((each) => each.kind === kind);
  const workers = (list: readonly { readonly row: ResultRow }[]): number[] => [...new Set(list.map(({ row }) => row.workers))].sort((a, b) => a - b);
  const [at, everywhere] = [workers(so), workers(judged)];
  return { query, kind, status: so[0]?.status ?? null, rewritten: rows.some((row) => row.rewrite !== null), onlyAt: at.length < everywhere.length ? at : [] };
}

function judge(row: ResultRow): { kind: CoverageKind; status: Exclude<CellStatus, 'ok'> | null } {
  const failure = failureOf(row);
  if (failure === null) return { kind: row.strict_ok === true ? 'exact' : 'to_spec', status: null };
  if (failure.status === 'wrong_answer') return { kind: 'wrong', status: failure.status };
  return { kind: failure.status === 'unsupported' ? 'unsupported' : 'failed', status: failure.status };
}

const TO_SPEC = 'Within the tolerance of TPC-H 2.1.3.5, not exactly equal to the stored answer.';

/** Each sentence once, with the queries that it is true of. */
function reasonsOf(rows: readonly ResultRow[]): CoverageReason[] {
  const told = rows.flatMap((row) => [...judgedReason(row), ...(row.rewrite === null ? [] : [{ query: row.query, what: 'rewritten', sentence: row.rewrite }])]);
  return groupBy(told, ({ what, sentence }) => JSON.stringify([what, sentence])).map((group) => {
    const [first] = group;
    return { what: first?.what ?? '', sentence: first?.sentence ?? '', queries: [...new Set(group.map(({ query }) => query))] };
  });
}

function judgedReason(row: ResultRow): { query: string; what: string; sentence: string }[] {
  const failure = failureOf(row);
  if (failure !== null) return [{ query: row.query, what: failure.status.replaceAll('_', ' '), sentence: failure.cause }];
  return row.strict_ok === true ? [] : [{ query: row.query, what: 'to spec', sentence: row.error ?? TO_SPEC }];
}
