import { NOTHING_SHIPPED_AFTER, NOTHING_SHIPPED_BEFORE } from '../tpch/plan.js';
import type { DatasetIndex, TableIndex } from './dataset-index.js';
import { dayNumber, dayText } from './dates.js';

export type ShipBounds = { readonly ship_before: string; readonly ship_after: string } | Record<string, never>;

/**
 * The dates between which only this shard holds lines: every line that any other worker reads has
 * l_shipdate <= `ship_before` or >= `ship_after`. With the measured spread of ship dates within one order
 * a worker can then finish the orders that lie wholly inside. Row groups that were pruned are read by
 * nobody, so they put no line into another partial and need not be looked at.
 *
 * Empty when it cannot be proven: the table is not sorted by l_shipdate, the spread was not measured, a
 * group read elsewhere has NULLs or no range, or other workers read groups in between.
 */
export function shipBounds(index: DatasetIndex, table: TableIndex, surviving: readonly number[], shard: readonly number[]): ShipBounds {
  const { clustering_key: key, sorted } = table.table;
  if (key !== 'l_shipdate' || !sorted || index.invariants.order_ship_spread_days === null) return {};
  const [first] = shard;
  const start = first === undefined ? -1 : surviving.indexOf(first);
  const end = start + shard.length;
  if (start < 0 || surviving[end - 1] !== shard[shard.length - 1]) return {};
  const before = surviving.slice(0, start);
  const after = surviving.slice(end);
  if ([...before, ...after].some((group) => table.hasNulls[group] !== false || !Number.isFinite(table.maxDay[group]))) return {};
  return {
    ship_before: dayText(before.reduce((latest, group) => Math.max(latest, table.maxDay[group] ?? Infinity), dayNumber(NOTHING_SHIPPED_BEFORE))),
    ship_after: dayText(after.reduce((earliest, group) => Math.min(earliest, table.minDay[group] ?? -Infinity), dayNumber(NOTHING_SHIPPED_AFTER))),
  };
}
