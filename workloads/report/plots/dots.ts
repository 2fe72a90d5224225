import type { Html } from '../page/html.js';
import { formatDuration, formatRatio } from '../format.js';
import type { Section } from '../model/types.js';
import { bandFrame, bandKey, bandsOf } from './bars.js';
import { seriesSwatch } from './colors.js';
import type { PlotKit, PlotSize } from './kit.js';
import { rowsWithTotals, shortLabel } from './shares.js';

export interface ColdRow {
  readonly group: string;
  readonly name: string;
  readonly band: string;
  readonly coldS: number;
  readonly warmS: number;
  readonly color: string;
}

export function coldRows(section: Section): ColdRow[] {
  return rowsWithTotals(section).flatMap((row) => {
    const { coldMs, medianMs } = row.totals;
    if (coldMs === null) return [];
    const place = { group: row.series.label, name: shortLabel(row) };
    return [{ ...place, band: bandKey(place), coldS: coldMs / 1000, warmS: medianMs / 1000, color: seriesSwatch(section, row.series).color }];
  });
}

/** Hollow for the cold run, full for the warm median, a line between. */
export function drawCold(kit: PlotKit, size: PlotSize, label: string, rows: readonly ColdRow[]): Html {
  const { Plot } = kit;
  const { options, headers } = bandFrame(kit, size, bandsOf(rows));
  const told = (row: ColdRow): string => `${row.band}: cold ${formatDuration(row.coldS * 1000)}, warm ${formatDuration(row.warmS * 1000)}`;
  return kit.draw(size, label, {
    ...options,
    x: { label: 'Σ (s)', grid: true, zero: true, labelAnchor: 'center', labelArrow: 'none', ticks: size === 'wide' ? 8 : 4 },
    color: { type: 'identity' },
    marks: [
      Plot.ruleY(rows, { y: 'band', x1: 'warmS', x2: 'coldS', stroke: 'color', strokeWidth: 2 }),
      Plot.dot(rows, { y: 'band', x: 'coldS', stroke: 'color', fill: 'var(--plot-background)', strokeWidth: 2, r: 5, title: told }),
      Plot.dot(rows, { y: 'band', x: 'warmS', fill: 'color', r: 5, title: told }),
      headers,
    ],
  });
}

export interface SkewDot {
  readonly group: string;
  readonly name: string;
  readonly band: string;
  readonly query: string;
  readonly ratio: number;
  readonly color: string;
}

/** One dot a query; a single worker has no skew. */
export function skewDots(section: Section): SkewDot[] {
  return rowsWithTotals(section).filter(({ configuration }) => configuration.workers > 1).flatMap((row) => {
    const place = { group: row.series.label, name: shortLabel(row) };
    return (row.totals.skew?.perQuery ?? []).map(({ query, ratio }) => ({ ...place, band: bandKey(place), query, ratio, color: seriesSwatch(section, row.series).color }));
  });
}

export function drawSkew(kit: PlotKit, size: PlotSize, label: string, section: Section, dots: readonly SkewDot[]): Html {
  const { Plot } = kit;
  const { options, headers } = bandFrame(kit, size, bandsOf(dots));
  const overall = rowsWithTotals(section).filter(({ configuration }) => configuration.workers > 1)
    .flatMap((row) => (row.totals.skew === null ? [] : [{ band: bandKey({ group: row.series.label, name: shortLabel(row) }), ratio: row.totals.skew.ratio }]));
  return kit.draw(size, label, {
    ...options,
    x: { label: 'Busiest worker ÷ mean worker', grid: true, labelAnchor: 'center', labelArrow: 'none', domain: [1, Math.max(1.1, ...dots.map(({ ratio }) => ratio))], nice: true, ticks: size === 'wide' ? 8 : 4 },
    color: { type: 'identity' },
    marks: [
      Plot.tickX(overall, { y: 'band', x: 'ratio', stroke: 'currentColor', strokeWidth: 2 }),
      Plot.dot(dots, { y: 'band', x: 'ratio', fill: 'color', fillOpacity: 0.55, r: 4, title: (dot: SkewDot) => `${dot.query}, ${dot.band}: ${formatRatio(dot.ratio)}` }),
      headers,
    ],
  });
}
