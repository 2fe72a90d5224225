import type { CellStatus, ResultRow } from '../model/result-row.js';
import { groupBy } from './group-by.js';
import { medianOf, statistics, type Statistics } from './statistics.js';

/** What the repetitions of one cell come to. A cell with a repetition that is not ok has no timing. */
export interface CellSummary {
  readonly query: string;
  readonly status: CellStatus;
  /** Over the warm repetitions that one coordinator saw whole, ms; null unless every repetition is ok. */
  readonly timing: Statistics | null;
  readonly coldMs: number | null;
  readonly costUsd: number | null;
  readonly strictOk: boolean;
  /** Every repetition proved that each planned row group was read once; false where there is nothing to prove. */
  readonly isCovered: boolean;
  readonly error: string | null;
}

/** One engine with one set of switches at one number of workers. */
export interface SeriesSummary {
  /** As the engine names itself: `flow (DuckDB 1.5.5)`. */
  readonly label: string;
  readonly engine: string;
  /** 2 for the second series of the null run. */
  readonly replica: number;
  /** The engine and its switches: `flow, warm, balanced, metadata-cache=off`. */
  readonly series: string;
  readonly workers: number;
  readonly threadsPerWorker: number;
  readonly cells: readonly CellSummary[];
  readonly okCells: number;
  /** Queries that the engine cannot express or run, by its own account. */
  readonly unsupportedCells: number;
  /** Σ of medians over the table's common queries, ms; null when there are none. */
  readonly totalMs: number | null;
  /** Σ of median costs over the same queries; null without prices. */
  readonly totalCostUsd: number | null;
  /** Σ of the same series at one worker ÷ this Σ; null without it. */
  readonly speedUp: number | null;
}

/** Rows that may stand side by side: one dataset, protocol, node shape and cluster. */
export interface SummaryTable {
  readonly datasetId: string;
  readonly scaleFactor: number;
  readonly nodeShape: string;
  readonly queries: readonly string[];
  /** Queries that every series completed which completed any: totals are over these alone. */
  readonly commonQueries: readonly string[];
  readonly series: readonly SeriesSummary[];
}

export interface Summary {
  readonly tables: readonly SummaryTable[];
  /** Says why there are several tables; null for one. */
  readonly banner: string | null;
}

/** Ends the name of the second series of the null run. */
export const NULL_RUN_MARK = 'again (null run)';

const COMPARABLE = ['dataset_id', 'protocol_id', 'node_shape', 'cluster_id'] as const;

/** Brings rows into tables of what may be compared. Rows that differ in what the banner names never share one. */
export function summarise(rows: readonly ResultRow[]): Summary {
  const groups = groupBy(rows, (row) => JSON.stringify(COMPARABLE.map((key) => row[key])));
  const differing = COMPARABLE.filter((key) => new Set(rows.map((row) => row[key])).size > 1);
  const banner = `Not comparable: these rows differ in ${differing.join(', ')}, so each has a table of its own.`;
  return { tables: groups.map(summaryTable), banner: groups.length > 1 ? banner : null };
}

/** Of one cell's repetitions: ok only when all are; otherwise the first failure, a wrong answer before any other. */
export function cellStatus(rows: readonly ResultRow[]): CellStatus {
  if (rows.some((row) => row.status === 'wrong_answer')) return 'wrong_answer';
  return rows.find((row) => row.status !== 'ok')?.status ?? 'ok';
}

/** Whether a repetition counts in statistics: neither the cold one nor one that two coordinators had a part in. */
export function isTimed(row: ResultRow): boolean {
  return !row.cold && !row.interrupted;
}

function summaryTable(rows: readonly ResultRow[]): SummaryTable {
  const first = rows[0] as ResultRow;
  const queries = [...new Set(rows.map((row) => row.query))];
  const drafts = groupBy(rows, (row) => JSON.stringify([seriesName(row), row.workers, row.threads_per_worker])).map((group) => ({
    first: group[0] as ResultRow,
    cells: groupBy(group, (row) => row.query).map(cellSummary),
  }));
  // A series that completed nothing would leave no query in common and take the totals of all others with it.
  const finishers = drafts.filter(({ cells }) => cells.some((cell) => cell.timing !== null));
  const isCommon = (query: string): boolean => finishers.every(({ cells }) => cells.some((cell) => cell.query === query && cell.timing !== null));
  const commonQueries = finishers.length === 0 ? [] : queries.filter(isCommon);
  const series = drafts.map(({ first: row, cells }) => ({
    label: row.engine_label,
    engine: row.engine,
    replica: row.replica,
    series: seriesName(row),
    workers: row.workers,
    threadsPerWorker: row.threads_per_worker,
    cells,
    okCells: cells.filter((cell) => cell.status === 'ok').length,
    unsupportedCells: cells.filter((cell) => cell.status === 'unsupported').length,
    totalMs: total(cells, commonQueries, (cell) => cell.timing?.median ?? null),
    totalCostUsd: total(cells, commonQueries, (cell) => cell.costUsd),
    speedUp: null,
  }));
  return {
    datasetId: first.dataset_id,
    scaleFactor: first.scale_factor,
    nodeShape: first.node_shape,
    queries,
    commonQueries,
    series: series.map((one) => ({ ...one, speedUp: speedUp(one, series) })),
  };
}

function cellSummary(rows: readonly ResultRow[]): CellSummary {
  const status = cellStatus(rows);
  const warm = rows.filter(isTimed);
  const isOk = status === 'ok';
  return {
    query: (rows[0] as ResultRow).query,
    status,
    timing: isOk ? statistics(warm.flatMap((row) => row.duration_ms ?? [])) : null,
    coldMs: isOk ? (rows.find((row) => row.cold && !row.interrupted)?.duration_ms ?? null) : null,
    costUsd: isOk ? medianOf(warm.map((row) => row.cost_usd)) : null,
    strictOk: rows.every((row) => row.strict_ok === true),
    isCovered: rows.every((row) => row.coverage_ok === true),
    error: rows.find((row) => row.status === status)?.error ?? null,
  };
}

/** What sets series of one engine apart, as text: `warm, balanced, metadata-cache=off`. */
function seriesName(row: ResultRow): string {
  const tier = row.tier === 'default' ? null : row.tier;
  const again = row.replica === 1 ? null : NULL_RUN_MARK;
  return [row.engine, row.executor, row.assignment, row.variant, tier, again].filter((part) => part !== null).join(', ');
}

function total(cells: readonly CellSummary[], queries: readonly string[], read: (cell: CellSummary) => number | null): number | null {
  const values = cells.filter((cell) => queries.includes(cell.query)).map(read);
  if (values.length === 0) return null;
  return values.reduce((sum, value) => (sum === null || value === null ? null : sum + value), 0);
}

function speedUp(one: SeriesSummary, all: readonly SeriesSummary[]): number | null {
  const base = all.find((other) => other.series === one.series && other.workers === 1 && other.threadsPerWorker === one.threadsPerWorker);
  if (base?.totalMs == null || one.totalMs === null || one.totalMs === 0) return null;
  return base.totalMs / one.totalMs;
}
