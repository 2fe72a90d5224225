import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { engine, ownNetwork } from '../../../workloads/cli/doctor/engine-checks.js';
import type { Machine } from '../../../workloads/cli/doctor/finding.js';
import { engineFolder } from '../../../workloads/engines/install/installation.js';
import { RECIPES } from '../../../workloads/engines/install/recipes.js';

const ROOT = join(__dirname, '..', '..', '..');
let cache: string;
beforeEach(() => {
  cache = mkdtempSync(join(tmpdir(), 'flowbench-engines-'));
});
afterEach(() => {
  rmSync(cache, { recursive: true });
});

interface Ended {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

function flowbench(...args: string[]): Promise<Ended> {
  const command = ['-r', join(ROOT, '__tests__', 'fixtures', 'run-typescript.cjs'), join(ROOT, 'workloads', 'cli', 'flowbench.ts'), 'engines', ...args];
  return new Promise((resolve) => {
    execFile(process.execPath, command, { env: { ...process.env, XDG_CACHE_HOME: cache } }, (error, stdout, stderr) => {
      resolve({ exitCode: error === null ? 0 : Number(error.code), stdout, stderr });
    });
  });
}

const PATIENCE_MS = 30_000;

test('engines are listed, the half-made as such', async () => {
  mkdirSync(join(await engineFolder(RECIPES.spark, join(cache, 'flowbench', 'engines')), 'venv'), { recursive: true });
  const { stdout, exitCode } = await flowbench('list');
  expect(exitCode).toBe(0);
  expect(stdout).toMatch(/duckdb .*comes with flowbench/);
  expect(stdout).toMatch(/spark .*half-made/);
  expect(stdout).toMatch(/trino .*not installed/);
}, PATIENCE_MS);

test('what to install must be named, and known', async () => {
  expect(await flowbench('install')).toMatchObject({ exitCode: 2, stderr: expect.stringMatching(/Name the engines to install.*spark, trino, daft, ematix/) as string });
  expect(await flowbench('install', 'spark', 'presto')).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('"presto" cannot be installed') as string });
}, PATIENCE_MS);

test('an engine that cannot be installed is said with its cost and its cause, and the next one is tried', async () => {
  const { exitCode, stderr } = await flowbench('install', 'spark', 'daft', '--python', 'no-such-python');
  expect(exitCode).toBe(2);
  expect(stderr).toMatch(/spark 3\.5\.8: fetches about \d+ MB[\s\S]*spark needs Python[\s\S]*daft needs Python/);
}, PATIENCE_MS);

describe('the doctor', () => {
  const machine = (tools: readonly string[]): Machine => ({
    nodeVersion: '20.19.0', platform: 'linux', cores: 8, memoryBytes: 16e9, cacheFolder: cache, packageFolder: '.', freeDiskBytes: () => 1e12, exists: () => true,
    list: () => [], canWrite: () => true,
    ask: (program, [asked = '']) => Promise.resolve(tools.includes(program === 'which' ? asked : program) ? asked : null),
  });

  it('says how an engine that is missing comes here', async () => {
    expect(await engine('trino')(machine(['mvn', 'tar']))).toMatchObject({ state: 'limited', found: 'not installed', required: false, remedy: expect.stringMatching(/^Run "flowbench engines install trino" \(/) as string });
  });

  it('names what installing takes and the machine lacks', async () => {
    expect((await engine('trino')(machine(['tar']))).remedy).toMatch(/^Install mvn, then run "flowbench engines install trino"/);
  });

  it('tells whether Ray can have a network of its own', async () => {
    expect(await ownNetwork(machine(['unshare']))).toMatchObject({ state: 'ok', remedy: null });
    expect(await ownNetwork(machine([]))).toMatchObject({ state: 'limited', remedy: expect.stringContaining('user namespaces') as string });
  });
});
