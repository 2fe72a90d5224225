import { QUERY_IDS } from '../../model/queries.js';
import type { ResultRow } from '../../model/result-row.js';
import type { SessionRecord } from '../../model/session-record.js';
import type { StoredRun } from '../../results/stored-run.js';
import { plural } from '../format.js';
import { countVerdicts, listExceptions, listSpecOnly } from './exceptions.js';
import { groupBy } from '../../results/group-by.js';
import { coverageOf } from './coverage.js';
import { levelsOf } from './levels.js';
import { isOfNullRun, isSeriesOf, nullPairsOf } from './null-pairs.js';
import { planLinks } from './plan-links.js';
import { buildSeries } from './series.js';
import type { Series } from './series-types.js';
import { openedLines, parityBanners } from './sessions.js';
import { unitPathsOf } from './unit-paths.js';
import type { Bound, Section, SectionKey } from './types.js';

/** Finds the byte bound of a section; the caller knows whether its dataset can be reached. */
export type BoundOf = (key: SectionKey, queries: readonly string[], workers: readonly number[]) => Bound;

interface Sourced {
  readonly row: ResultRow;
  readonly run: StoredRun;
}

/** Splits the rows of all runs so that only comparable ones meet, and builds each group's section. */
export function buildSections(runs: readonly StoredRun[], boundOf: BoundOf): Section[] {
  const sourced = runs.flatMap((run) => run.rows.map((row) => ({ row, run })));
  const groups = groupBy(sourced, (one) => JSON.stringify(sectionKey(one)));
  const keys = groups.map((group) => sectionKey(group[0] as Sourced));
  const sections = groups.map((group, index) => buildSection(group, titleOf(keys[index] as SectionKey, keys), boundOf));
  const sorted = sections.sort((a, b) => a.key.scale_factor - b.key.scale_factor || a.title.localeCompare(b.title, 'en'));
  return sorted.map((section, index) => ({ ...section, id: `section-${index + 1}` }));
}

function sectionKey({ row, run }: Sourced): SectionKey {
  const { host } = run.record;
  return {
    dataset_id: row.dataset_id,
    scale_factor: row.scale_factor,
    protocol_id: row.protocol_id,
    node_shape: row.node_shape,
    cluster: row.cluster_id ?? `${host.hostname} (${host.cpus} × ${host.cpu_model})`,
  };
}

/** Scale factor and node shape, and whatever else is needed to tell the sections apart. */
function titleOf(key: SectionKey, all: readonly SectionKey[]): string {
  const differs = (field: keyof SectionKey): boolean => new Set(all.filter((other) => other.scale_factor === key.scale_factor).map((other) => other[field])).size > 1;
  const parts = [`Scale factor ${key.scale_factor}`, key.node_shape];
  if (differs('dataset_id')) parts.push(`dataset ${shortId(key.dataset_id)}`);
  if (differs('protocol_id')) parts.push(`protocol ${key.protocol_id}`);
  if (differs('cluster')) parts.push(key.cluster);
  return parts.join(' · ');
}

/** Enough of a content hash to recognise it by eye. */
export function shortId(id: string): string {
  return id.replace(/^sha256:/, '').slice(0, 12);
}

function buildSection(group: readonly Sourced[], title: string, boundOf: BoundOf): Section {
  const first = group[0] as Sourced;
  const { rows: all, superseded } = newestRows(group);
  // The null run's second series shows the noise; it is no series to compare.
  const rows = all.filter((row) => !isOfNullRun(row));
  const queries = [...new Set(rows.map((row) => row.query))].sort(byQuery);
  const machineCpus = first.row.cluster_id === null ? first.run.record.host.cpus : null;
  const { series, commonQueries } = buildSeries(rows, queries, machineCpus);
  const nullPairs = nullPairsOf(all, series);
  const runs = [...new Set(group.map(({ run }) => run))];
  const sessions = openedLines(series, sessionsOf(all, runs));
  const labelOf = (row: ResultRow): string => labelOfRow(row, series);
  const key = sectionKey(first);
  return {
    id: '', title, key, queries, commonQueries, series, machineCpus, nullPairs, sessions,
    levels: levelsOf(series, nullPairs),
    coverage: series.map((one) => coverageOf(one, rows.filter((row) => holds(one, row)), queries)),
    links: planLinks(rows, series, (runId) => runs.find(({ record }) => record.run_id === runId)?.uri ?? ''),
    storageMedia: [...new Set(rows.map((row) => row.storage_medium))],
    banners: [...parityBanners(sessions), ...sectionBanners(group, rows, superseded)],
    verdicts: countVerdicts(all),
    exceptions: listExceptions(all, labelOf),
    specOnly: listSpecOnly(all, labelOf),
    unitPaths: unitPathsOf(series, runs.flatMap((run) => run.units)),
    bound: boundOf(key, commonQueries, [...new Set(rows.map((row) => row.workers))].sort((a, b) => a - b)),
    runIds: [...new Set(all.map((row) => row.run_id))],
  };
}

