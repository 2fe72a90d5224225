import { formatBytes, formatDuration, formatMs, formatPercent, formatRatio, formatUsd, plural } from './format.js';
import { POD_STAGES, STAGE_GROUPS, STAGE_NAMES } from './model/totals.js';
import type { Bottleneck, Cell, Configuration, Series, Totals } from './model/series-types.js';
import { UNIT_STEPS, type ExceptionLine, type Section, type UnitPath, type UnitStep } from './model/types.js';
import { numberColumns, proseColumns, textColumns, type Table, type TableRow } from './table.js';

/** The tables of a section, the same in the Markdown and on the page. */

interface Measured {
  readonly series: Series;
  readonly configuration: Configuration;
}

interface Totalled extends Measured {
  readonly totals: Totals;
}

/** `4 × 1 thread`: workers times the threads of each; a single process has no N. */
export function configurationLabel({ series, configuration }: Measured): string {
  const threads = plural(configuration.threadsPerWorker, 'thread', 'threads');
  return series.singleProcess ? `1 process × ${threads}` : `N = ${configuration.workers} × ${threads}`;
}

function configurationsOf(section: Section): Measured[] {
  return section.series.flatMap((series) => series.configurations.map((configuration) => ({ series, configuration })));
}

/** Every configuration that has totals and passes; null when there is none, as an empty table says nothing. */
function rowsOf(section: Section, passes: (totals: Totals) => boolean, cells: (one: Totalled) => readonly string[]): TableRow[] | null {
  const chosen = configurationsOf(section).flatMap((one) => (one.configuration.totals !== null && passes(one.configuration.totals) ? [{ ...one, totals: one.configuration.totals }] : []));
  return chosen.length === 0 ? null : chosen.map((one) => ({ group: one.series.label, cells: [configurationLabel(one), ...cells(one)] }));
}

/** What happened instead of a number. */
export function dnfText(cell: Cell): string | null {
  switch (cell.outcome.kind) {
    case 'ok': return null;
    case 'dnf': return `DNF: ${cell.outcome.status.replaceAll('_', ' ')}`;
    case 'cold_only': return 'cold run only';
    case 'interrupted': return 'interrupted';
    case 'not_run': return 'not run';
  }
}

function gapsOf(configuration: Configuration): string {
  const count = (kind: Cell['outcome']['kind']): number => configuration.cells.filter(({ outcome }) => outcome.kind === kind).length;
  const parts = [[count('dnf'), 'DNF'], [count('cold_only'), 'cold only'], [count('interrupted'), 'interrupted'], [count('not_run'), 'not run']] as const;
  return parts.filter(([number]) => number > 0).map(([number, word]) => `${number} ${word}`).join(', ') || 'all';
}

/** Engine × N grid of one section. */
export function gridTable(section: Section): Table {
  return {
    caption: `Σ over ${section.commonQueries.length} of ${section.queries.length} queries, those that every configuration completed`,
    columns: [
      ...textColumns('Workers'), ...numberColumns('Σ median', 'Σ p95', 'Single passes', 'Noise (CV)', 'Speed-up', 'Cost', '$/TB'), ...textColumns('Completed'),
    ],
    rows: configurationsOf(section).map((one) => {
      const { totals, speedup } = one.configuration;
      const passes = totals === null ? '–' : `${formatDuration(totals.minPassMs)} – ${formatDuration(totals.maxPassMs)}`;
      return {
        group: one.series.label,
        cells: [
          configurationLabel(one), totals === null ? 'DNF' : formatDuration(totals.medianMs), formatDuration(totals?.p95Ms ?? null), passes, formatPercent(totals?.noise ?? null, 1),
          one.series.singleProcess ? '–' : formatRatio(speedup), formatUsd(totals?.costUsd ?? null), formatUsd(totals?.usdPerTbScanned ?? null), gapsOf(one.configuration),
        ],
      };
    }),
  };
}

/** Median and p95 of every query, or why there is none. */
export function queryTable(section: Section): Table {
  const configurations = configurationsOf(section);
  return {
    caption: 'Median / p95 of each query, ms',
    columns: [...textColumns('Query'), ...configurations.map((one) => ({ name: configurationLabel(one), kind: 'number' as const, group: one.series.label }))],
    rows: section.queries.map((query) => ({ cells: [query, ...configurations.map(({ configuration }) => cellText(configuration.cells.find((cell) => cell.query === query)))] })),
  };
}

function cellText(cell: Cell | undefined): string {
  if (cell?.outcome.kind === 'ok') return `${formatMs(cell.outcome.timing.median)} / ${formatMs(cell.outcome.timing.p95)}`;
  return cell === undefined ? 'not run' : (dnfText(cell) ?? '');
}

export function boundTable(section: Section): Table | null {
  if (section.bound.kind === 'unknown') return null;
  return {
    caption: 'Byte bound: how much faster N workers can be by what they have to read',
    columns: [...textColumns('Workers'), ...numberColumns('Perfect split', 'Balanced', 'Contiguous')],
    rows: section.bound.points.map(({ workers, perfect, balanced, contiguous }) => ({ cells: [`N = ${workers}`, formatRatio(perfect), formatRatio(balanced), formatRatio(contiguous)] })),
  };
}

