import type { Html } from '../page/html.js';
import { formatDuration } from '../format.js';
import type { Configuration, Series } from '../model/series-types.js';
import { mainLevel } from '../model/levels.js';
import type { Section } from '../model/types.js';
import { configurationLabel, dnfText } from '../tables.js';
import { seriesSwatch, workersColor, type Swatch } from './colors.js';
import type { PlotKit, PlotSize } from './kit.js';

interface QueryBar {
  readonly query: string;
  readonly configuration: string;
  readonly color: string;
  readonly medianS: number | null;
  readonly p95S: number | null;
  readonly title: string;
}

export interface Shown {
  readonly series: Series;
  readonly configuration: Configuration;
  readonly swatch: Swatch;
}

/**
 * One engine with workers: its best series at every N, beside the single processes. Several: of each engine its
 * best series, all at the same number of workers, as more bars than that cannot be told apart.
 */
export function shownConfigurations(section: Section): Shown[] {
  const sharded = [...new Set(section.series.filter(({ singleProcess }) => !singleProcess).map(({ engine }) => engine))]
    .map((engine) => section.series.filter((series) => series.engine === engine && !series.singleProcess).reduce((best, one) => (bestMs(one) < bestMs(best) ? one : best)));
  const workers = sharded.length > 1 ? mainLevel(section.levels)?.workers : undefined;
  const single = section.series.filter(({ singleProcess }) => singleProcess);
  return [
    ...sharded.flatMap((series) => series.configurations.filter((one) => workers === undefined || one.workers === workers).map((configuration, index) => ({
      series, configuration,
      swatch: workers === undefined ? { name: `N = ${configuration.workers}`, color: workersColor(index, series.configurations.length), dash: 'none' } : seriesSwatch(section, series),
    }))),
    ...single.flatMap((series) => series.configurations.map((configuration) => ({ series, configuration, swatch: seriesSwatch(section, series) }))),
  ];
}

function bestMs(series: Series): number {
  return Math.min(...series.configurations.map(({ totals }) => totals?.medianMs ?? Infinity));
}

/** A bar for each query and configuration with a stroke up to p95; a cross where there is no number. */
export function drawQueries(kit: PlotKit, size: PlotSize, label: string, section: Section): Html {
  const shown = shownConfigurations(section);
  const bars = shown.flatMap((one) => one.configuration.cells.map((cell): QueryBar => {
    const timing = cell.outcome.kind === 'ok' ? cell.outcome.timing : null;
    return {
      query: cell.query, configuration: keyOf(one), color: one.swatch.color, medianS: timing === null ? null : timing.median / 1000, p95S: timing === null ? null : timing.p95 / 1000,
      title: `${cell.query}, ${one.series.label}, ${configurationLabel(one)}: ${timing === null ? (dnfText(cell) ?? '') : formatDuration(timing.median)}`,
    };
  }));
  const done = bars.filter(({ medianS }) => medianS !== null);
  const missing = bars.filter(({ medianS }) => medianS === null);
  const domain = shown.map(keyOf);
  return size === 'wide' ? upright(kit, label, section, domain, done, missing) : lying(kit, label, section, domain, done, missing);
}

function keyOf({ series, configuration }: Shown): string {
  return `${series.id} ${configuration.workers} ${configuration.threadsPerWorker}`;
}

function upright(kit: PlotKit, label: string, section: Section, domain: string[], done: QueryBar[], missing: QueryBar[]): Html {
  const { Plot } = kit;
  return kit.draw('wide', label, {
    height: 360, marginLeft: 46, marginBottom: 34, marginTop: 30,
    fx: { domain: section.queries, label: null, padding: 0.18, axis: 'bottom' },
    x: { domain, axis: null, padding: 0.08 },
    y: { label: 'Median (s)', grid: true, zero: true, nice: true },
    color: { type: 'identity' },
    marks: [
      Plot.barY(done, { fx: 'query', x: 'configuration', y: 'medianS', fill: 'color', title: 'title' }),
      Plot.ruleX(done, { fx: 'query', x: 'configuration', y1: 'medianS', y2: 'p95S', stroke: 'currentColor', strokeOpacity: 0.55 }),
      Plot.text(missing, { fx: 'query', x: 'configuration', y: 0, dy: -7, text: () => '×', fill: 'var(--bad)', fontWeight: 700, title: 'title' }),
    ],
  });
}

function lying(kit: PlotKit, label: string, section: Section, domain: string[], done: QueryBar[], missing: QueryBar[]): Html {
  const { Plot } = kit;
  return kit.draw('narrow', label, {
    height: section.queries.length * (domain.length * 8 + 12) + 60, marginLeft: 38, marginBottom: 44, marginRight: 12, marginTop: 6,
    fy: { domain: section.queries, label: null, padding: 0.18, axis: 'left' },
    y: { domain, axis: null, padding: 0.08 },
    x: { label: 'Median (s)', labelAnchor: 'center', labelArrow: 'none', grid: true, zero: true, nice: true, ticks: 4 },
    color: { type: 'identity' },
    marks: [
      Plot.barX(done, { fy: 'query', y: 'configuration', x: 'medianS', fill: 'color', title: 'title' }),
      Plot.ruleY(done, { fy: 'query', y: 'configuration', x1: 'medianS', x2: 'p95S', stroke: 'currentColor', strokeOpacity: 0.55 }),
      Plot.text(missing, { fy: 'query', y: 'configuration', x: 0, dx: 7, text: () => '×', fill: 'var(--bad)', fontWeight: 700, title: 'title' }),
    ],
  });
}
