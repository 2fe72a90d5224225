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
  if (others.length === 0) return [`${nameOf(fastest)} answers ${queries} in ${formatDuration(fastest.totals.medianMs)}.`];
  return others.flatMap((other) => [compare(fastest, other, queries), ...perWorkerSentence(section, fastest, other)]);
}

function nameOf({ series, configuration }: Contender): string {
  const { workers, threadsPerWorker } = configuration;
  const threads = plural(threadsPerWorker, 'thread', 'threads');
  return series.singleProcess ? `${series.label} (one process, ${threads})` : `${series.label} at N = ${workers} (${threads} each)`;
}

/**
 * Nobody is called faster whose passes over the suite overlap with the other's, or who leads by less than
 * the noise of a query: engines that are measured one after the other also meet another state of the machine.
 */
function compare(fastest: Contender, other: Contender, queries: string): string {
  const ratio = formatRatio(other.totals.medianMs / fastest.totals.medianMs);
  const [short, long] = [formatDuration(fastest.totals.medianMs), formatDuration(other.totals.medianMs)];
  if (fastest.totals.maxPassMs >= other.totals.minPassMs) {
    return `Too close to call: ${nameOf(fastest)} and ${nameOf(other)} need ${short} and ${long} for ${queries} (${ratio}), and single passes over them overlap.`;
  }
  const noise = Math.max(fastest.totals.noise ?? 0, other.totals.noise ?? 0);
  if (other.totals.medianMs / fastest.totals.medianMs - 1 < noise) {
    return `Too close to call: ${nameOf(fastest)} and ${nameOf(other)} need ${short} and ${long} for ${queries} (${ratio}), which is less than the noise of a query (${formatPercent(noise, 1)}).`;
  }
  const passes = Math.min(fastest.totals.passes, other.totals.passes);
  const caution = passes < PASSES_FOR_A_CLAIM ? ` With ${plural(passes, 'pass', 'passes')} over the queries this is a hint, not a proof.` : '';
  return `${nameOf(fastest)} is fastest: ${queries} in ${short}. ${nameOf(other)} needs ${long} at its best, ${ratio} as long.${caution}`;
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

function scalingSentences(section: Section): string[] {
  const best = bestOf(contenders(section).filter(({ series }) => !series.singleProcess));
  const last = best?.series.configurations.findLast(({ speedup }) => speedup !== null);
  if (best === undefined || last === undefined || last.workers === 1) return [];
  const bound = section.bound.kind === 'known' ? section.bound.points.find(({ workers }) => workers === last.workers) : undefined;
  const limit = bound === undefined ? '' : `; the bytes to read allow ${formatRatio(bound.perfect)}`;
  const cores = section.machineCpus !== null && last.workers * last.threadsPerWorker > section.machineCpus
    ? `, on a machine with ${plural(section.machineCpus, 'core', 'cores')}` : '';
  return [`From N = 1 to N = ${last.workers}, ${best.series.label} becomes ${formatRatio(last.speedup)} as fast${cores}${limit}.`];
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
