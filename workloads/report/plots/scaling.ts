import type { Html } from '../page/html.js';
import { formatDuration, formatRatio } from '../format.js';
import type { Series } from '../model/series-types.js';
import type { Section } from '../model/types.js';
import { seriesSwatch, type Swatch } from './colors.js';
import type { Markish, PlotKit, PlotSize } from './kit.js';

interface Point {
  readonly series: string;
  readonly workers: number;
  readonly value: number;
}

/** A line over the number of workers. */
export interface Curve {
  readonly swatch: Swatch;
  readonly points: readonly Point[];
}

export const PERFECT_BOUND: Swatch = { name: 'byte bound, perfect split', color: 'var(--muted-line)', dash: '2 5' };

/** Series that have workers and were run with more than one number of them. */
export function scalingSeries(section: Section): Series[] {
  return section.series.filter((series) => !series.singleProcess && series.configurations.filter(({ totals }) => totals !== null).length > 1);
}

export function speedupCurves(section: Section): Curve[] {
  return scalingSeries(section).map((series) => ({
    swatch: seriesSwatch(section, series),
    points: series.configurations.flatMap(({ workers, speedup }) => (speedup === null ? [] : [{ series: series.label, workers, value: speedup }])),
  }));
}

export function totalCurves(section: Section): Curve[] {
  return scalingSeries(section).map((series) => ({
    swatch: seriesSwatch(section, series),
    points: series.configurations.flatMap(({ workers, totals }) => (totals === null ? [] : [{ series: series.label, workers, value: totals.medianMs / 1000 }])),
  }));
}

/** The bound of one way to assign row groups; nothing without a manifest. */
export function boundCurve(section: Section, which: 'perfect' | 'balanced' | 'contiguous', swatch: Swatch): Curve[] {
  if (section.bound.kind === 'unknown' || section.bound.points.length < 2) return [];
  return [{ swatch, points: section.bound.points.map((point) => ({ series: swatch.name, workers: point.workers, value: point[which] })) }];
}

/** Speed-up against N, measured lines solid with dots, bounds without. */
export function drawSpeedup(kit: PlotKit, size: PlotSize, label: string, measured: readonly Curve[], bounds: readonly Curve[]): Html {
  const { Plot } = kit;
  return kit.draw(size, label, {
    ...frame(size, [...measured, ...bounds]),
    y: { label: 'Speed-up over N = 1 (×)', grid: true, zero: true, nice: true },
    marks: [
      ...bounds.map(({ swatch, points }) => line(kit, swatch, points, 1.5)),
      ...measured.flatMap(({ swatch, points }) => [
        line(kit, swatch, points, 2.25),
        Plot.dot(points, { x: 'workers', y: 'value', fill: swatch.color, r: 4, title: (point: Point) => `${point.series}, N = ${point.workers}: ${formatRatio(point.value)}` }),
      ]),
    ],
  });
}

/** Σ median against N in seconds; engines without workers are level lines. */
export function drawTotals(kit: PlotKit, size: PlotSize, label: string, section: Section): Html {
  const { Plot } = kit;
  const curves = totalCurves(section);
  return kit.draw(size, label, {
    ...frame(size, curves),
    y: { label: 'Σ median (s)', grid: true, zero: true, nice: true },
    marks: [
      ...singleProcessLevels(section).map(({ swatch, valueS }) => Plot.ruleY([valueS], { stroke: swatch.color, strokeWidth: 2.25, strokeDasharray: swatch.dash })),
      ...curves.flatMap(({ swatch, points }) => [
        line(kit, swatch, points, 2.25),
        Plot.dot(points, { x: 'workers', y: 'value', fill: swatch.color, r: 4, title: (point: Point) => `${point.series}, N = ${point.workers}: ${formatDuration(point.value * 1000)}` }),
      ]),
    ],
  });
}

export function singleProcessLevels(section: Section): { swatch: Swatch; valueS: number }[] {
  return section.series
    .filter(({ singleProcess }) => singleProcess)
    .flatMap((series) => series.configurations.flatMap(({ totals }) => (totals === null ? [] : [{ swatch: seriesSwatch(section, series), valueS: totals.medianMs / 1000 }])));
}

function line(kit: PlotKit, swatch: Swatch, points: readonly Point[], strokeWidth: number): Markish {
  return kit.Plot.lineY(points, { x: 'workers', y: 'value', stroke: swatch.color, strokeWidth, strokeDasharray: swatch.dash });
}

function frame(size: PlotSize, curves: readonly Curve[]): { height: number; marginLeft: number; marginBottom: number; marginTop: number; marginRight: number; x: object } {
  const ticks = [...new Set(curves.flatMap(({ points }) => points.map(({ workers }) => workers)))].sort((a, b) => a - b);
  return {
    height: size === 'wide' ? 340 : 280, marginLeft: 46, marginRight: 14, marginTop: 30, marginBottom: 44,
    x: { type: 'log', base: 2, ticks, tickFormat: (workers: number) => String(workers), label: 'Workers N', labelAnchor: 'center', labelArrow: 'none', insetLeft: 12, insetRight: 12 },
  };
}
