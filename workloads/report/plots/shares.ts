import { formatDuration, formatMs, formatPercent, formatUsd } from '../format.js';
import { POD_STAGES, STAGE_GROUPS, STAGE_NAMES } from '../model/totals.js';
import type { Configuration, Series, Totals } from '../model/series-types.js';
import { UNIT_STEPS, type Section } from '../model/types.js';
import type { Bar } from './bars.js';
import { seriesSwatch, STAGE_SWATCHES, stepSwatch, type Swatch } from './colors.js';

/** The rows of the bar pictures, from the same totals as the tables beside them. */

interface Row {
  readonly series: Series;
  readonly configuration: Configuration;
  readonly totals: Totals;
}

export function rowsWithTotals(section: Section): Row[] {
  return section.series.flatMap((series) =>
    series.configurations.flatMap((configuration) => (configuration.totals === null ? [] : [{ series, configuration, totals: configuration.totals }])),
  );
}

/** `N = 4`; threads only where they differ within the series. */
export function shortLabel({ series, configuration }: Pick<Row, 'series' | 'configuration'>): string {
  if (series.singleProcess) return `${configuration.threadsPerWorker} thread${configuration.threadsPerWorker === 1 ? '' : 's'}`;
  const mixed = new Set(series.configurations.map(({ threadsPerWorker }) => threadsPerWorker)).size > 1;
  return mixed ? `N = ${configuration.workers} × ${configuration.threadsPerWorker}` : `N = ${configuration.workers}`;
}

export function stageBars(section: Section): Bar[] {
  const color = new Map(STAGE_SWATCHES.map((swatch) => [swatch.name, swatch.color]));
  return rowsWithTotals(section).filter(({ totals }) => totals.unaccountedMs !== null).map((row) => {
    const parts: { name: string; ms: number }[] = STAGE_NAMES.flatMap((name) => (name === 'spawn' ? spawnParts(row.totals) : [{ name, ms: row.totals.stages[name] ?? 0 }]));
    // The gate runs after the clock has stopped, so it stays last, behind what the clock measured.
    parts.splice(-1, 0, { name: 'not accounted for', ms: row.totals.unaccountedMs ?? 0 });
    return {
      group: row.series.label, name: shortLabel(row),
      parts: parts.filter(({ ms }) => ms > 0).map(({ name, ms }) => ({ name, value: ms / 1000, color: color.get(name) ?? 'currentColor', told: `${formatMs(ms)} ms` })),
    };
  });
}

/** The start of a pod by its parts, where they were seen; `spawn` is then what is left of it. */
function spawnParts({ stages }: Totals): { name: string; ms: number }[] {
  const parts = POD_STAGES.map((name) => ({ name, ms: stages[name] ?? 0 }));
  const rest = (stages.spawn ?? 0) - parts.reduce((sum, { ms }) => sum + ms, 0);
  return [...parts, { name: 'spawn', ms: Math.max(0, rest) }];
}

/** The mean unit of each series at each N, step by step. */
export function unitBars({ unitPaths }: Section): Bar[] {
  return unitPaths.map((path) => ({
    group: path.seriesLabel, name: `N = ${path.workers}`,
    parts: UNIT_STEPS.flatMap((step) => {
      const ms = path.steps[step] ?? 0;
      return ms > 0 ? [{ name: step, value: ms / 1000, color: stepSwatch(step).color, told: `${formatMs(ms)} ms` }] : [];
    }),
  }));
}

export const GROUP_SWATCHES: readonly Swatch[] = [
  { name: 'coordination', color: 'var(--stage-plan)', dash: 'none' },
  { name: 'scan', color: 'var(--stage-scan)', dash: 'none' },
  { name: 'exchange', color: 'var(--stage-merge)', dash: 'none' },
];

/** Shares of the staged time, in percent. */
export function heldBackBars(section: Section): Bar[] {
  return rowsWithTotals(section).flatMap((row) => {
    const { heldBack } = row.totals;
    if (heldBack.scanMs === null || heldBack.exchangeMs === null) return [];
    const ms = { coordination: heldBack.coordinationMs ?? 0, scan: heldBack.scanMs, exchange: heldBack.exchangeMs };
    const all = ms.coordination + ms.scan + ms.exchange;
    const names = Object.keys(STAGE_GROUPS) as (keyof typeof STAGE_GROUPS)[];
    return [{
      group: row.series.label, name: shortLabel(row),
      parts: names.filter((name) => ms[name] > 0).map((name) => ({
        name, value: (100 * ms[name]) / all, told: formatPercent(ms[name] / all), color: GROUP_SWATCHES.find((swatch) => swatch.name === name)?.color ?? 'currentColor',
      })),
    }];
  });
}

export function costBars(section: Section): Bar[] {
  return rowsWithTotals(section).flatMap((row) => {
    const { costUsd } = row.totals;
    if (costUsd === null) return [];
    return [{ group: row.series.label, name: shortLabel(row), parts: [{ name: 'cost', value: costUsd * 100, told: formatUsd(costUsd), color: seriesSwatch(section, row.series).color }] }];
  });
}

/** Series that differ in nothing but their switch, N by N; empty without such a pair. */
export function variantBars(section: Section): Bar[] {
  const rows = rowsWithTotals(section);
  const kin = (row: Row): string => [row.series.engineLabel, row.series.assignment, row.series.executor, row.series.tier].filter((part) => part !== null && part !== 'default').join(', ');
  const groups = rows.map((row) => ({ row, group: `${kin(row)}, ${shortLabel(row)}` }));
  const paired = groups.filter(({ row, group }) => groups.some((other) => other.group === group && other.row.series.variant !== row.series.variant));
  return [...paired].sort((a, b) => a.group.localeCompare(b.group, 'en', { numeric: true })).map(({ row, group }) => ({
    group, name: row.series.variant.replace('=', ' ').replaceAll('-', ' '),
    parts: [{ name: 'Σ median', value: row.totals.medianMs / 1000, told: formatDuration(row.totals.medianMs), color: seriesSwatch(section, row.series).color }],
  }));
}
