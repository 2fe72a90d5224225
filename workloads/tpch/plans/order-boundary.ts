import type { StageContext } from '../plan.js';

/**
 * Which orders a shard may finish alone.
 *
 * Where a shard is a run of neighbouring row groups of sorted data, its unit carries `ship_before` (the
 * latest l_shipdate of earlier row groups outside the shard) and `ship_after` (the earliest of later ones);
 * one of them is absent at the end of the table. The lines of one order lie at most S days apart
 * (invariant order_ship_spread_days), so an order with a line shipped after ship_before + S has no line in
 * an earlier shard, and one with a line shipped before ship_after − S none in a later shard.
 *
 * Returns an aggregate condition over the lines of an order, or null when nothing is known: then every
 * order is to be shipped.
 */
export function finishedInShard({ params, invariants }: StageContext): string | null {
  const spreadDays = invariants.order_ship_spread_days;
  const { ship_before: before, ship_after: after } = params;
  if (spreadDays === null || (before === undefined && after === undefined)) return null;
  const conditions = [
    ...(before === undefined ? [] : [`max(l_shipdate) > date '${addDays(String(before), spreadDays)}'`]),
    ...(after === undefined ? [] : [`min(l_shipdate) < date '${addDays(String(after), -spreadDays)}'`]),
  ];
  return conditions.join(' and ');
}

/** `days` after an ISO date, as an ISO date. */
export function addDays(isoDate: string, days: number): string {
  const date = new Date(`${isoDate}T00:00:00Z`);
  date.setUTCDate(date.getUTCDate() + days);
  return date.toISOString().slice(0, 10);
}
