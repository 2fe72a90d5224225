import { formatBytes, formatDuration, formatMs, formatPercent, formatRatio, formatUsd } from './format.js';
import { STAGE_GROUPS, STAGE_NAMES } from './model/totals.js';
import type { Bottleneck, Cell, Configuration, ExceptionLine, Section, Series, Totals } from './model/types.js';
import type { Table } from './table.js';

/** The tables of a section, the same in the Markdown and on the page. */

/** A configuration in few words: `N = 4`; a single process has no N. */
export function configurationLabel(series: Series, configuration: Configuration): string {
  const threads = `${configuration.threadsPerWorker} thread${configuration.threadsPerWorker === 1 ? '' : 's'}`;
  return series.singleProcess ? `1 process × ${threads}` : `N = ${configuration.workers} × ${threads}`;
}

interface Measured {
  readonly series: Series;
  readonly configuration: Configuration;
}

export function configurationsOf(section: Section): Measured[] {
  return section.series.flatMap((series) => series.configurations.map((configuration) => ({ series, configuration })));
}

function withTotals(section: Section): (Measured & { readonly totals: Totals })[] {
  return configurationsOf(section).flatMap((one) => (one.configuration.totals === null ? [] : [{ ...one, totals: one.configuration.totals }]));
}

/** What happened instead of a number. */
export function dnfText(cell: Cell): string | null {
  switch (cell.outcome.kind) {
    case 'ok': return null;
    case 'dnf': return `DNF: ${cell.outcome.status.replaceAll('_', ' ')}`;
    case 'cold_only': return 'cold run only';
    case 'not_run': return 'not run';
  }
}

function gapsOf(configuration: Configuration): string {
  const count = (kind: Cell['outcome']['kind']): number => configuration.cells.filter(({ outcome }) => outcome.kind === kind).length;
  const parts = [[count('dnf'), 'DNF'], [count('cold_only'), 'cold only'], [count('not_run'), 'not run']] as const;
  return parts.filter(([number]) => number > 0).map(([number, word]) => `${number} ${word}`).join(', ') || 'complete';
}

/** Engine × N grid of one section. */
export function gridTable(section: Section): Table {
  return {
    caption: `Σ over ${section.commonQueries.length} of ${section.queries.length} queries, those that every configuration completed`,
    head: ['Engine', 'Workers', 'Σ median', 'Σ p95', 'Passes', 'Noise (CV)', 'Speed-up', 'Cost', '$/TB', 'Queries'],
    rows: configurationsOf(section).map(({ series, configuration }) => {
      const { totals, speedup } = configuration;
      return [
        series.label, configurationLabel(series, configuration), totals === null ? 'DNF' : formatDuration(totals.medianMs), formatDuration(totals?.p95Ms ?? null),
        totals === null ? '–' : `${formatDuration(totals.minPassMs)} to ${formatDuration(totals.maxPassMs)}`, formatPercent(totals?.noise ?? null, 1),
        series.singleProcess ? '–' : formatRatio(speedup), formatUsd(totals?.costUsd ?? null), formatUsd(totals?.usdPerTbScanned ?? null), gapsOf(configuration),
      ];
    }),
    textColumns: [1, 4, 9],
  };
}

/** Median and p95 of every query, or why there is none. */
export function queryTable(section: Section): Table {
  const configurations = configurationsOf(section);
  return {
    caption: 'Median / p95 of each query, ms',
    head: ['Query', ...configurations.map(({ series, configuration }) => `${series.label}, ${configurationLabel(series, configuration)}`)],
    rows: section.queries.map((query) => [query, ...configurations.map(({ configuration }) => cellText(configuration.cells.find((cell) => cell.query === query)))]),
  };
}

function cellText(cell: Cell | undefined): string {
  if (cell?.outcome.kind === 'ok') return `${formatMs(cell.outcome.timing.median)} / ${formatMs(cell.outcome.timing.p95)}`;
  return cell === undefined ? 'not run' : (dnfText(cell) ?? '');
}

export function boundTable(section: Section): Table | null {
  if (section.bound.kind === 'unknown') return null;
  return {
    caption: 'How much faster the bytes allow N workers to be, mean over the queries',
    head: ['Workers', 'Perfect split', 'Balanced', 'Contiguous'],
    rows: section.bound.points.map(({ workers, perfect, balanced, contiguous }) => [`N = ${workers}`, formatRatio(perfect), formatRatio(balanced), formatRatio(contiguous)]),
  };
}

