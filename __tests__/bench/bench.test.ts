import { measureBalance } from '../../bench/balance.js';
import { withRowGroups } from '../../bench/large-manifest.js';
import { isWithinLimit, jsonLine, renderMeasurements, type Measurement } from '../../bench/measurement.js';
import { peakMemoryOf } from '../../bench/process-tree.js';
import { measurePlanning } from '../../bench/planning.js';
import { sketchManifest, sortedMonths } from '../coordinator/planned-manifest.js';
import { locateRowGroups, type Manifest } from '../../workloads/model/manifest.js';

const ratio: Measurement = { key: 'flow_over_duckdb_n2', what: 'a ratio', value: 1.23456, unit: 'x', limit: { kind: 'at_most', value: 1.25 } };
const share: Measurement = { key: 'balanced_share_of_bound', what: 'a share', value: 0.84, unit: 'share', limit: { kind: 'at_least', value: 0.85 } };

function rowGroupsOf(manifest: Manifest, table: string) {
  const found = manifest.tables[table];
  if (found === undefined) throw new Error(`no ${table}`);
  return locateRowGroups(found).map(({ group }) => group);
}

describe('a measurement', () => {
  it('is judged in the direction of its limit', () => {
    expect([ratio, { ...ratio, value: 1.26 }, share, { ...share, value: 0.86 }].map(isWithinLimit)).toEqual([true, false, false, true]);
  });

  it('that could not be made is never within its limit', () => {
    expect([{ ...ratio, value: Number.NaN }, { ...share, value: Number.NaN }].map(isWithinLimit)).toEqual([false, false]);
  });

  it('is shown with its limit, and given to programs as one line of JSON', () => {
    expect(renderMeasurements([ratio, share])).toMatch(/a ratio .*1\.23 × .*≤ 1\.25 × .*ok[\s\S]*a share .*0\.840 .*≥ 0\.850 .*MISSED/);
    expect(JSON.parse(jsonLine([ratio, share]))).toEqual({ flow_over_duckdb_n2: 1.235, balanced_share_of_bound: 0.84 });
    expect(jsonLine([ratio, share])).not.toContain('\n');
  });
});

describe('the manifest cut into many row groups', () => {
  const small = sketchManifest({ lineitem: sortedMonths(84).map((group) => ({ ...group, rows: 70_000 })) });
  const large = withRowGroups(small, 10_000, 'customer');

  it('has as many as asked, with the same rows, bytes and ranges in all', () => {
    const before = rowGroupsOf(small, 'lineitem');
    const after = rowGroupsOf(large, 'lineitem');
    expect(after.length).toBeGreaterThanOrEqual(10_000);
    expect(after.reduce((sum, group) => sum + group.rows, 0)).toBe(84 * 70_000);
    expect(after.reduce((sum, group) => sum + (group.column_bytes[0] ?? 0), 0)).toBe(before.reduce((sum, group) => sum + (group.column_bytes[0] ?? 0), 0));
    expect(new Set(after.map((group) => group.cluster?.min))).toEqual(new Set(before.map((group) => group.cluster?.min)));
  });

  it('has as many of another driver', () => {
    const roomy = sketchManifest({ lineitem: sortedMonths(84), otherGroups: 64 });
    const counts = (driver: string): number => rowGroupsOf(withRowGroups(roomy, 6_000, driver), 'partsupp').length;
    expect([counts('partsupp'), counts('lineitem')]).toEqual([64 * 94, 64 * 72]);
  });

  it('never has a row group without a row', () => {
    expect(rowGroupsOf(large, 'region').every((group) => group.rows >= 1)).toBe(true);
  });

  it('is planned for every query', () => {
    const lines: string[] = [];
    const { value } = measurePlanning(small, (line) => lines.push(line), 1);
    expect(value).toBeGreaterThan(0);
    expect(lines.join('\n')).toMatch(/Q1 [\s\S]*Q22 /);
  }, 20_000);
});

describe('the balance', () => {
  const nothing = (): void => undefined;

  it('is near a perfect cut for many equal row groups', () => {
    const { value } = measureBalance(sketchManifest({ lineitem: sortedMonths(840), otherGroups: 64 }), nothing);
    expect(value).toBeGreaterThan(0.9);
    expect(value).toBeLessThanOrEqual(1);
  });

  it('is worse when one row group holds most of the bytes', () => {
    const even = measureBalance(sketchManifest({ lineitem: sortedMonths(84), otherGroups: 64 }), nothing);
    const lopsided = measureBalance(sketchManifest({ lineitem: sortedMonths(84, (group) => (group === 40 ? 500_000 : 1_000)), otherGroups: 64 }), nothing);
    expect(lopsided.value).toBeLessThan(even.value * 0.8);
  });

  it('is shown beside that of contiguous ranges', () => {
    const lines: string[] = [];
    measureBalance(sketchManifest({ lineitem: sortedMonths(84), otherGroups: 8 }), (line) => lines.push(line));
    expect(lines.join('\n')).toMatch(/contiguous[\s\S]*N = 4[\s\S]*N = 8[\s\S]*N = 16/);
  });
});

describe('the memory of a program', () => {
  it('includes that of the processes it starts', async () => {
    const hold = `const held = Buffer.alloc(150e6, 1); setTimeout(() => process.exit(held.length > 0 ? 0 : 1), 400);`;
    const parent = `require('node:child_process').spawnSync(process.execPath, ['-e', ${JSON.stringify(hold)}])`;
    // spawnSync keeps the parent's own memory small: what is seen is the child's.
    expect(await peakMemoryOf(process.execPath, ['-e', parent])).toBeGreaterThan(150e6);
  });

  it('of a program that fails is no number', async () => {
    await expect(peakMemoryOf(process.execPath, ['-e', 'process.exit(3)'])).rejects.toThrow('ended with exit code 3');
  });
});
