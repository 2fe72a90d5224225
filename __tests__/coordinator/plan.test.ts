import fc from 'fast-check';
import { balanceReport } from '../../workloads/coordinator/balance.js';
import { DatasetIndex } from '../../workloads/coordinator/dataset-index.js';
import { dayNumber } from '../../workloads/coordinator/dates.js';
import { assignDriver, type AssignmentOptions } from '../../workloads/coordinator/driver-assignment.js';
import { planQuery, type QueryPlan, type UnitOptions } from '../../workloads/coordinator/plan.js';
import { shipBounds } from '../../workloads/coordinator/ship-bounds.js';
import type { Manifest } from '../../workloads/model/manifest.js';
import { QUERY_IDS, type QueryId } from '../../workloads/model/queries.js';
import { workUnitV2Schema } from '../../workloads/model/work-unit.js';
import { shardPlan } from '../../workloads/tpch/shard-plans.js';
import { sketchManifest, sortedMonths } from './planned-manifest.js';

const UNIT_OPTIONS: UnitOptions = {
  runId: 'run-1', datasetUri: 'data', outputDir: 'out', spillDir: 'spill', threadsPerWorker: 1, memoryLimitBytes: 1e9, parquetMetadataCache: false,
};

function plan(query: QueryId, manifest: Manifest, options: Partial<AssignmentOptions> = {}): QueryPlan {
  return planQuery(shardPlan(query), new DatasetIndex(manifest), { workers: 4, assignment: 'balanced', seed: 1, ...options }, UNIT_OPTIONS);
}

const MONTHS = sketchManifest({ lineitem: sortedMonths(84), sorted: true, otherGroups: 12 });

describe('plan of a query', () => {
  it.each(QUERY_IDS)('gives %s work units that fit their schema and read every surviving row group once per scan stage', (query) => {
    const planned = plan(query, MONTHS);
    for (const stage of planned.stages) {
      for (const unit of stage.units) expect(workUnitV2Schema.parse(unit)).toEqual(unit);
      const read = stage.units.flatMap((unit) => unit.input.row_groups[planned.driver.table] ?? []).sort((a, b) => a - b);
      expect(read).toEqual(stage.kind === 'scan' ? planned.driver.surviving : []);
    }
    expect(planned.driver.surviving.length + planned.driver.prunedRowGroups).toBe(planned.driver.totalRowGroups);
  });

  it('lets each bucket unit read that bucket of every unit of the stage before', () => {
    const [scan, merge] = plan('Q18', MONTHS).stages;
    expect(scan?.units.map(({ output }) => output.buckets)).toEqual([4, 4, 4, 4]);
    expect(merge?.units[2]?.input.partials).toEqual([0, 1, 2, 3].map((unit) => `out/wu-Q18-1-${unit}.b2.parquet`));
  });

  it('makes no unit without a row group, except one when nothing survived', () => {
    const few = sketchManifest({ lineitem: sortedMonths(3) });
    expect(plan('Q1', few, { workers: 16 }).stages[0]?.units).toHaveLength(3);
    const none = plan('Q6', sketchManifest({ lineitem: [{ days: ['1999-01-01', '1999-01-31'] }] }));
    expect(none.stages[0]?.units.map(({ input }) => input.row_groups)).toEqual([{ lineitem: [] }]);
    expect(none.driver.prunedRowGroups).toBe(1);
  });

  it('shows the bad balance of contiguous ranges, and the good one of bytes', () => {
    const heaviest = (assignment: 'balanced' | 'contiguous'): number =>
      Math.max(...plan('Q6', MONTHS, { assignment }).driver.shares.map(({ rowGroups }) => rowGroups.length));
    expect(plan('Q6', MONTHS).driver.surviving).toHaveLength(13);
    expect([heaviest('balanced'), heaviest('contiguous')]).toEqual([4, 13]);
  });

  it('refuses zero workers', () => {
    expect(() => plan('Q6', MONTHS, { workers: 0 })).toThrow('The number of workers is 0.');
  });

  it('plans one query over 10,000 row groups in 50 ms', () => {
    const large = new DatasetIndex(sketchManifest({ lineitem: sortedMonths(10_000, (group) => 1_000 + ((group * 7_919) % 500)), sorted: true, otherGroups: 1_000 }));
    const durations = QUERY_IDS.map((query) => {
      const startedAt = performance.now();
      planQuery(shardPlan(query), large, { workers: 16, assignment: 'balanced', seed: 1 }, UNIT_OPTIONS);
      return performance.now() - startedAt;
    });
    // The median, as the machine may be busy with something else for a moment.
    expect(durations.sort((a, b) => a - b)[11]).toBeLessThan(50);
  });
});

