import type { StageContext } from '../plan.js';

/**
 * Σ / count as the nearest double, where Σ has two decimals (as every TPC-H amount). The quotient is taken
 * of integers, because a decimal that is first turned into a double and then divided is rounded twice, and
 * an average one bit off moves a row across a threshold (`acctbal > avg` where all balances are equal).
 */
export function exactAverage(sum: string, count: string, numeric: StageContext['numeric']): string {
  return numeric === 'double' ? `${sum} / ${count}` : `cast(${sum} * 100 as hugeint) / (${count} * 100)`;
}
