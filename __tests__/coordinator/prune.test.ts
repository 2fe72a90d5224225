import fc from 'fast-check';
import { DatasetIndex } from '../../workloads/coordinator/dataset-index.js';
import { dayNumber, dayText } from '../../workloads/coordinator/dates.js';
import { requireInvariants, survivingRowGroups } from '../../workloads/coordinator/prune.js';
import { FlowbenchError } from '../../workloads/model/errors.js';
import type { Invariants } from '../../workloads/model/manifest.js';
import type { PruneRule, ShardPlan } from '../../workloads/tpch/plan.js';
import { shardPlan } from '../../workloads/tpch/shard-plans.js';
import { ALL_PROVEN, sketchManifest, type GroupSketch } from './planned-manifest.js';

const BASE = dayNumber('1994-01-01');

/** A line by its days; null is SQL NULL. */
interface Line {
  readonly ship: number | null;
  readonly order: number;
  readonly receipt: number;
}

const lines: fc.Arbitrary<Line> = fc
  .record({ ship: fc.option(fc.integer({ min: 0, max: 400 }), { freq: 8 }), toShip: fc.integer({ min: 1, max: 121 }), toReceipt: fc.integer({ min: 1, max: 30 }) })
  .map(({ ship, toShip, toReceipt }) => ({ ship, order: (ship ?? 200) - toShip, receipt: (ship ?? 200) + toReceipt }));
const tables = fc.array(fc.array(lines, { minLength: 1, maxLength: 5 }), { minLength: 1, maxLength: 20 });
const rules: fc.Arbitrary<PruneRule> = fc
  .record({ kind: fc.constantFrom('ship', 'order', 'receipt'), from: fc.option(fc.integer({ min: 0, max: 400 })), lengthDays: fc.option(fc.integer({ min: 0, max: 90 })) })
  .map(({ kind, from, lengthDays }) => ({
    ...(from === null ? {} : { from: dayText(BASE + from) }),
    ...(lengthDays === null ? {} : { to: dayText(BASE + (from ?? 100) + lengthDays) }),
    ...(kind === 'ship' ? { column: 'l_shipdate' as const } : kind === 'order' ? { column: 'o_orderdate' as const, via: 'ship_minus_order' as const } : { column: 'l_receiptdate' as const, via: 'receipt_minus_ship' as const }),
  }));

function sketchOf(group: readonly Line[]): GroupSketch {
  const days = group.map(({ ship }) => ship).filter((ship) => ship !== null);
  const nulls = group.length - days.length;
  return { rows: group.length, nulls, days: days.length === 0 ? null : [dayText(BASE + Math.min(...days)), dayText(BASE + Math.max(...days))] };
}

/** As a manifest measures them: void as soon as one date is NULL. */
function measured(groups: readonly (readonly Line[])[]): Invariants {
  const all = groups.flat();
  const range = (value: (line: Line, ship: number) => number) => {
    if (all.some(({ ship }) => ship === null)) return null;
    const days = all.map((line) => value(line, line.ship ?? 0));
    return { min_days: Math.min(...days), max_days: Math.max(...days) };
  };
  return { ...ALL_PROVEN, ship_minus_order: range(({ order }, ship) => ship - order), receipt_minus_ship: range(({ receipt }, ship) => receipt - ship) };
}

function satisfies(line: Line, rule: PruneRule): boolean {
  const value = rule.column === 'l_shipdate' ? line.ship : rule.column === 'o_orderdate' ? line.order : line.receipt;
  if (value === null) return false;
  const { from, to } = rule;
  return (from === undefined || BASE + value >= dayNumber(from)) && (to === undefined || BASE + value <= dayNumber(to));
}

function planWith(pruning: readonly PruneRule[]): ShardPlan {
  return { ...shardPlan('Q6'), pruning };
}

function indexOf(lineitem: readonly GroupSketch[], invariants: Partial<Invariants> = {}): DatasetIndex {
  return new DatasetIndex(sketchManifest({ lineitem, invariants }));
}

describe('pruning of row groups', () => {
  it('never prunes a row group that holds a line which satisfies all rules', () => {
    fc.assert(fc.property(tables, fc.array(rules, { maxLength: 3 }), (groups, pruning) => {
      const surviving = new Set(survivingRowGroups(planWith(pruning), indexOf(groups.map(sketchOf), measured(groups))));
      return groups.every((group, number) => surviving.has(number) || !group.some((line) => pruning.every((rule) => satisfies(line, rule))));
    }), { numRuns: 500 });
  });

  it('would prune such a row group on an invariant that does not hold: the brute force above notices', () => {
    const late: Line = { ship: 200, order: 0, receipt: 201 };
    const rule: PruneRule = { column: 'o_orderdate', from: dayText(BASE), to: dayText(BASE + 10), via: 'ship_minus_order' };
    expect(satisfies(late, rule)).toBe(true);
    expect(survivingRowGroups(planWith([rule]), indexOf([sketchOf([late])], ALL_PROVEN))).toEqual([]);
    expect(survivingRowGroups(planWith([rule]), indexOf([sketchOf([late])], measured([[late]])))).toEqual([0]);
  });

  it('prunes by an explicit range, both ends inclusive', () => {
    const index = indexOf([
      { days: ['1993-12-01', '1993-12-31'] }, { days: ['1993-12-31', '1994-01-01'] }, { days: ['1994-12-31', '1995-01-02'] }, { days: ['1995-01-01', '1995-01-31'] },
    ]);
    expect(survivingRowGroups(planWith([{ column: 'l_shipdate', from: '1994-01-01', to: '1994-12-31' }]), index)).toEqual([1, 2]);
  });

  it('keeps a group without a range, and for an implied rule a group with NULLs', () => {
    const groups: GroupSketch[] = [{ days: null }, { days: ['1998-01-01', '1998-01-31'], nulls: 1 }, { days: ['1998-01-01', '1998-01-31'] }];
    expect(survivingRowGroups(planWith([{ column: 'l_shipdate', to: '1994-01-01' }]), indexOf(groups))).toEqual([0]);
    expect(survivingRowGroups(planWith([{ column: 'o_orderdate', to: '1994-01-01', via: 'ship_minus_order' }]), indexOf(groups))).toEqual([0, 1]);
  });

  it('does not use a range that was not measured', () => {
    const index = indexOf([{ days: ['1998-01-01', '1998-01-31'] }], { ship_minus_order: null, receipt_minus_ship: null });
    expect(survivingRowGroups(planWith([{ column: 'o_orderdate', to: '1994-01-01', via: 'ship_minus_order' }]), index)).toEqual([0]);
    expect(survivingRowGroups(planWith([{ column: 'l_receiptdate', to: '1994-01-01', via: 'receipt_minus_ship' }]), index)).toEqual([0]);
  });

  it('refuses a plan whose invariants the manifest does not prove, and names them', () => {
    const plan: ShardPlan = { ...shardPlan('Q6'), requires: [{ kind: 'unique_key', table: 'orders' }, { kind: 'foreign_key', name: 'supplier.s_nationkey->nation.n_nationkey' }] };
    expect(() => { requireInvariants(plan, ALL_PROVEN); }).not.toThrow();
    const refuse = () => { requireInvariants(plan, { ...ALL_PROVEN, unique_keys: {}, foreign_keys: {} }); };
    expect(refuse).toThrow(FlowbenchError);
    expect(refuse).toThrow(/unique key of orders and the foreign key supplier\.s_nationkey->nation\.n_nationkey/);
  });
});
