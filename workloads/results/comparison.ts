import type { ResultRow } from '../model/result-row.js';
import { overlap, ratioOfSums, type Durations } from './bootstrap.js';

/** Time of one series ÷ time of the baseline over the same queries: above 1 is slower. */
export interface Weighed {
  readonly ratio: number;
  /** Bootstrap interval of the ratio. */
  readonly low: number;
  readonly high: number;
  /** Null where no difference can be claimed. */
  readonly claim: 'faster' | 'slower' | null;
  /** Why nothing is claimed; null for a claim. */
  readonly whyNot: string | null;
  /** Relative difference that the null run shows for the same queries; null without one. */
  readonly noise: number | null;
}

/**
 * Weighs a series against the baseline by Σ of medians over queries that both completed, or by the medians of one
 * query. A difference is claimed only where the intervals of the two do not overlap and it is larger
 * than the difference of an engine from itself.
 * @param noise {@link deviation} of the null run over the same queries; null without one
 */
export function weigh(baseline: readonly Durations[], other: readonly Durations[], noise: number | null): Weighed {
  const sums = ratioOfSums(baseline, other);
  const { value: ratio, low, high } = sums.ratio;
  const isSingle = [...baseline, ...other].some((durations) => durations.length < 2);
  const whyNot = isSingle ? 'too few repetitions' : whyNoClaim(sums, noise);
  return { ratio, low, high, noise, whyNot, claim: whyNot === null ? (ratio < 1 ? 'faster' : 'slower') : null };
}

function whyNoClaim({ baseline, other, ratio }: ReturnType<typeof ratioOfSums>, noise: number | null): string | null {
  if (overlap(baseline, other)) return 'intervals overlap';
  return noise !== null && deviation(ratio.value) <= noise ? 'within the noise' : null;
}

/** How far from equal: 1.25 and 0.8 are both 0.25. */
export function deviation(ratio: number): number {
  return Math.max(ratio, 1 / ratio) - 1;
}

type Comparable = Pick<ResultRow, 'dataset_id' | 'protocol_id' | 'node_shape' | 'cluster_id' | 'query'>;

const CONDITIONS = [
  ['dataset_id', 'the data differ'],
  ['query', 'the queries differ'],
  ['protocol_id', 'they were measured by different rules (protocol)'],
  ['node_shape', 'the machines differ'],
  ['cluster_id', 'they ran on different clusters'],
] as const;

/**
 * Why two rows must not be set against each other; null where they may. The protocol holds the family of the query
 * texts, the number of repetitions, the time limit, the memory of a worker and the order of turns.
 */
export function comparable(a: Comparable, b: Comparable): string | null {
  const reasons = CONDITIONS.filter(([field]) => a[field] !== b[field]).map(([field, sentence]) => `${sentence}: ${String(a[field])} and ${String(b[field])}`);
  return reasons.length === 0 ? null : `Not comparable: ${reasons.join('; ')}.`;
}
