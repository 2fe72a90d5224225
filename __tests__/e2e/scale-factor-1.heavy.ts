import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { resultRowSchema, type ResultRow } from '../../workloads/model/result-row.js';
import { workerMetricsSchema } from '../../workloads/model/worker-metrics.js';
import { PROJECT_ROOT } from '../architecture/project-tree.js';

/**
 * The programs as a person runs them, from nothing to verdicts, at the smallest scale factor whose answers
 * others have published. Needs Python; a few minutes.
 */
jest.setTimeout(600_000);

const folder = mkdtempSync(join(tmpdir(), 'flowbench-e2e-'));
const data = join(folder, 'sf1');
afterAll(() => { rmSync(folder, { recursive: true, force: true }); });

function program(name: 'flowbench' | 'flow-worker', ...args: string[]) {
  return spawnSync(process.execPath, [join(PROJECT_ROOT, 'bin', `${name}.js`), ...args], { encoding: 'utf8', cwd: folder });
}

function rowsOf(runs: string): ResultRow[] {
  const [run = ''] = readdirSync(runs);
  return readFileSync(join(runs, run, 'results.ndjson'), 'utf8').trim().split('\n').map((line) => resultRowSchema.parse(JSON.parse(line)));
}

it('makes a dataset whose answers are the published ones', () => {
  const made = program('flowbench', 'datagen', '--sf', '1', '--out', data);
  expect(made.stderr).not.toContain('flowbench:');
  expect(made.status).toBe(0);
  expect(made.stdout).toContain('22 of 22 answers agree with the published ones');
});

it('is left alone by a second call, and verifies', () => {
  const manifest = readFileSync(join(data, '_flowbench', 'manifest.json'), 'utf8');
  expect(program('flowbench', 'datagen', '--sf', '1', '--out', data).status).toBe(0);
  expect(readFileSync(join(data, '_flowbench', 'manifest.json'), 'utf8')).toBe(manifest);
  expect(program('flowbench', 'dataset', 'verify', data).status).toBe(0);
});

it('carries out one unit by hand, with one line of measured metrics', () => {
  const unit = program('flow-worker', '--query', 'Q14', '--tpch-dir', data, '--row-group-range', '0:21', '--output', join(folder, 'x.arrow'));
  expect(unit.status).toBe(0);
  expect(unit.stdout.trimEnd().split('\n')).toHaveLength(1);
  expect(workerMetricsSchema.parse(JSON.parse(unit.stdout))).toMatchObject({ row_group_range: [0, 21], error: null });
});

it('runs all 22 queries on both engines with every cell ok', () => {
  const runs = join(folder, 'runs');
  const run = program('flowbench', 'run', '--dataset', data, '--workers', '1,2', '--assignment', 'balanced,contiguous', '--runs', '2', '--null-run', 'none', '--out', runs);
  expect(run.stderr).not.toContain('flowbench:');
  expect(run.status).toBe(0);
  const rows = rowsOf(runs);
  expect(rows.filter((row) => row.status !== 'ok' || row.strict_ok !== true || row.coverage_ok === false)).toEqual([]);
  // 22 queries × (4 flow cells + 1 single process) × 2 repetitions.
  expect(rows).toHaveLength(22 * 5 * 2);
});

it('tells a dataset that changed under it', () => {
  const manifest = join(data, '_flowbench', 'manifest.json');
  const before = readFileSync(manifest, 'utf8');
  writeFileSync(manifest, before.replace(/"scale_factor": ?1,/, '"scale_factor":10,'));
  const run = program('flowbench', 'run', '--dataset', data, '--queries', 'Q6', '--workers', '1', '--runs', '2', '--out', join(folder, 'refused'));
  writeFileSync(manifest, before);
  expect(run.status).toBe(2);
  expect(run.stderr).not.toContain('    at ');
});
