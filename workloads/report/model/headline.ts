import { deviation, weigh } from '../../results/comparison.js';
import { groupBy } from '../../results/group-by.js';
import { formatCount, formatDuration, formatList, formatPercent, formatRatio, plural } from '../format.js';
import { clusterSentences } from './cluster-series.js';
import type { Configuration, Series, Totals } from './series-types.js';
import type { Section } from './types.js';

/** Fewer passes than this can lie apart by chance. */
const PASSES_FOR_A_CLAIM = 3;

/** A configuration that has totals, with the series it belongs to. */
interface Contender {
  readonly series: Series;
  readonly configuration: Configuration;
  readonly totals: Totals;
}

/** The verdict on one section in plain sentences: who is faster by how much at which N, and are the answers right. */
export function headlineOf(section: Section): string[] {
  return [...clusterSentences(section), ...speedSentences(section), ...scalingSentences(section), answerSentence(section), ...gapSentences(section)];
}

function contenders(section: Section): Contender[] {
  return section.series.flatMap((series) =>
    series.configurations.flatMap((configuration) => (configuration.totals === null ? [] : [{ series, configuration, totals: configuration.totals }])),
  );
}

function bestOf(list: readonly Contender[]): Contender | undefined {
  return list.reduce<Contender | undefined>((best, one) => (best === undefined || one.totals.medianMs < best.totals.medianMs ? one : best), undefined);
}

function speedSentences(section: Section): string[] {
  const all = contenders(section);
  const engines = [...new Set(all.map(({ series }) => series.engine))];
  const best = engines.map((engine) => bestOf(all.filter(({ series }) => series.engine === engine))).filter((one) => one !== undefined);
  const [fastest, ...others] = best.sort((a, b) => a.totals.medianMs - b.totals.medianMs);
  if (fastest === undefined) return ['No configuration completed a query that every other one completed too, so there is nothing to compare.'];
  const queries = plural(section.commonQueries.length, 'query', 'queries');
  const [second] = others;
  if (second === undefined) return [`${nameOf(fastest)} answers ${queries} in ${formatDuration(fastest.totals.medianMs)}.`];
  if (others.length > 1) return [...ranking(section, fastest, others, queries), noiseSentence(section)];
  return [compare(section, fastest, second, queries), noiseSentence(section), ...perWorkerSentence(section, fastest, second)];
}

/** Several engines in two sentences: who is behind the fastest by how much, and of whom that cannot be said. */
function ranking(section: Section, fastest: Contender, others: readonly Contender[], queries: string): string[] {
  const judged = others.map((other) => ({ other, why: whyTooClose(section, fastest, other), told: `${briefName(other)} ${formatRatio(other.totals.medianMs / fastest.totals.medianMs)}` }));
  const [behind, close] = [judged.filter(({ why }) => why === null), judged.filter(({ why }) => why !== null)];
  const alone = close.length === 0 ? `${nameOf(fastest)} is fastest: ` : `${nameOf(fastest)} needs least: `;
  const passes = Math.min(fastest.totals.passes, ...others.map(({ totals }) => totals.passes));
  return [
    `${alone}${queries} in ${formatDuration(fastest.totals.medianMs)}, each engine at its best.${cautionFor(passes)}`,
    ...(behind.length === 0 ? [] : [`Time of the others relative to it: ${formatList(behind.map(({ told }) => told))}.`]),
    ...(close.length === 0 ? [] : [`Too close to call with it: ${formatList(close.map(({ told, why }) => `${told} (${why ?? ''})`))}.`]),
  ];
}

/** Said with every claim: how far an engine lies from itself. */
function noiseSentence({ nullPairs }: Section): string {
  if (nullPairs.length === 0) return 'No null run was made, so it is not known how far two series of one and the same engine lie apart.';
  return `Noise floor, from measuring ${nullPairs[0]?.label ?? ''} twice: ${formatList(nullPairs.map(({ at, total }) => `± ${formatPercent(deviation(total), 1)} (${at})`))}.`;
}

function briefName({ series, configuration }: Contender): string {
  return series.singleProcess ? series.label : `${series.label} at N = ${configuration.workers}`;
}

function nameOf({ series, configuration }: Contender): string {
  const { workers, threadsPerWorker } = configuration;
  const threads = plural(threadsPerWorker, 'thread', 'threads');
  return series.singleProcess ? `${series.label} (one process, ${threads})` : `${series.label} at N = ${workers} (${threads} each)`;
}

function compare(section: Section, fastest: Contender, other: Contender, queries: string): string {
  const ratio = formatRatio(other.totals.medianMs / fastest.totals.medianMs);
  const [short, long] = [formatDuration(fastest.totals.medianMs), formatDuration(other.totals.medianMs)];
  const why = whyTooClose(section, fastest, other);
  if (why !== null) return `Too close to call: ${nameOf(fastest)} and ${nameOf(other)} need ${short} and ${long} for ${queries} (${ratio}): ${why}.`;
  const passes = Math.min(fastest.totals.passes, other.totals.passes);
  return `${nameOf(fastest)} is fastest: ${queries} in ${short}. ${nameOf(other)} needs ${long} at its best, ${ratio} as long.${cautionFor(passes)}`;
}