describe('ship bounds of a shard', () => {
  const manifest = sketchManifest({ lineitem: sortedMonths(24), sorted: true });
  const index = new DatasetIndex(manifest);
  const table = index.table('lineitem');
  const all = table.groups.map(({ number }) => number);

  it('have every line of every other shard outside them', () => {
    fc.assert(fc.property(fc.uniqueArray(fc.nat(23), { minLength: 1 }), fc.nat(), fc.nat(), (drawn, a, b) => {
      const surviving = [...drawn].sort((x, y) => x - y);
      const from = a % surviving.length;
      const shard = surviving.slice(from, from + 1 + (b % (surviving.length - from)));
      const bounds = shipBounds(index, table, surviving, shard);
      if (!('ship_before' in bounds)) return false;
      return surviving.filter((group) => !shard.includes(group)).every((group) =>
        (table.maxDay[group] ?? NaN) <= dayNumber(bounds.ship_before) || (table.minDay[group] ?? NaN) >= dayNumber(bounds.ship_after));
    }));
  });

  it('are absent where another worker reads in between, or where nothing is proven', () => {
    expect(shipBounds(index, table, all, [1, 2, 3])).toEqual({ ship_before: table.groups[0]?.group.cluster?.max, ship_after: table.groups[4]?.group.cluster?.min });
    expect(shipBounds(index, table, all, [1, 3])).toEqual({});
    expect(shipBounds(index, table, [0, 1, 3, 4], [1, 3])).not.toEqual({});
    expect(shipBounds(index, table, all, [])).toEqual({});
    const unsorted = new DatasetIndex(sketchManifest({ lineitem: sortedMonths(24) }));
    expect(shipBounds(unsorted, unsorted.table('lineitem'), all, [1, 2])).toEqual({});
    const unmeasured = new DatasetIndex(sketchManifest({ lineitem: sortedMonths(24), sorted: true, invariants: { order_ship_spread_days: null } }));
    expect(shipBounds(unmeasured, unmeasured.table('lineitem'), all, [1, 2])).toEqual({});
    const withNulls = new DatasetIndex(sketchManifest({ lineitem: sortedMonths(24).map((group, number) => (number === 9 ? { ...group, nulls: 1 } : group)), sorted: true }));
    expect(shipBounds(withNulls, withNulls.table('lineitem'), all, [1, 2])).toEqual({});
  });

  it('reach the units of an ordered plan only', () => {
    expect(plan('Q18', manifest).stages[0]?.units.every(({ input }) => input.params !== undefined)).toBe(true);
    expect(plan('Q6', manifest).stages[0]?.units.every(({ input }) => input.params === undefined)).toBe(true);
  });
});

describe('balance report', () => {
  it('is 1 where every worker has the same, and follows the formula where not', () => {
    expect(balanceReport(sketchManifest({ lineitem: [{ days: null }], otherGroups: 1 }), 1).shareOfBound).toBe(1);
    const report = balanceReport(MONTHS, 4);
    const q6 = report.queries.find(({ query }) => query === 'Q6');
    expect(q6).toMatchObject({ driverBytes: 13 * 4_000, heaviestDriverBytes: 4 * 4_000, otherTablesBytes: 0, driverOnlyShare: 13 / 16, shareOfBound: 13 / 16 });
    expect(report.queries).toHaveLength(22);
    expect(report.plannedSpeedUp).toBeLessThanOrEqual(report.byteBoundSpeedUp);
  });

  it('is worse for contiguous ranges', () => {
    expect(balanceReport(MONTHS, 4, 'contiguous').shareOfBound).toBeLessThan(balanceReport(MONTHS, 4).shareOfBound - 0.1);
  });

  it('agrees with the assignment that is carried out', () => {
    const driver = assignDriver(shardPlan('Q9'), new DatasetIndex(MONTHS), { workers: 8, assignment: 'balanced', seed: 0 });
    const line = balanceReport(MONTHS, 8).queries.find(({ query }) => query === 'Q9');
    expect(line?.heaviestDriverBytes).toBe(Math.max(...driver.shares.map(({ driverBytes }) => driverBytes)));
  });
});