export function stageTable(section: Section): Table | null {
  const measured = withTotals(section).filter(({ totals }) => totals.unaccountedMs !== null);
  if (measured.length === 0) return null;
  return {
    caption: 'Where the time went, ms, Σ over the same queries (gate is outside the measured time)',
    head: ['Configuration', ...STAGE_NAMES, 'not accounted for'],
    rows: measured.map(({ series, configuration, totals }) => [
      `${series.label}, ${configurationLabel(series, configuration)}`, ...STAGE_NAMES.map((name) => formatMs(totals.stages[name])), formatMs(totals.unaccountedMs),
    ]),
  };
}

export function skewTable(section: Section): Table | null {
  const measured = withTotals(section).flatMap((one) => (one.totals.skew === null || one.configuration.workers === 1 ? [] : [{ ...one, skew: one.totals.skew }]));
  if (measured.length === 0) return null;
  return {
    caption: 'Busiest worker ÷ mean worker (1.00× is even)',
    head: ['Configuration', 'All queries', 'Worst query', 'Its skew'],
    rows: measured.map(({ series, configuration, skew }) => {
      const worst = skew.perQuery.reduce((most, one) => (one.ratio > most.ratio ? one : most));
      return [`${series.label}, ${configurationLabel(series, configuration)}`, formatRatio(skew.ratio), worst.query, formatRatio(worst.ratio)];
    }),
    textColumns: [2],
  };
}

const BOTTLENECKS: Readonly<Record<Bottleneck, string>> = { cpu: 'CPU', scan: 'scan', exchange: 'exchange', coordination: 'coordination' };

export function heldBackTable(section: Section): Table | null {
  const measured = withTotals(section).flatMap((one) => (one.totals.heldBack === null ? [] : [{ ...one, heldBack: one.totals.heldBack }]));
  if (measured.length === 0) return null;
  return {
    caption: 'What holds each N back',
    head: ['Configuration', 'Held back by', 'CPU busy', ...Object.keys(STAGE_GROUPS), 'Read', 'Exchanged', 'Peak memory'],
    rows: measured.map(({ series, configuration, totals, heldBack }) => [
      `${series.label}, ${configurationLabel(series, configuration)}`, BOTTLENECKS[heldBack.by], formatPercent(heldBack.cpuShare), formatDuration(heldBack.coordinationMs),
      formatDuration(heldBack.scanMs), formatDuration(heldBack.exchangeMs), formatBytes(totals.bytesRead), formatBytes(totals.bytesExchanged), formatBytes(totals.maxRssBytes),
    ]),
    textColumns: [1],
  };
}

export function coldTable(section: Section): Table | null {
  const measured = withTotals(section).filter(({ totals }) => totals.coldMs !== null);
  if (measured.length === 0) return null;
  return {
    caption: 'First run against the kept ones',
    head: ['Configuration', 'Σ cold', 'Σ median warm', 'Cold ÷ warm'],
    rows: measured.map(({ series, configuration, totals }) => [
      `${series.label}, ${configurationLabel(series, configuration)}`, formatDuration(totals.coldMs), formatDuration(totals.medianMs), formatRatio((totals.coldMs ?? 0) / totals.medianMs),
    ]),
  };
}

export function costTable(section: Section): Table | null {
  const measured = withTotals(section).filter(({ totals }) => totals.costUsd !== null);
  if (measured.length === 0) return null;
  return {
    caption: 'Cost of one pass over the queries',
    head: ['Configuration', 'Cost', '$/TB scanned', 'Σ median'],
    rows: measured.map(({ series, configuration, totals }) => [
      `${series.label}, ${configurationLabel(series, configuration)}`, formatUsd(totals.costUsd), formatUsd(totals.usdPerTbScanned), formatDuration(totals.medianMs),
    ]),
  };
}

/** Null when there is none: an empty table says less than a sentence. */
export function exceptionTable(lines: readonly ExceptionLine[], caption: string): Table | null {
  if (lines.length === 0) return null;
  return {
    caption,
    head: ['Query', 'Engine', 'Workers', 'Status', 'Runs', 'What happened'],
    rows: lines.map((line) => [line.query, line.series, String(line.workers), line.status.replaceAll('_', ' '), line.repetitions.join(', '), line.sentence]),
    textColumns: [1, 3, 4, 5],
  };
}
