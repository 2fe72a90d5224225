import { formatList, formatRatio } from '../format.js';
import { clusterNotes } from '../model/cluster-series.js';
import { HELD_BACK_RULE } from '../model/totals.js';
import type { Section } from '../model/types.js';
import { drawBars } from '../plots/bars.js';
import { STAGE_SWATCHES, seriesSwatch, stepSwatch, type Swatch } from '../plots/colors.js';
import { coldRows, drawCold, drawSkew, skewDots } from '../plots/dots.js';
import type { PlotKit } from '../plots/kit.js';
import { drawQueries, isFarApart, shownConfigurations } from '../plots/queries.js';
import { boundCurve, drawSpeedup, drawTotals, PERFECT_BOUND, scalingSeries, singleProcessLevels, speedupCurves, type Curve } from '../plots/scaling.js';
import { costBars, GROUP_SWATCHES, heldBackBars, stageBars, unitBars, variantBars } from '../plots/shares.js';
import { boundTable, coldTable, costTable, gridTable, heldBackTable, queryTable, skewTable, stageTable, stepsOf, unitTable } from '../tables.js';
import { coverage, plans, sessions, sideBySide } from './engine-topics.js';
import { entries, type LegendEntry, type Picture, type Topic } from './blocks.js';

/** What a section shows, in the order in which a reader asks. */
export function topicsOf(kit: PlotKit, section: Section): Topic[] {
  return [
    sideBySide(kit, section), coverage(section), scaling(kit, section), assignment(kit, section), queries(kit, section), stages(kit, section), unitSteps(kit, section),
    skew(kit, section), heldBack(kit, section), variants(kit, section), cold(kit, section), cost(kit, section), sessions(section), plans(section),
  ].filter((topic) => topic !== null);
}

function scaling(kit: PlotKit, section: Section): Topic {
  const measured = speedupCurves(section);
  const bounds = boundCurve(section, 'perfect', PERFECT_BOUND);
  const levels = singleProcessLevels(section).map(({ swatch }) => swatch);
  const swatches = measured.map(({ swatch }) => swatch);
  const pictures: Picture[] = measured.length === 0 ? [] : [
    { title: 'Speed-up over the same series at N = 1', legend: entries([...swatches, ...bounds.map(({ swatch }) => swatch)], 'line'),
      draw: (size) => drawSpeedup(kit, size, `Speed-up by number of workers: ${told(measured)}`, measured, bounds) },
    { title: 'Seconds for all common queries', legend: entries([...swatches, ...levels], 'line'),
      draw: (size) => drawTotals(kit, size, 'Sum of medians in seconds by number of workers; the numbers are in the table below', section) },
  ];
  const notes = [...clusterNotes(section), ...machineNote(section), ...(section.bound.kind === 'unknown' ? [`The byte bound is not shown. ${section.bound.why}`] : [])];
  if (measured.length === 0) notes.push('There is no curve: no series was completed with more than one number of workers.');
  return { title: 'How it scales', notes, pictures, tables: [gridTable(section), boundTable(section)] };
}

/** On one machine the workers share the cores, and no bound of bytes lifts that. */
function machineNote({ machineCpus, series }: Section): string[] {
  if (machineCpus === null) return [];
  const beyond = series.flatMap(({ configurations }) => configurations).filter(({ workers, threadsPerWorker }) => workers * threadsPerWorker > machineCpus);
  if (beyond.length === 0) return [];
  const smallest = Math.min(...beyond.map(({ workers }) => workers));
  return [`All workers share one machine with ${machineCpus} cores: from N = ${smallest} on they ask for more than it has, so no gain can be expected there.`];
}

function told(curves: readonly Curve[]): string {
  return curves.map(({ swatch, points }) => `${swatch.name} ${formatList(points.map(({ workers, value }) => `${formatRatio(value)} at ${workers}`))}`).join('; ');
}

function assignment(kit: PlotKit, section: Section): Topic | null {
  const series = scalingSeries(section).filter((one) => one.assignment !== null);
  if (new Set(series.map((one) => one.assignment)).size < 2) return null;
  const measured = speedupCurves(section).filter(({ swatch }) => series.some(({ label }) => label === swatch.name));
  const bounds = (['balanced', 'contiguous'] as const).flatMap((which) => {
    const colored = series.find((one) => one.assignment === which);
    return colored === undefined ? [] : boundCurve(section, which, { name: `byte bound, ${which}`, color: seriesSwatch(section, colored).color, dash: '2 5' });
  });
  return {
    title: 'Balanced or contiguous',
    notes: ['A contiguous range of row groups per worker is right but uneven: the data is in the order of its dates, and a filter on a date hits few workers. Balanced gives every worker its share of the bytes that survive the filter.'],
    pictures: [{
      title: 'Speed-up by assignment, each with what its bytes allow', legend: entries([...measured, ...bounds].map(({ swatch }) => swatch), 'line'),
      draw: (size) => drawSpeedup(kit, size, `Speed-up by assignment: ${told(measured)}`, measured, bounds),
    }],
    tables: [],
  };
}

function queries(kit: PlotKit, section: Section): Topic {
  const missing = section.series.some(({ configurations }) => configurations.some(({ cells }) => cells.some(({ outcome }) => outcome.kind !== 'ok')));
  const shape = isFarApart(shownConfigurations(section)) ? 'Dots are medians on a logarithmic axis, as some are far apart' : 'Bars are medians';
  const cross: LegendEntry[] = missing ? [{ swatch: { name: 'no number, see exceptions', color: 'var(--bad)', dash: 'none' }, shape: 'cross' }] : [];
  return {
    title: 'Query by query',
    notes: [`${shape}, the thin stroke reaches to p95. Of an engine with several series the picture shows the fastest, of several engines with workers it shows one N; the table has all.`],
    pictures: [{
      title: 'Median of each query', legend: [...queryLegend(section), ...cross],
      draw: (size) => drawQueries(kit, size, 'Median time of each query by configuration; the numbers are in the table below', section),
    }],
    tables: [queryTable(section)],
  };
}

