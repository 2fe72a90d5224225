import { medianOf } from '../../results/statistics.js';
import type { Weighed } from './engine-types.js';

const RESAMPLES = 1000;
const INTERVAL = [0.025, 0.975] as const;

/** Medians of resampled repetitions; drawn once for each list, however often it is compared. */
const drawn = new WeakMap<readonly number[], Float64Array>();

/** Weighs the sums of medians of two series over the same queries, each given its repetitions. */
export function weigh(baseline: readonly (readonly number[])[], other: readonly (readonly number[])[], noise: number | null): Weighed {
  const [ours, theirs] = [resampledSums(baseline, 1), resampledSums(other, 2)];
  const [low, high] = intervalOf(theirs.map((value, index) => value / (ours[index] ?? NaN)));
  const ratio = sumOfMedians(other) / sumOfMedians(baseline);
  const whyNot = whyNoClaim(ratio, intervalOf(ours), intervalOf(theirs), noise);
  return { ratio, low, high, noise, whyNot, claim: whyNot === null ? (ratio < 1 ? 'faster' : 'slower') : null };
}

function whyNoClaim(ratio: number, ours: readonly [number, number], theirs: readonly [number, number], noise: number | null): string | null {
  if (ours[0] <= theirs[1] && theirs[0] <= ours[1]) return 'intervals overlap';
  return noise !== null && Math.max(ratio, 1 / ratio) - 1 <= noise ? 'within the noise' : null;
}

function sumOfMedians(lists: readonly (readonly number[])[]): number {
  return lists.reduce((sum, list) => sum + (medianOf(list) ?? 0), 0);
}

function resampledSums(lists: readonly (readonly number[])[], seed: number): Float64Array {
  const sums = new Float64Array(RESAMPLES);
  lists.forEach((list, position) => {
    const medians = drawn.get(list) ?? resampledMedians(list, seed * 1000 + position);
    drawn.set(list, medians);
    for (let index = 0; index < RESAMPLES; index += 1) sums[index] = (sums[index] ?? 0) + (medians[index] ?? 0);
  });
  return sums;
}

function resampledMedians(list: readonly number[], seed: number): Float64Array {
  const random = generator(seed);
  const picked = new Float64Array(list.length);
  const middle = list.length >> 1;
  return Float64Array.from({ length: RESAMPLES }, () => {
    for (let index = 0; index < picked.length; index += 1) picked[index] = list[Math.floor(random() * list.length)] ?? 0;
    picked.sort();
    return list.length % 2 === 1 ? (picked[middle] ?? 0) : ((picked[middle - 1] ?? 0) + (picked[middle] ?? 0)) / 2;
  });
}

function intervalOf(values: Float64Array): [number, number] {
  const sorted = Float64Array.from(values).sort();
  const at = (share: number): number => sorted[Math.round((sorted.length - 1) * share)] ?? NaN;
  return [at(INTERVAL[0]), at(INTERVAL[1])];
}

/** Equal runs give equal reports: a fixed sequence (mulberry32). */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
