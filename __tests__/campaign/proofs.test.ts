import { measureDistribution, proveCoverage, type ExpectedScan } from '../../workloads/campaign/proofs.js';
import type { CoverageEvidence } from '../../workloads/engines/contract.js';

const COUNTS = [100, 100, 100, 100, 50, 7];
const rowCounts = (table: string) => (table === 'lineitem' ? COUNTS : undefined);
const EXPECTED: ExpectedScan[] = [{ stage: 1, table: 'lineitem', rowGroups: [0, 1, 2, 3] }];

type Unit = CoverageEvidence['stages'][number]['units'][number];

function unit(name: string, groups: readonly number[], changes: Partial<Unit> = {}): Unit {
  const rowGroups = groups.map((number) => ({ number, rows: COUNTS[number] ?? 0 }));
  return { unitId: name, node: name, rowGroups, rowsIn: rowGroups.reduce((sum, group) => sum + group.rows, 0), ...changes };
}

function evidence(units: readonly Unit[], planned: readonly number[] = [0, 1, 2, 3]): CoverageEvidence {
  return { stages: [{ stage: 1, table: 'lineitem', planned, units }] };
}

const SOUND = [unit('a', [0, 2]), unit('b', [1, 3])];

function problemsOf(units: readonly Unit[], planned?: readonly number[]): readonly string[] {
  return proveCoverage(evidence(units, planned), EXPECTED, rowCounts).problems;
}

describe('coverage proof', () => {
  it('holds when every planned row group was read once', () => {
    expect(proveCoverage(evidence(SOUND), EXPECTED, rowCounts)).toEqual({ ok: true, problems: [] });
  });

  it('sees one row group lost', () => {
    expect(problemsOf([unit('a', [0]), unit('b', [1, 3])])).toEqual(['row groups 2 of lineitem were not read']);
  });

  it('sees one row group read by two workers', () => {
    expect(problemsOf([unit('a', [0, 2]), unit('b', [1, 2, 3])])).toEqual(['row group 2 of lineitem was read 2 times, by a, b']);
  });

  it('sees one row group read twice by one worker, whose count is then twice as high', () => {
    const twice = unit('a', [0, 2], { rowGroups: [{ number: 0, rows: 200 }, { number: 2, rows: 100 }], rowsIn: 300 });
    expect(problemsOf([twice, unit('b', [1, 3])])).toEqual(['a read 200 rows of row group 0 of lineitem, the manifest has 100']);
  });

  it('sees a lost shard', () => {
    expect(problemsOf([unit('a', [0, 2])])).toEqual(['row groups 1, 3 of lineitem were not read']);
  });

  it('sees a worker that reads everything', () => {
    const problems = problemsOf([unit('a', [0, 1, 2, 3, 4, 5]), unit('b', [1, 3])]);
    expect(problems).toContain('row group 1 of lineitem was read 2 times, by a, b');
    expect(problems).toContain('row group 4 of lineitem was read by a but not planned');
  });

  it('sees a worker that reads half of a row group', () => {
    const half = unit('a', [0, 2], { rowGroups: [{ number: 0, rows: 50 }, { number: 2, rows: 100 }], rowsIn: 150 });
    expect(problemsOf([half, unit('b', [1, 3])])).toEqual(['a read 50 rows of row group 0 of lineitem, the manifest has 100']);
  });

  it('sees rows that are claimed beyond the row groups counted', () => {
    expect(problemsOf([unit('a', [0, 2], { rowsIn: 400 }), unit('b', [1, 3])])).toEqual(['a reports 400 rows in, its row groups add up to 200']);
    expect(problemsOf([unit('a', [0, 2], { rowsIn: null }), unit('b', [1, 3])])).toEqual(['a reports no rows in, its row groups add up to 200']);
  });

  it('sees a plan that pruned too much, or too little', () => {
    expect(problemsOf([unit('a', [0, 2]), unit('b', [1])], [0, 1, 2])[0]).toMatch(/did not plan row groups 3 of lineitem/);
    expect(problemsOf([unit('a', [0, 2, 4]), unit('b', [1, 3])], [0, 1, 2, 3, 4])[0]).toMatch(/planned row groups 4 of lineitem, which cannot matter/);
  });

  it('sees a stage that is missing, and one that nobody asked for', () => {
    expect(proveCoverage({ stages: [] }, EXPECTED, rowCounts)).toEqual({ ok: false, problems: ['scan stages are [], expected [1:lineitem]'] });
    expect(proveCoverage({ stages: [...evidence(SOUND).stages, ...evidence(SOUND).stages] }, EXPECTED, rowCounts).ok).toBe(false);
  });

  it('proves each stage of a query by itself', () => {
    const expected = [...EXPECTED, { stage: 3, table: 'lineitem', rowGroups: [0, 1] }];
    const stages = (units: readonly Unit[]): CoverageEvidence => ({ stages: [...evidence(SOUND).stages, { stage: 3, table: 'lineitem', planned: [0, 1], units }] });
    expect(proveCoverage(stages([unit('a', [0]), unit('b', [1])]), expected, rowCounts).ok).toBe(true);
    expect(proveCoverage(stages([unit('a', [0])]), expected, rowCounts).problems).toEqual(['row groups 1 of lineitem were not read']);
  });

  it('holds for a query that needs no row group at all', () => {
    const nothing = [{ stage: 1, table: 'lineitem', rowGroups: [] }];
    expect(proveCoverage(evidence([unit('a', [])], []), nothing, rowCounts).ok).toBe(true);
  });
});

describe('distribution', () => {
  it('says how many nodes read how much', () => {
    const measured = measureDistribution(evidence([unit('a', [0, 1, 2]), unit('b', [3])]));
    expect(measured).toMatchObject({ nodesUsed: 2, maxNodeShare: 0.75 });
    expect([...measured.rowsByNode]).toEqual([['a', 300], ['b', 100]]);
  });

  it('does not count a node that read nothing', () => {
    expect(measureDistribution(evidence([unit('a', [0]), unit('b', [])]))).toMatchObject({ nodesUsed: 1, maxNodeShare: 1 });
    expect(measureDistribution(evidence([unit('a', [])]))).toMatchObject({ nodesUsed: 0, maxNodeShare: null });
  });
});
