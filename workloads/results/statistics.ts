import { max, mean, median, min, sampleStandardDeviation } from 'simple-statistics';

/** Statistics over the warm repetitions of one cell, in the unit of the values (ms for durations). */
export interface Statistics {
  readonly count: number;
  readonly median: number;
  /** Interpolated linearly between the order statistics; with few repetitions it leans on the largest. */
  readonly p95: number;
  readonly min: number;
  readonly max: number;
  /** Coefficient of variation, sample standard deviation ÷ mean; null for a single value or a mean of 0. */
  readonly spread: number | null;
}

/** Null for no values: there is no number to show. */
export function statistics(values: readonly number[]): Statistics | null {
  if (values.length === 0) return null;
  const list = [...values];
  const average = mean(list);
  return {
    count: list.length,
    median: median(list),
    p95: interpolated(list, 0.95),
    min: min(list),
    max: max(list),
    spread: list.length < 2 || average === 0 ? null : sampleStandardDeviation(list) / average,
  };
}

/** Hyndman and Fan's type 7; the library's own quantile steps from value to value without interpolating. */
function interpolated(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const position = (sorted.length - 1) * share;
  const below = sorted[Math.floor(position)] ?? NaN;
  const above = sorted[Math.ceil(position)] ?? below;
  return below + (above - below) * (position - Math.floor(position));
}

/** Null for no values. */
export function medianOf(values: readonly (number | null)[]): number | null {
  const present = values.filter((value): value is number => value !== null);
  return present.length === 0 ? null : median(present);
}
