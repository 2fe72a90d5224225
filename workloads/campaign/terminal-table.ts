import Table from 'cli-table3';
import { TPCH_LABEL } from '../model/names.js';
import type { ResultRow } from '../model/result-row.js';
import { recordedPlace, type RunRecord } from '../model/run-record.js';
import type { SessionRecord } from '../model/session-record.js';
import { deviation } from '../results/comparison.js';
import { groupBy } from '../results/group-by.js';
import { parityDifferences } from '../results/parity.js';
import { NULL_RUN_MARK, summarise, type CellSummary, type SeriesSummary, type SummaryTable } from '../results/summary.js';
import { campaignCost, describePrices } from './cost.js';
import { publicationProblems } from './provenance.js';

const NOTHING = '–';

/** The end of a run as text: a table per comparable group, then every cell that is not ok and what a reader must know. */
export function runTable(record: RunRecord, rows: readonly ResultRow[], today: Date, sessions: readonly SessionRecord[] = []): string {
  const { tables, banner } = summarise(rows);
  return [
    ...(banner === null ? [] : [banner]),
    ...tables.flatMap((table) => [drawTable(table), ...totalsNote(table), ...table.series.flatMap(notOkLines)]),
    ...nullRunLines(tables),
    ...parityLines(sessions),
    ...rewriteLines(rows),
    ...clusterLines(rows),
    ...interruptedLines(rows),
    ...costLines(record, rows, today),
    ...publicationProblems(record).map((problem) => `${problem} Its numbers may be looked at, not published.`),
    `${TPCH_LABEL[0]?.toUpperCase()}${TPCH_LABEL.slice(1)}.`,
  ].join('\n');
}

function drawTable(table: SummaryTable): string {
  const isPriced = table.series.some((series) => series.totalCostUsd !== null);
  const drawn = new Table({
    head: ['Engine', 'Series', 'N', 'Threads each', 'Σ median', 'Speed-up', ...(isPriced ? ['Cost'] : []), 'Cells ok', 'Unsupported', 'Not ok', 'Verdict'],
    // Plain text: it goes into files and pull requests as often as onto a terminal.
    style: { head: [], border: [] },
    colAligns: ['left', 'left', 'right', 'right', 'right', 'right', ...(isPriced ? ['right' as const] : []), 'right', 'right', 'right', 'left'],
  });
  for (const series of table.series) {
    drawn.push([
      series.label, series.series, series.workers, series.threadsPerWorker, secondsText(series.totalMs), series.speedUp === null ? NOTHING : `${series.speedUp.toFixed(2)}×`,
      ...(isPriced ? [series.totalCostUsd === null ? NOTHING : `$${series.totalCostUsd.toPrecision(3)}`] : []),
      `${series.okCells} of ${series.cells.length}`, series.unsupportedCells, series.cells.length - series.okCells - series.unsupportedCells, verdictText(series),
    ]);
  }
  return drawn.toString();
}

/** `DNF` marks a series with a query that did not finish or answered wrongly. */
function verdictText(series: SeriesSummary): string {
  const failed = series.cells.filter((cell) => cell.status !== 'ok');
  if (failed.length > 0) return `DNF: ${[...new Set(failed.map((cell) => cell.status))].join(', ')}`;
  const loose = series.cells.filter((cell) => !cell.strictOk).length;
  const answers = loose === 0 ? 'all answers exact' : `${loose} within TPC-H's tolerance only`;
  return series.cells.every((cell) => cell.isCovered) ? `${answers}, each row group read once` : answers;
}

function totalsNote(table: SummaryTable): string[] {
  const { commonQueries, queries } = table;
  if (commonQueries.length === queries.length) return [`Σ median: ${queries.length === 1 ? '1 query' : `${queries.length} queries`} at scale factor ${table.scaleFactor}, the first run of each left out.`];
  if (commonQueries.length === 0) return ['Σ median: no query was completed by every series, so there is no total.'];
  return [`Σ median: the ${commonQueries.length} of ${queries.length} queries that every series completed (${commonQueries.join(', ')}), the first run of each left out.`];
}

function notOkLines(series: SeriesSummary): string[] {
  const lineOf = (cell: CellSummary): string => `${cell.query} on ${series.series}, N=${series.workers}: ${cell.status} (${cell.error ?? 'no cause given'})`;
  return series.cells.filter((cell) => cell.status !== 'ok' || !cell.strictOk).map(lineOf);
}

/** How far an engine was from itself, beside which every difference between engines is to be read. */
function nullRunLines(tables: readonly SummaryTable[]): string[] {
  return tables.flatMap(({ series }) => series.filter(({ replica }) => replica > 1).flatMap((again) => {
    const first = series.find((one) => again.series === `${one.series}, ${NULL_RUN_MARK}` && one.workers === again.workers && one.threadsPerWorker === again.threadsPerWorker);
    if (first?.totalMs == null || again.totalMs === null || first.totalMs === 0) return [];
    return [`Noise: ${first.series}, N=${first.workers}, measured twice, differs from itself by ${(deviation(again.totalMs / first.totalMs) * 100).toFixed(1)} %; smaller differences between series say nothing.`];
  }));
}

/** Each once, however often the session was opened. */
function parityLines(sessions: readonly SessionRecord[]): string[] {
  return [...new Set(sessions.flatMap(parityDifferences))].map((difference) => `NOT EQUAL: ${difference}`);
}

function rewriteLines(rows: readonly ResultRow[]): string[] {
  const rewritten = groupBy(rows.filter((row) => row.rewrite !== null), (row) => JSON.stringify([row.engine, row.rewrite]));
  return rewritten.map((group) => `Rewritten for ${group[0]?.engine}: ${[...new Set(group.map((row) => row.query))].join(', ')} (${group[0]?.rewrite}).`);
}

const CLUSTER_SERIES = {
  job: 'Series "job": end to end, each stage a Kubernetes Job of its own, with the start of its pods.',
  'warm-job': 'Series "warm-job": execution only, on pods that were up before the clock started.',
} as const;

/** What the times of a cluster's series hold, so that none is taken for the other. */
function clusterLines(rows: readonly ResultRow[]): string[] {
  return Object.entries(CLUSTER_SERIES).filter(([executor]) => rows.some((row) => row.executor === executor)).map(([, line]) => line);
}

function interruptedLines(rows: readonly ResultRow[]): string[] {
  const count = rows.filter((row) => row.interrupted).length;
  if (count === 0) return [];
  return [`${count === 1 ? '1 repetition was' : `${count} repetitions were`} under way when the coordinator was restarted: gated like all others, and left out of every statistic.`];
}

function costLines(record: RunRecord, rows: readonly ResultRow[], today: Date): string[] {
  if (record.prices === null) return [];
  const cost = campaignCost(rows, record.prices);
  const spent =
    cost === null
      ? []
      : [`Queries alone $${cost.queryUsd.toPrecision(3)}; the largest cluster for the whole campaign $${cost.clusterUsd.toPrecision(3)}, ${Math.round(cost.idleShare * 100)} % of it idle.`];
  return [describePrices(record.prices, today, recordedPlace(record) !== null), ...spent];
}

function secondsText(durationMs: number | null): string {
  return durationMs === null ? NOTHING : `${(durationMs / 1000).toFixed(durationMs < 10_000 ? 3 : 1)} s`;
}
