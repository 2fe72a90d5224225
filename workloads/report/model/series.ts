import type { ResultRow } from '../../model/result-row.js';
import { plural } from '../format.js';
import { buildCell } from './cells.js';
import { clusterLabel } from './cluster-series.js';
import { totalsOf } from './totals.js';
import type { Cell, Configuration, Series } from './series-types.js';
import { groupBy } from '../../results/group-by.js';

/** The switches that may set two series of one engine apart, with how they read in a label. */
const SWITCHES: readonly ((row: ResultRow) => string | null)[] = [
  (row) => row.assignment,
  (row) => clusterLabel(row.executor) ?? (row.executor === 'warm' ? 'warm pool' : row.executor),
];

/** A variant or tier that is not the plain one is told also where no sibling has another. */
const ALWAYS_TOLD: readonly ((row: ResultRow) => string)[] = [
  (row) => row.variant.replace('=', ' ').replaceAll('-', ' '),
  (row) => (row.tier === 'default' ? row.tier : `${row.tier} settings`),
];
const PLAIN = 'default';

/** Not told a number of workers: one process with all the cores. Every other engine is one that scales. */
const SINGLE_PROCESS_ENGINES: ReadonlySet<string> = new Set(['duckdb']);

interface Draft {
  readonly label: string;
  readonly rows: readonly ResultRow[];
  readonly configurations: readonly { readonly workers: number; readonly threadsPerWorker: number; readonly cells: readonly Cell[] }[];
}

export interface SeriesSet {
  readonly series: readonly Series[];
  readonly commonQueries: readonly string[];
}

/**
 * Groups the rows of one section into series and adds them up over the queries that every configuration
 * completed. A configuration that completed nothing has no totals and does not empty the others'.
 * @param machineCpus cores of the one machine all workers share; null when each has its own
 */
export function buildSeries(rows: readonly ResultRow[], queries: readonly string[], machineCpus: number | null): SeriesSet {
  const drafts = groupBy(rows, seriesKey(rows)).map((group) => draftSeries(group, rows, queries));
  const completed = drafts.flatMap((draft) => draft.configurations).filter(({ cells }) => cells.some(isOk));
  const commonQueries = completed.length === 0 ? [] : queries.filter((query) => completed.every(({ cells }) => cells.some((cell) => cell.query === query && isOk(cell))));
  const series = drafts.map((draft) => finishSeries(draft, commonQueries, machineCpus)).sort(bySubject);
  return { series: series.map((one, index) => ({ ...one, id: `s${index + 1}` })), commonQueries };
}

export function isOk(cell: Cell): boolean {
  return cell.outcome.kind === 'ok';
}

/** Threads tell series apart only where the same number of workers was run with several. */
function seriesKey(rows: readonly ResultRow[]): (row: ResultRow) => string {
  const plain = (row: ResultRow): string => JSON.stringify([row.engine, row.variant, row.tier, row.executor, row.assignment]);
  const ambiguous = new Set(
    groupBy(rows, plain).filter((group) => groupBy(group, (row) => String(row.workers)).some((same) => new Set(same.map((row) => row.threads_per_worker)).size > 1))
      .map((group) => plain(group[0] as ResultRow)),
  );
  return (row) => (ambiguous.has(plain(row)) ? `${plain(row)} ${row.threads_per_worker}` : plain(row));
}

function draftSeries(group: readonly ResultRow[], section: readonly ResultRow[], queries: readonly string[]): Draft {
  const configurations = groupBy(group, (row) => `${row.workers} ${row.threads_per_worker}`).map((same) => ({
    workers: (same[0] as ResultRow).workers,
    threadsPerWorker: (same[0] as ResultRow).threads_per_worker,
    cells: queries.map((query) => buildCell(query, same.filter((row) => row.query === query))),
  }));
  return { label: labelOf(group, section), rows: group, configurations: configurations.sort((a, b) => a.workers - b.workers) };
}

function labelOf(group: readonly ResultRow[], section: readonly ResultRow[]): string {
  const first = group[0] as ResultRow;
  const siblings = section.filter((row) => row.engine === first.engine);
  const named = nameRow(group);
  const differs = (read: (row: ResultRow) => string | null): boolean => new Set(siblings.map(read)).size > 1;
  const told = [...SWITCHES.filter(differs).map((read) => read(first)), ...ALWAYS_TOLD.filter((read) => differs(read) || read(first) !== PLAIN).map((read) => read(first))];
  const cluster = clusterLabel(first.executor);
  // What kind of time a cluster's series has is said also where it stands alone.
  const parts = cluster === null || told.includes(cluster) ? told : [...told, cluster];
  const sameSwitches = siblings.filter((row) => [...SWITCHES, ...ALWAYS_TOLD].every((read) => read(row) === read(first)));
  const threads = sameSwitches.length > group.length ? `${plural(first.threads_per_worker, 'thread', 'threads')} each` : null;
  return [named.engine_label, ...parts, threads].filter((part) => part !== null).join(', ');
}

function isSingleProcess(row: ResultRow): boolean {
  return SINGLE_PROCESS_ENGINES.has(row.engine);
}

/** A session that never opened does not know its engine's version, so another row names the series. */
function nameRow(rows: readonly ResultRow[]): ResultRow {
  return rows.find((row) => row.engine_version !== null) ?? (rows[0] as ResultRow);
}

function finishSeries(draft: Draft, commonQueries: readonly string[], machineCpus: number | null): Omit<Series, 'id'> {
  const first = draft.rows[0] as ResultRow;
  const withTotals = draft.configurations.map((configuration) => {
    const { workers, threadsPerWorker, cells } = configuration;
    const common = cells.filter((cell) => commonQueries.includes(cell.query));
    const cores = Math.min(workers * threadsPerWorker, machineCpus ?? Infinity);
    const completeMs = cells.every(isOk) ? cells.reduce((sum, { outcome }) => sum + (outcome.kind === 'ok' ? outcome.timing.median : 0), 0) : null;
    return { ...configuration, completeMs, totals: common.length > 0 && common.every(isOk) ? totalsOf(common, cores, isSingleProcess(first)) : null };
  });
  const base = withTotals.find(({ workers }) => workers === 1)?.totals?.medianMs ?? null;
  const configurations: Configuration[] = withTotals.map((configuration) => ({
    ...configuration,
    speedup: base === null || configuration.totals === null ? null : base / configuration.totals.medianMs,
  }));
  return {
    label: draft.label, engine: first.engine, engineLabel: nameRow(draft.rows).engine_label, variant: first.variant, tier: first.tier,
    executor: first.executor, assignment: first.assignment, singleProcess: isSingleProcess(first), configurations,
  };
}

/** Distributed engines first, then by label: a stable order that does not depend on the order of rows. */
function bySubject(a: Omit<Series, 'id'>, b: Omit<Series, 'id'>): number {
  return Number(a.singleProcess) - Number(b.singleProcess) || a.label.localeCompare(b.label, 'en');
}
