import { cpSync, mkdtempSync, rmSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Check, type Finding, type Machine } from '../../workloads/cli/doctor/finding.js';
import { byteCounts, cores, disk, memory, nodeVersion } from '../../workloads/cli/doctor/machine-checks.js';
import { hasAllRequired, renderFindings } from '../../workloads/cli/doctor/table.js';
import { browser, git, python } from '../../workloads/cli/doctor/tool-checks.js';
import { cache, datagenEnvironment, duckdb, sampleDataset } from '../../workloads/cli/doctor/data-checks.js';

const GIB = 1024 ** 3;
const TOOLS: Readonly<Record<string, string>> = { python3: '3.12.4', git: 'git version 2.47.1', which: 'bin/chromium' };

function machine(changes: Partial<Machine> = {}, tools: Readonly<Record<string, string | null>> = {}): Machine {
  return {
    nodeVersion: '20.19.0', platform: 'linux', cores: 8, memoryBytes: 16 * GIB, cacheFolder: 'cache', packageFolder: '.',
    freeDiskBytes: () => 50 * GIB,
    exists: () => true,
    list: () => ['datagen-0a1b2c'],
    canWrite: () => true,
    ask: (program) => Promise.resolve(tools[program] === undefined ? (TOOLS[program] ?? null) : tools[program]),
    ...changes,
  };
}

describe('a machine that has everything', () => {
  it.each([nodeVersion, cores, memory, disk, byteCounts, duckdb, sampleDataset(), cache, python, datagenEnvironment, git, browser])('is ok in every check (%#)', async (check) => {
    expect(await check(machine())).toMatchObject({ state: 'ok', remedy: null });
  });
});

const SHORTAGES: readonly (readonly [string, Check, Machine, Partial<Finding>])[] = [
  ['Node 20.18', nodeVersion, machine({ nodeVersion: '20.18.3' }), { state: 'missing', required: true }],
  ['Node 18', nodeVersion, machine({ nodeVersion: '18.20.0' }), { state: 'missing', required: true }],
  ['two cores', cores, machine({ cores: 2 }), { state: 'limited', required: false }],
  ['1 GiB of memory', memory, machine({ memoryBytes: GIB }), { state: 'missing', required: true }],
  ['4 GiB of memory', memory, machine({ memoryBytes: 4 * GIB }), { state: 'limited' }],
  ['a full disk', disk, machine({ freeDiskBytes: () => 1000 }), { state: 'missing', required: true }],
  ['2 GiB of disk', disk, machine({ freeDiskBytes: () => 2 * GIB }), { state: 'limited' }],
  ['a disk that cannot be asked', disk, machine({ freeDiskBytes: () => { throw new Error('ENOSYS'); } }), { state: 'limited', found: 'cannot be told (ENOSYS)' }],
  ['no /proc', byteCounts, machine({ exists: () => false }), { state: 'limited', required: false }],
  ['a cache folder without write permission', cache, machine({ canWrite: () => false }), { state: 'limited', required: false }],
  ['no datagen tools', datagenEnvironment, machine({ list: () => [] }), { state: 'limited', required: false }],
  ['datagen tools left half installed', datagenEnvironment, machine({ exists: () => false }), { state: 'limited' }],
  ['no Python', python, machine({}, { python3: null }), { state: 'missing', required: false, found: 'no python3 on the PATH' }],
  ['Python 3.8', python, machine({}, { python3: '3.8.10' }), { state: 'missing', remedy: 'Install Python 3.10 or newer.' }],
  ['a Python without ensurepip', python, machine({}, { python3: '3.11.2 ensurepip' }), { state: 'missing', found: '3.11.2 without ensurepip' }],
  ['no git', git, machine({}, { git: null }), { state: 'limited', required: false }],
  ['no browser', browser, machine({}, { which: null }), { state: 'limited', required: false }],
];

describe('a machine that lacks something', () => {
  it.each(SHORTAGES)('is told about %s', async (_what, check, lacking, expected) => {
    const finding = await check(lacking);
    expect(finding).toMatchObject(expected);
    expect(finding.remedy).not.toBeNull();
  });
});

describe('the sample data', () => {
  const sample = join(__dirname, '..', '..', 'workloads', 'tpch', 'sample', 'sf0.01');

  it('is missing when one of its files was cut short', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'flowbench-doctor-'));
    cpSync(sample, folder, { recursive: true });
    truncateSync(join(folder, 'nation', 'part-001.parquet'), 100);
    expect(await sampleDataset(folder)(machine())).toMatchObject({ state: 'missing', required: true, found: expect.stringContaining('nation/part-001.parquet') as string });
    rmSync(folder, { recursive: true });
  });

  it('is missing when its folder is', async () => {
    expect(await sampleDataset(join(sample, 'nowhere'))(machine())).toMatchObject({ state: 'missing', required: true });
  });
});

describe('the verdict', () => {
  it('is no as soon as one required thing is missing', async () => {
    const findings = [await nodeVersion(machine({ nodeVersion: '18.0.0' })), await python(machine())];
    expect(hasAllRequired(findings)).toBe(false);
    expect(renderFindings(findings)).toMatch(/MISSING[\s\S]*What to do:\n {2}Node: Install Node 20\.19 or newer\.\nThe main job cannot run yet/);
  });

  it('is yes when only optional things are missing', async () => {
    const findings = [await nodeVersion(machine()), await python(machine({}, { python3: null }))];
    expect(hasAllRequired(findings)).toBe(true);
    expect(renderFindings(findings)).toContain('The main job can run: npm start');
  });
});