/**
 * Why nobody is called faster; null when nothing speaks against it. With a null run its difference is the noise
 * and bootstrap intervals decide; without one single passes over the suite must not overlap, and the lead must be
 * more than the spread of a query.
 */
function whyTooClose({ nullPairs, commonQueries }: Section, fastest: Contender, other: Contender): string | null {
  if (nullPairs.length > 0) {
    const floor = Math.max(...nullPairs.map(({ total }) => deviation(total)));
    return weigh(durationsOf(fastest, commonQueries), durationsOf(other, commonQueries), floor).whyNot;
  }
  const lead = other.totals.medianMs / fastest.totals.medianMs - 1;
  const noise = Math.max(fastest.totals.noise ?? 0, other.totals.noise ?? 0);
  if (fastest.totals.maxPassMs >= other.totals.minPassMs) return 'single passes over them overlap';
  return lead < noise ? `less than the noise of a query (${formatPercent(noise, 1)})` : null;
}

function durationsOf({ configuration: { cells } }: Contender, queries: readonly string[]): (readonly number[])[] {
  return cells.filter(({ query }) => queries.includes(query)).map(({ outcome }) => (outcome.kind === 'ok' ? outcome.durationsMs : []));
}

function cautionFor(passes: number): string {
  return passes < PASSES_FOR_A_CLAIM ? ` With ${plural(passes, 'pass', 'passes')} over the queries this is a hint, not a proof.` : '';
}

/** When one side has workers and the other has not: the ratio at every N. */
function perWorkerSentence(section: Section, first: Contender, second: Contender): string[] {
  const single = [first, second].find(({ series }) => series.singleProcess);
  const sharded = [first, second].find(({ series }) => !series.singleProcess);
  if (single === undefined || sharded === undefined || sharded.series.configurations.length < 2) return [];
  const ratios = contenders(section)
    .filter(({ series }) => series.id === sharded.series.id)
    .map(({ configuration, totals }) => `${formatRatio(totals.medianMs / single.totals.medianMs)} at N = ${configuration.workers}`);
  return [`Time of ${sharded.series.label} relative to ${single.series.engineLabel}: ${formatList(ratios)} (below 1 is faster).`];
}

/** Of each engine its best series. */
function scalingSentences(section: Section): string[] {
  const scaling = contenders(section).filter(({ series }) => !series.singleProcess);
  const best = [...new Set(scaling.map(({ series }) => series.engine))].map((engine) => bestOf(scaling.filter(({ series }) => series.engine === engine))?.series);
  const grown = best.flatMap((series) => {
    const last = series?.configurations.findLast(({ speedup }) => speedup !== null);
    return series === undefined || last === undefined || last.workers === 1 ? [] : [{ series, last }];
  });
  return groupBy(grown, ({ last }) => `${last.workers} ${last.threadsPerWorker}`).map((group) => {
    const { last } = group[0] as (typeof grown)[number];
    const told = group.map(({ series, last: { speedup } }) => `${series.label} ${group.length === 1 ? 'becomes ' : ''}${formatRatio(speedup)}${group.length === 1 ? ' as fast' : ''}`);
    return `From N = 1 to N = ${last.workers}, ${group.length === 1 ? '' : 'so many times as fast: '}${formatList(told)}${coresNote(section, last)}${boundNote(section, last)}.`;
  });
}

function coresNote({ machineCpus }: Section, { workers, threadsPerWorker }: Configuration): string {
  return machineCpus !== null && workers * threadsPerWorker > machineCpus ? `, on a machine with ${plural(machineCpus, 'core', 'cores')}` : '';
}

function boundNote({ bound }: Section, { workers }: Configuration): string {
  const point = bound.kind === 'known' ? bound.points.find((one) => one.workers === workers) : undefined;
  return point === undefined ? '' : `; the bytes to read allow ${formatRatio(point.perfect)}`;
}

function answerSentence(section: Section): string {
  const { rows, ok, strictOk, specOnly, wrong } = section.verdicts;
  if (ok === rows && strictOk === rows) return `All ${plural(rows, 'answer is', 'answers are')} right, equal to the stored ones.`;
  if (ok === rows && strictOk + specOnly === rows) {
    return `All ${plural(rows, 'answer is', 'answers are')} right by the TPC-H tolerance; ${specOnly} of them not to the last digit.`;
  }
  if (ok === rows) return `All ${plural(rows, 'run', 'runs')} ended well, but ${plural(rows - strictOk - specOnly, 'answer was', 'answers were')} not checked to the last digit.`;
  const failures = rows - ok - wrong;
  const parts = [wrong > 0 ? `${formatCount(wrong)} gave a WRONG answer` : '', failures > 0 ? `${formatCount(failures)} did not finish` : ''];
  const rest = specOnly === 0 ? 'right' : `right, ${formatCount(specOnly)} of them not to the last digit`;
  return `Of ${plural(rows, 'run', 'runs')}, ${formatList(parts.filter((part) => part !== ''))}, each listed under exceptions; the other ${plural(ok, 'answer is', 'answers are')} ${rest}.`;
}

function gapSentences(section: Section): string[] {
  const left = section.queries.filter((query) => !section.commonQueries.includes(query));
  if (left.length === 0 || section.commonQueries.length === 0) return [];
  return [`Totals leave out ${formatList(left)}, which not every configuration completed.`];
}