export function stageTable(section: Section): Table | null {
  const ofPods = POD_STAGES.filter((name) => configurationsOf(section).some(({ configuration }) => configuration.totals?.stages[name] != null));
  const rows = rowsOf(section, ({ unaccountedMs }) => unaccountedMs !== null, ({ totals }) => [
    ...STAGE_NAMES.map((name) => formatMs(totals.stages[name])), formatMs(totals.unaccountedMs), ...ofPods.map((name) => formatMs(totals.stages[name])),
  ]);
  const columns = [...textColumns('Workers'), ...numberColumns(...STAGE_NAMES, 'rest', ...ofPods.map((name) => `${name} (in spawn)`))];
  return rows && { caption: 'Milliseconds by stage, Σ over the same queries; gate is outside the measured time, rest is in no stage', columns, rows };
}

/** Where the time of a unit went on its way through the cluster. */
export function unitTable({ unitPaths }: Section): Table | null {
  if (unitPaths.length === 0) return null;
  const steps = stepsOf(unitPaths);
  return {
    caption: 'Milliseconds of a unit, mean over the units of the counted repetitions; the last two columns are from handing it over until its report was believed',
    columns: [...textColumns('Workers'), ...numberColumns('Units', ...steps, 'Sum', 'Median', 'Longest')],
    rows: unitPaths.map((path) => ({
      group: path.seriesLabel,
      cells: [`N = ${path.workers}`, String(path.units), ...steps.map((step) => formatMs(path.steps[step])), formatMs(path.totalMs), formatMs(path.medianCollectedMs), formatMs(path.maxCollectedMs)],
    })),
  };
}

/** Those that some unit showed. */
export function stepsOf(paths: readonly UnitPath[]): UnitStep[] {
  return UNIT_STEPS.filter((step) => paths.some(({ steps }) => steps[step] !== null));
}

export function skewTable(section: Section): Table | null {
  const rows = rowsOf(section, ({ skew }) => skew?.perQuery.some(({ workers }) => workers > 1) === true, ({ totals: { skew } }) => {
    const worst = skew?.perQuery.reduce((most, one) => (one.ratio > most.ratio ? one : most));
    return [formatRatio(skew?.ratio ?? null), formatRatio(worst?.ratio ?? null), worst?.query ?? '–'];
  });
  return rows && { caption: 'Busiest worker ÷ mean worker; 1.00× is even', columns: [...textColumns('Workers'), ...numberColumns('All queries', 'Worst query'), ...textColumns('Which')], rows };
}

const BOTTLENECKS: Readonly<Record<Bottleneck, string>> = { cpu: 'CPU', scan: 'scan', exchange: 'exchange', coordination: 'coordination' };

export function heldBackTable(section: Section): Table | null {
  const rows = rowsOf(section, () => true, ({ totals }) => [
    totals.heldBack.by === null ? 'not told by the engine' : BOTTLENECKS[totals.heldBack.by], formatPercent(totals.heldBack.cpuShare), formatDuration(totals.heldBack.coordinationMs),
    formatDuration(totals.heldBack.scanMs), formatDuration(totals.heldBack.exchangeMs), formatBytes(totals.bytesRead), formatBytes(totals.bytesExchanged), formatBytes(totals.maxRssBytes),
  ]);
  const columns = [...textColumns('Workers', 'Held back by'), ...numberColumns('CPU busy', ...Object.keys(STAGE_GROUPS), 'Read', 'Exchanged', 'Peak memory')];
  return rows && { caption: 'What holds each N back', columns, rows };
}

export function coldTable(section: Section): Table | null {
  const rows = rowsOf(section, ({ coldMs }) => coldMs !== null, ({ totals }) => [formatDuration(totals.coldMs), formatDuration(totals.medianMs), formatRatio((totals.coldMs ?? 0) / totals.medianMs)]);
  return rows && { caption: 'First run against the kept ones', columns: [...textColumns('Workers'), ...numberColumns('Σ cold', 'Σ warm median', 'Cold ÷ warm')], rows };
}

export function costTable(section: Section): Table | null {
  const rows = rowsOf(section, ({ costUsd }) => costUsd !== null, ({ totals }) => [formatUsd(totals.costUsd), formatUsd(totals.usdPerTbScanned), formatDuration(totals.medianMs)]);
  return rows && { caption: 'Cost of one pass over the common queries', columns: [...textColumns('Workers'), ...numberColumns('Cost', '$/TB scanned', 'Σ median')], rows };
}

/** Null when there is none: an empty table says less than a sentence. */
export function exceptionTable(lines: readonly ExceptionLine[], caption: string): Table | null {
  if (lines.length === 0) return null;
  return {
    caption,
    columns: [...textColumns('Query'), ...proseColumns('What happened'), ...textColumns('Status', 'Workers', 'Runs')],
    rows: lines.map((line) => ({ group: line.series, cells: [line.query, line.sentence, line.status.replaceAll('_', ' '), String(line.workers), line.repetitions.join(', ')] })),
  };
}
