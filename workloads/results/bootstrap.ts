import { seededRandom } from '../model/seeded-random.js';
import { medianOf } from './statistics.js';

/** Repetitions of one query by one series, ms. */
export type Durations = readonly number[];

export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** A number made from medians, with its interval. */
export interface Estimate extends Interval {
  readonly value: number;
}

/** More would change the third digit at most. */
export const RESAMPLES = 2000;
const CONFIDENCE = 0.95;
/** Equal runs give equal intervals. */
const SEED = 1;

/** What every interval is, for whoever reads one. */
export const INTERVAL_METHOD =
  `Intervals: ${CONFIDENCE * 100} % percentile bootstrap, ${RESAMPLES} resamples of each query's repetitions with a fixed seed ` +
  '(B. Efron and R. J. Tibshirani, An Introduction to the Bootstrap, 1993, chapter 13).';

/**
 * What an interval of so many repetitions is worth. Resampling never leaves the values there are, and from the
 * smallest to the largest of n values lies the median in 1 − 2^(1−n) of all cases.
 */
export function intervalWorth(repetitions: number): string {
  if (repetitions < 2) return 'A single repetition has no interval.';
  const atMost = Math.floor((1 - 2 ** (1 - repetitions)) * 1000) / 10;
  return `Of ${repetitions} repetitions an interval reaches from the smallest to the largest at most, which holds the true median in ${atMost} % of cases${atMost < CONFIDENCE * 100 ? `, not in ${CONFIDENCE * 100} %` : ''}.`;
}

/** The median of one query's repetitions; null without any. */
export function medianEstimate(durations: Durations): Estimate | null {
  return durations.length === 0 ? null : sumEstimate([durations]);
}

/** Σ of medians over queries. */
export function sumEstimate(queries: readonly Durations[]): Estimate {
  return estimate(sumOfMedians(queries), resampledSums(queries, seededRandom(SEED)));
}

/** Σ of medians of two series over the same queries, and the other's ÷ the baseline's; of one query the ratio of two medians. */
export function ratioOfSums(baseline: readonly Durations[], other: readonly Durations[]): { readonly baseline: Estimate; readonly other: Estimate; readonly ratio: Estimate } {
  const random = seededRandom(SEED);
  const [ours, theirs] = [resampledSums(baseline, random), resampledSums(other, random)];
  const [our, their] = [sumOfMedians(baseline), sumOfMedians(other)];
  return {
    baseline: estimate(our, ours),
    other: estimate(their, theirs),
    ratio: estimate(their / our, theirs.map((value, index) => value / (ours[index] ?? NaN))),
  };
}

/** Geometric mean over the queries of the other's median ÷ the baseline's: each query weighs the same. */
export function geometricMeanOfRatios(baseline: readonly Durations[], other: readonly Durations[]): Estimate {
  const random = seededRandom(SEED);
  const resampled = Array.from({ length: RESAMPLES }, () => geometricMean(baseline.map((durations) => resampledMedian(durations, random)), other.map((durations) => resampledMedian(durations, random))));
  return estimate(geometricMean(baseline.map(median), other.map(median)), resampled);
}

/** Whether two intervals have a point in common. */
export function overlap(a: Interval, b: Interval): boolean {
  return a.low <= b.high && b.low <= a.high;
}

function estimate(value: number, resampled: readonly number[]): Estimate {
  const sorted = Float64Array.from(resampled).sort();
  const at = (share: number): number => sorted[Math.round((sorted.length - 1) * share)] ?? NaN;
  return { value, low: at((1 - CONFIDENCE) / 2), high: at((1 + CONFIDENCE) / 2) };
}

function resampledSums(queries: readonly Durations[], random: () => number): number[] {
  return Array.from({ length: RESAMPLES }, () => queries.reduce((sum, durations) => sum + resampledMedian(durations, random), 0));
}

/** Sorted as it is drawn: of a handful of values, many thousand times, that is by far the quickest. */
function resampledMedian(durations: Durations, random: () => number): number {
  const drawn: number[] = [];
  for (let count = 0; count < durations.length; count += 1) {
    const value = durations[Math.floor(random() * durations.length)] ?? NaN;
    let at = count;
    for (; at > 0 && (drawn[at - 1] ?? NaN) > value; at -= 1) drawn[at] = drawn[at - 1] ?? NaN;
    drawn[at] = value;
  }
  const middle = drawn.length >> 1;
  return drawn.length % 2 === 1 ? (drawn[middle] ?? NaN) : ((drawn[middle - 1] ?? NaN) + (drawn[middle] ?? NaN)) / 2;
}

function sumOfMedians(queries: readonly Durations[]): number {
  return queries.reduce((sum, durations) => sum + median(durations), 0);
}

function geometricMean(baseline: readonly number[], other: readonly number[]): number {
  const logs = baseline.map((ours, index) => Math.log((other[index] ?? NaN) / ours));
  return Math.exp(logs.reduce((sum, log) => sum + log, 0) / logs.length);
}

function median(durations: Durations): number {
  return medianOf(durations) ?? NaN;
}