/** Each series with workers once, then its numbers of workers; of several engines each series at the one N. */
function queryLegend(section: Section): LegendEntry[] {
  return shownConfigurations(section).flatMap(({ series, configuration, swatch }) => {
    const isFirst = !series.singleProcess && series.configurations[0] === configuration && swatch.name !== series.label;
    return [...(isFirst ? entries([{ ...swatch, name: `${series.label}:` }], 'heading') : []), ...entries([swatch], 'block')];
  });
}

function stages(kit: PlotKit, section: Section): Topic | null {
  const bars = stageBars(section);
  if (bars.length === 0) return null;
  const used = STAGE_SWATCHES.filter(({ name }) => bars.some(({ parts }) => parts.some((part) => part.name === name)));
  return {
    title: 'Where the time went',
    notes: ['From the repetition with the median duration of each query, summed. Times of a stage are of its slowest worker; an engine in a single process has but one stage, its whole time. The gate compares answers after the clock has stopped.'],
    pictures: [{ title: 'Seconds by stage', legend: entries(used, 'block'), draw: (size) => drawBars(kit, size, 'Seconds by stage and configuration; the numbers are in the table below', bars, 'Σ (s)') }],
    tables: [stageTable(section)],
  };
}

function unitSteps(kit: PlotKit, section: Section): Topic | null {
  const bars = unitBars(section);
  if (bars.length === 0) return null;
  return {
    title: 'Where the time of a unit goes on the cluster',
    notes: [
      'The mean unit, from handing it over until the coordinator had merged it. Every mark is when the coordinator noticed it, by its own clock; executing and uploading are durations by the worker. ' +
        'What a pod does besides is starting the process, ending it, and telling the API server. Of the merging each stage of a query has an equal part.',
    ],
    pictures: [{
      title: 'Seconds of the mean unit', legend: entries(stepsOf(section.unitPaths).map(stepSwatch), 'block'),
      draw: (size) => drawBars(kit, size, 'Seconds of the mean unit by step, series and number of workers; the numbers are in the table below', bars, 'one unit (s)'),
    }],
    tables: [unitTable(section)],
  };
}

function skew(kit: PlotKit, section: Section): Topic | null {
  const dots = skewDots(section);
  if (dots.length === 0) return null;
  const swatch = (name: string): Swatch => ({ name, color: 'currentColor', dash: 'none' });
  return {
    title: 'Skew between workers',
    notes: ['How much longer the busiest worker of a query worked than the mean one. At 1 all finish together; at N one does everything.'],
    pictures: [{
      title: 'Busiest ÷ mean worker', legend: [...entries([swatch('one query')], 'dot'), ...entries([swatch('all queries')], 'tick')],
      draw: (size) => drawSkew(kit, size, 'Busiest worker over mean worker, a dot for each query; the numbers are in the table below', section, dots),
    }],
    tables: [skewTable(section)],
  };
}

function heldBack(kit: PlotKit, section: Section): Topic | null {
  const bars = heldBackBars(section);
  if (heldBackTable(section) === null) return null;
  return {
    title: 'What holds each N back',
    notes: [`The rule: ${HELD_BACK_RULE}`],
    pictures: bars.length === 0 ? [] : [{
      title: 'Shares of the staged time', legend: entries(GROUP_SWATCHES, 'block'),
      draw: (size) => drawBars(kit, size, 'Shares of coordination, scan and exchange; the numbers are in the table below', bars, '% of staged time'),
    }],
    tables: [heldBackTable(section)],
  };
}

function variants(kit: PlotKit, section: Section): Topic | null {
  const bars = variantBars(section);
  if (bars.length === 0) return null;
  return {
    title: 'With and without Parquet metadata caching',
    notes: ['The same engine with its switch on and off; everything else is equal. Noise is in the grid above.'],
    pictures: [{ title: 'Seconds by switch', legend: [], draw: (size) => drawBars(kit, size, 'Seconds by setting of the switch; the numbers are in the grid above', bars, 'Σ median (s)') }],
    tables: [],
  };
}

function cold(kit: PlotKit, section: Section): Topic | null {
  const rows = coldRows(section);
  if (rows.length === 0) return null;
  const swatch = (name: string): Swatch => ({ name, color: 'currentColor', dash: 'none' });
  return {
    title: 'Cold and warm',
    notes: ['The first run of each cell against the median of the later ones. The operating system\'s cache is not dropped, so cold means first in its session.'],
    pictures: [{ title: 'First run and median of the rest', legend: [...entries([swatch('cold')], 'ring'), ...entries([swatch('warm')], 'dot')], draw: (size) => drawCold(kit, size, 'Cold against warm seconds; the numbers are in the table below', rows) }],
    tables: [coldTable(section)],
  };
}

function cost(kit: PlotKit, section: Section): Topic {
  const bars = costBars(section);
  if (bars.length === 0) return { title: 'Cost', notes: ['No price given: the run was made without --price, so there is no cost.'], pictures: [], tables: [] };
  return {
    title: 'Cost',
    notes: ['One pass over the common queries: wall time × (workers × price an hour + control plane). Time between queries is not in it. The prices and their age are under provenance.'],
    pictures: [{ title: 'Cents for all common queries', legend: [], draw: (size) => drawBars(kit, size, 'Cost in US cents by configuration; the numbers are in the table below', bars, 'US cents') }],
    tables: [costTable(section)],
  };
}
