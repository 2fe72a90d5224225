import { FlowbenchError } from '../model/errors.js';
import type { Invariants } from '../model/manifest.js';
import type { PruneRule, Requirement, ShardPlan } from '../tpch/plan.js';
import type { DatasetIndex, TableIndex } from './dataset-index.js';
import { dayNumber } from './dates.js';

/** Inclusive days of the clustering key within which a driver row can matter. */
interface DayWindow {
  readonly from: number;
  readonly to: number;
  /** Whether a row whose clustering key is NULL can satisfy the query all the same. */
  readonly nullsMatter: boolean;
}

/** Throws `plan_unsupported` naming every invariant that the plan needs and the manifest does not prove. */
export function requireInvariants(plan: ShardPlan, invariants: Invariants): void {
  const missing = missingInvariants(plan, invariants);
  if (missing.length === 0) return;
  throw new FlowbenchError('plan_unsupported', `${plan.query} cannot be sharded over this dataset: the manifest does not prove ${missing.join(' and ')}.`, {
    remedy: 'Run this query on a single-process engine, or repair the data and adopt it again.',
  });
}

/** What the plan needs and the manifest does not prove, in words. */
export function missingInvariants(plan: ShardPlan, invariants: Invariants): string[] {
  return plan.requires.filter((requirement) => !isProven(requirement, invariants)).map(nameOf);
}

/**
 * Global numbers of the driver's row groups in which a row can matter, rising. A rule that reaches the
 * clustering key through an invariant the manifest did not measure prunes nothing.
 */
export function survivingRowGroups(plan: ShardPlan, index: DatasetIndex): number[] {
  const table = index.table(plan.driver);
  const windows = plan.pruning
    .map((rule) => dayWindow(rule, table, index.invariants))
    .filter((window) => window !== null);
  const surviving: number[] = [];
  for (let group = 0; group < table.rowGroupCount; group += 1) {
    if (windows.every((window) => canMatter(table, group, window))) surviving.push(group);
  }
  return surviving;
}

function canMatter(table: TableIndex, group: number, window: DayWindow): boolean {
  if (window.nullsMatter && table.hasNulls[group] !== false) return true;
  const min = table.minDay[group] ?? Number.NaN;
  const max = table.maxDay[group] ?? Number.NaN;
  // Written so that a group without a range (NaN) is kept.
  return !(max < window.from || min > window.to);
}

function dayWindow(rule: PruneRule, table: TableIndex, invariants: Invariants): DayWindow | null {
  const key = table.table.clustering_key;
  const from = rule.from === undefined ? Number.NEGATIVE_INFINITY : dayNumber(rule.from);
  const to = rule.to === undefined ? Number.POSITIVE_INFINITY : dayNumber(rule.to);
  // A predicate on the key itself is never true for NULL; one on another column says nothing about NULL keys.
  if (rule.via === undefined) return key === rule.column ? { from, to, nullsMatter: false } : null;
  if (key !== 'l_shipdate') return null;
  if (rule.via === 'ship_minus_order' && rule.column === 'o_orderdate') {
    const range = invariants.ship_minus_order;
    return range === null ? null : { from: from + range.min_days, to: to + range.max_days, nullsMatter: true };
  }
  if (rule.via === 'receipt_minus_ship' && rule.column === 'l_receiptdate') {
    const range = invariants.receipt_minus_ship;
    return range === null ? null : { from: from - range.max_days, to: to - range.min_days, nullsMatter: true };
  }
  throw new FlowbenchError('internal', `A prune rule on ${rule.column} cannot reach l_shipdate through ${rule.via}.`);
}

function isProven(requirement: Requirement, invariants: Invariants): boolean {
  switch (requirement.kind) {
    case 'unique_key':
      return invariants.unique_keys[requirement.table] === true;
    case 'foreign_key':
      return invariants.foreign_keys[requirement.name] === true;
  }
}

function nameOf(requirement: Requirement): string {
  return requirement.kind === 'unique_key' ? `the unique key of ${requirement.table}` : `the foreign key ${requirement.name}`;
}
