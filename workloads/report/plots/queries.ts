import type { Html } from '../page/html.js';
import { formatDuration } from '../format.js';
import type { Configuration, Series } from '../model/series-types.js';
import { mainLevel } from '../model/levels.js';
import type { Section } from '../model/types.js';
import { configurationLabel, dnfText } from '../tables.js';
import { seriesSwatch, workersColor, type Swatch } from './colors.js';
import type { PlotKit, PlotOptions, PlotSize } from './kit.js';

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

/** Beyond this many times the fastest of the same query, bars of the fast ones cannot be seen beside the slowest. */
const FAR_APART_RATIO = 20;

/** Whether the picture of the queries has a logarithmic axis; bars would lie on one, so that it shows dots. */
export function isFarApart(shown: readonly Shown[]): boolean {
  const [first] = shown;
  return (first?.configuration.cells ?? []).some((_cell, index) => {
    const medians = shown.flatMap(({ configuration }) => {
      const outcome = configuration.cells[index]?.outcome;
      return outcome?.kind === 'ok' ? [outcome.timing.median] : [];
    });
    return Math.max(...medians) > FAR_APART_RATIO * Math.min(...medians);
  });
}

/** A bar, or a dot, for each query and configuration with a stroke up to p95; a cross where there is no number. */
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
  const picture: Picture = { kit, label, queries: section.queries, domain: shown.map(keyOf), done, missing, isLog: isFarApart(shown) };
  return size === 'wide' ? upright(picture) : lying(picture);
}

interface Picture {
  readonly kit: PlotKit;
  readonly label: string;
  readonly queries: readonly string[];
  readonly domain: readonly string[];
  readonly done: readonly QueryBar[];
  readonly missing: readonly QueryBar[];
  readonly isLog: boolean;
}

const DOT_RADIUS_PX = 3;

function keyOf({ series, configuration }: Shown): string {
  return `${series.id} ${configuration.workers} ${configuration.threadsPerWorker}`;
}

/** Of the axis that tells the time; a logarithmic one has a line for each power of ten, from the one below the least to the one above the most. */
function timeAxis({ isLog, done }: Picture): NonNullable<PlotOptions['y']> {
  if (!isLog) return { label: 'Median (s)', grid: true, zero: true, nice: true };
  const seconds = done.flatMap(({ medianS, p95S }) => [medianS, p95S]).filter((value) => value !== null);
  const [least, most] = [Math.floor(Math.log10(Math.min(...seconds))), Math.ceil(Math.log10(Math.max(...seconds)))];
  const powers = Array.from({ length: most - least + 1 }, (_, index) => 10 ** (least + index));
  return { type: 'log', label: 'Median (s), logarithmic', grid: true, domain: [10 ** least, 10 ** most], ticks: powers, tickFormat: (power: number) => String(power) };
}

function upright(picture: Picture): Html {
  const { kit, label, queries, domain, done, missing, isLog } = picture;
  const { Plot } = kit;
  const place = { fx: 'query', x: 'configuration' };
  return kit.draw('wide', label, {
    height: 360, marginLeft: 46, marginBottom: 34, marginTop: 30,
    fx: { domain: queries, label: null, padding: 0.18, axis: 'bottom' },
    x: { domain, axis: null, padding: 0.08 },
    y: timeAxis(picture),
    color: { type: 'identity' },
    marks: [
      isLog ? Plot.dot(done, { ...place, y: 'medianS', r: DOT_RADIUS_PX, fill: 'color', title: 'title' }) : Plot.barY(done, { ...place, y: 'medianS', fill: 'color', title: 'title' }),
      Plot.ruleX(done, { ...place, y1: 'medianS', y2: 'p95S', stroke: 'currentColor', strokeOpacity: 0.55 }),
      Plot.text(missing, { ...place, frameAnchor: 'bottom', dy: -7, text: () => '×', fill: 'var(--bad)', fontWeight: 700, title: 'title' }),
    ],
  });
}

function lying(picture: Picture): Html {
  const { kit, label, queries, domain, done, missing, isLog } = picture;
  const { Plot } = kit;
  const place = { fy: 'query', y: 'configuration' };
  return kit.draw('narrow', label, {
    height: queries.length * (domain.length * 8 + 12) + 60, marginLeft: 38, marginBottom: 44, marginRight: 12, marginTop: 6,
    fy: { domain: queries, label: null, padding: 0.18, axis: 'left' },
    y: { domain, axis: null, padding: 0.08 },
    x: { ticks: 4, ...timeAxis(picture), labelAnchor: 'center', labelArrow: 'none' },
    color: { type: 'identity' },
    marks: [
      isLog ? Plot.dot(done, { ...place, x: 'medianS', r: DOT_RADIUS_PX, fill: 'color', title: 'title' }) : Plot.barX(done, { ...place, x: 'medianS', fill: 'color', title: 'title' }),
      Plot.ruleY(done, { ...place, x1: 'medianS', x2: 'p95S', stroke: 'currentColor', strokeOpacity: 0.55 }),
      Plot.text(missing, { ...place, frameAnchor: 'left', dx: 7, text: () => '×', fill: 'var(--bad)', fontWeight: 700, title: 'title' }),
    ],
  });
}