function labelOfRow(row: ResultRow, series: readonly Series[]): string {
  const label = series.find((one) => holds(one, row))?.label ?? row.engine_label;
  return isOfNullRun(row) ? `${label}, null run` : label;
}

function holds(series: Series, row: ResultRow): boolean {
  return isSeriesOf(series, row) && series.configurations.some(({ workers, threadsPerWorker }) => workers === row.workers && threadsPerWorker === row.threads_per_worker);
}

/** Records of the sessions that the rows were measured in. */
function sessionsOf(rows: readonly ResultRow[], runs: readonly StoredRun[]): SessionRecord[] {
  const measured = new Set(rows.map((row) => `${row.run_id} ${row.session_id}`));
  return runs.flatMap((run) => run.sessions).filter((record) => measured.has(`${record.run_id} ${record.session_id}`));
}

/** A cell that several runs measured is taken from the newest: repetitions of two runs are never pooled. */
function newestRows(group: readonly Sourced[]): { rows: ResultRow[]; superseded: number } {
  const rows = groupBy(group, ({ row }) => row.cell_id).flatMap((cell) => {
    const newest = cell.reduce((best, one) => (one.run.record.created_at > best.run.record.created_at ? one : best));
    return cell.filter(({ row }) => row.run_id === newest.row.run_id).map(({ row }) => row);
  });
  return { rows, superseded: group.length - rows.length };
}

function sectionBanners(group: readonly Sourced[], rows: readonly ResultRow[], superseded: number): string[] {
  const banners: string[] = [];
  const media = groupBy(rows, (row) => row.storage_medium);
  if (media.length > 1) {
    const told = media.map((same) => `${[...new Set(same.map((row) => row.engine))].join(' and ')} read from ${same[0]?.storage_medium}`);
    banners.push(`Not the same storage: ${told.join(', ')}. Their times are not comparable.`);
  }
  const revisions = new Set(group.map(({ run }) => run.record.git_sha ?? 'unknown'));
  if (revisions.size > 1) banners.push(`These rows were made by ${revisions.size} revisions of flowbench (${[...revisions].map((sha) => sha.slice(0, 12)).join(', ')}).`);
  for (const same of groupBy(rows, (row) => row.engine)) {
    // A session that never opened does not know its version.
    const labels = new Set(same.filter((row) => row.engine_version !== null).map((row) => row.engine_label));
    if (labels.size > 1) banners.push(`More than one version of ${same[0]?.engine} in one section: ${[...labels].join(', ')}.`);
  }
  const short = groupBy(rows, (row) => row.cell_id).filter((cell) => cell.every((row) => row.status === 'ok')).map((cell) => cell.length);
  const most = Math.max(0, ...short);
  const unfinished = short.filter((count) => count < most).length;
  if (unfinished > 0) banners.push(`${plural(unfinished, 'cell has', 'cells have')} fewer repetitions than the ${most} of the others: the run was not finished.`);
  if (superseded > 0) banners.push(`${plural(superseded, 'row is', 'rows are')} left out because a newer run measured the same cells again.`);
  return banners;
}

function byQuery(a: string, b: string): number {
  const position = (query: string): number => {
    const index = (QUERY_IDS as readonly string[]).indexOf(query);
    return index === -1 ? QUERY_IDS.length : index;
  };
  return position(a) - position(b) || a.localeCompare(b, 'en');
}
