import { NOTHING_SHIPPED_AFTER, NOTHING_SHIPPED_BEFORE, type StageContext } from '../plan.js';

/**
 * Which orders a shard may finish alone, as an aggregate condition over the lines of an order; null when
 * nothing is known (no ship params, or no measured spread): then every order is to be shipped.
 *
 * The lines of one order lie at most S days apart (invariant order_ship_spread_days). So an order with a
 * line shipped later than ship_before + S has none in an earlier shard, and an order with a line shipped
 * earlier than ship_after − S has none in a later shard.
 */
export function finishedInShard({ params, invariants }: StageContext): string | null {
  const spreadDays = invariants.order_ship_spread_days;
  const { ship_before: before, ship_after: after } = params;
  if (spreadDays === null || typeof before !== 'string' || typeof after !== 'string') return null;
  const conditions = [
    ...(before === NOTHING_SHIPPED_BEFORE ? [] : [`max(l_shipdate) > date '${addDays(before, spreadDays)}'`]),
    ...(after === NOTHING_SHIPPED_AFTER ? [] : [`min(l_shipdate) < date '${addDays(after, -spreadDays)}'`]),
  ];
  return conditions.length === 0 ? 'true' : conditions.join(' and ');
}

/** The ISO date `days` after another. */
export function addDays(isoDate: string, days: number): string {
  const date = new Date(`${isoDate}T00:00:00Z`);
  date.setUTCDate(date.getUTCDate() + days);
  return date.toISOString().slice(0, 10);
}
