import { geometricMeanOfRatios } from '../../results/bootstrap.js';
import { deviation, weigh } from '../../results/comparison.js';
import { formatCount, plural } from '../format.js';
import type { Comparison, Contender, NullPair, Rival } from './engine-types.js';

/** Everybody against the baseline; null with fewer than two that completed something. */
export function comparisonOf(contenders: readonly Contender[], nullPairs: readonly NullPair[]): Comparison | null {
  const able = contenders.filter((one) => durationsOf(one).size > 0);
  if (able.length < 2) return null;
  const { baseline, why } = chooseBaseline(able);
  const noise = noiseFor(baseline, contenders, nullPairs);
  const rivals = contenders.filter((one) => one !== baseline).map((one) => rivalOf(baseline, one, noise));
  return { baseline, why, noise, rivals };
}

/** The fastest that completed every query; without one DuckDB; without that the one that completed most. */
function chooseBaseline(able: readonly Contender[]): { baseline: Contender; why: string } {
  const complete = able.filter(({ configuration }) => configuration.completeMs !== null)
    .sort((a, b) => (a.configuration.completeMs ?? 0) - (b.configuration.completeMs ?? 0));
  const [fastest] = complete;
  if (fastest !== undefined) return { baseline: fastest, why: `the fastest of the ${formatCount(complete.length)} that completed all ${plural(fastest.configuration.cells.length, 'query', 'queries')}` };
  const duckdb = able.find(({ series }) => series.engine === 'duckdb');
  if (duckdb !== undefined) return { baseline: duckdb, why: 'nobody completed all queries' };
  const count = (one: Contender): number => durationsOf(one).size;
  return { baseline: able.reduce((best, one) => (count(one) > count(best) ? one : best)), why: 'nobody completed all queries, and it completed most' };
}

/** The null run at the same number of workers, of the baseline before any other; else one of another number. */
function noiseFor(baseline: Contender, contenders: readonly Contender[], pairs: readonly NullPair[]): NullPair | null {
  const isOf = (one: Contender) => (pair: NullPair): boolean => pair.seriesId === one.series.id && pair.workers === one.configuration.workers;
  return pairs.find(isOf(baseline)) ?? pairs.find((pair) => contenders.some((one) => isOf(one)(pair))) ?? pairs[0] ?? null;
}

function durationsOf({ configuration }: Contender): Map<string, readonly number[]> {
  return new Map(configuration.cells.flatMap(({ query, outcome }) => (outcome.kind === 'ok' ? [[query, outcome.durationsMs] as const] : [])));
}

function rivalOf(baseline: Contender, contender: Contender, noise: NullPair | null): Rival {
  const [ours, theirs] = [durationsOf(baseline), durationsOf(contender)];
  const both = [...ours.keys()].filter((query) => theirs.has(query));
  const lists = (of: ReadonlyMap<string, readonly number[]>, queries: readonly string[]): (readonly number[])[] => queries.map((query) => of.get(query) ?? []);
  const weighed = new Map(both.map((query) => [query, weigh(lists(ours, [query]), lists(theirs, [query]), noiseOfQuery(noise, query))]));
  return {
    contender,
    total: both.length === 0 ? null : weigh(lists(ours, both), lists(theirs, both), noise === null ? null : deviation(noise.total)),
    queries: both.length,
    geometricMean: both.length === 0 ? null : geometricMeanOfRatios(lists(ours, both), lists(theirs, both)),
    perQuery: contender.configuration.cells.map(({ query }) => ({ query, weighed: weighed.get(query) ?? null })),
  };
}

/** A pair of equal numbers may be luck: of a query it is never less than half of all queries show. */
function noiseOfQuery(noise: NullPair | null, query: string): number | null {
  if (noise === null) return null;
  const all = noise.perQuery.map(({ ratio }) => deviation(ratio)).sort((a, b) => a - b);
  const own = noise.perQuery.find((one) => one.query === query);
  return Math.max(all[Math.floor(all.length / 2)] ?? 0, own === undefined ? 0 : deviation(own.ratio));
}
