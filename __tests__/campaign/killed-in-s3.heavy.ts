import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ResultRow } from '../../workloads/model/result-row.js';
import { openStoredRun } from '../../workloads/results/open-run.js';
import { readRun } from '../../workloads/results/run-folder.js';
import { useS3 } from '../../workloads/storage/settings.js';
import { scratchFolder } from '../fixtures/campaigns.js';
import { startS3Server, type S3Server } from '../fixtures/s3-server.js';

/** The command as a person runs it, its run kept in a real S3 server: needs lib/ (npm run build). */
const ROOT = join(__dirname, '..', '..');
const SAMPLE = join(ROOT, 'workloads', 'tpch', 'sample', 'sf0.01');
const CAMPAIGN = ['run', '--dataset', SAMPLE, '--engines', 'flow', '--queries', 'Q1,Q6,Q13', '--workers', '2', '--runs', '4', '--null-run', 'none'];
const ALL_ROWS = 12;

const scratch = scratchFolder();
let server: S3Server;

beforeAll(async () => {
  server = await startS3Server();
  await server.makeBucket('results');
  Object.assign(process.env, server.environment());
  useS3({ region: server.region, endpoint: server.endpoint });
}, 300_000);

afterAll(() => server.stop());

interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<{ readonly code: number | null; readonly stderr: string }>;
}

function start(...args: readonly string[]): Running {
  // A group of its own, so that its workers are killed with it.
  const child = spawn(process.execPath, [join(ROOT, 'bin', 'flowbench.js'), ...args], { detached: true, stdio: ['ignore', 'ignore', 'pipe'], env: { ...process.env, ...server.environment() } });
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  return { child, ended: new Promise((resolve) => child.on('close', (code) => { resolve({ code, stderr }); })) };
}

/** Waits until the run has that many rows in S3, or has ended. */
async function atRows({ ended }: Running, out: string, count: number): Promise<void> {
  const hasEnded = ended.then(() => true);
  while (rowObjects(out).size < count && !(await Promise.race([hasEnded, sleep(5).then(() => false)]))) continue;
}

/** Kills the coordinator and its workers then. */
async function killedAtRows(running: Running, out: string, count: number): Promise<void> {
  const { child, ended } = running;
  await atRows(running, out, count);
  if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGKILL');
  await ended;
}

const runFolder = (out: string): string => join(server.folder, 'results', out, runIdIn(out) ?? 'none');

function runIdIn(out: string): string | undefined {
  const folder = join(server.folder, 'results', out);
  return existsSync(folder) ? readdirSync(folder)[0] : undefined;
}

/** What is stored of each row, by its name. */
function rowObjects(out: string): Map<string, string> {
  const folder = join(runFolder(out), 'rows');
  if (!existsSync(folder)) return new Map();
  return new Map(readdirSync(folder).filter((name) => /^[0-9a-f]+\.json$/.test(name)).map((name) => [name, readFileSync(join(folder, name), 'utf8')]));
}

function verdicts(rows: readonly ResultRow[]): string[] {
  return rows.map((row) => `${row.cell_id} #${row.repetition} ${row.status} strict=${row.strict_ok} coverage=${row.coverage_ok} ${row.result_hash}`).sort();
}

describe('a run in S3', () => {
  it('loses no row and has none twice, however often its coordinator is killed', async () => {
    const out = 'killed';
    await killedAtRows(start(...CAMPAIGN, '--out', `s3://results/${out}`), out, 1);
    const uri = `s3://results/${out}/${runIdIn(out)}`;
    const seen = new Map(rowObjects(out));
    for (const count of [4, 7]) {
      await killedAtRows(start('run', '--resume', uri), out, count);
      const now = rowObjects(out);
      for (const [name, content] of seen) expect(now.get(name)).toBe(content);
      for (const [name, content] of now) seen.set(name, content);
      expect((await openStoredRun(uri))?.rows).toHaveLength(now.size);
    }
    const last = await start('run', '--resume', uri).ended;
    expect(last).toMatchObject({ code: 0 });

    const run = await openStoredRun(uri);
    expect(run?.rows).toHaveLength(ALL_ROWS);
    expect(new Set(run?.rows.map((row) => row.row_id)).size).toBe(ALL_ROWS);
    const now = rowObjects(out);
    for (const [name, content] of seen) expect(now.get(name)).toBe(content);
    const together = readFileSync(join(runFolder(out), 'results.ndjson'), 'utf8').trim().split('\n').map((line) => JSON.parse(line) as ResultRow);
    expect(together).toEqual(run?.rows);
    const whole = join(scratch, 'whole');
    expect(await start(...CAMPAIGN, '--out', whole).ended).toMatchObject({ code: 0 });
    expect(verdicts(run?.rows ?? [])).toEqual(verdicts(readRun(join(whole, readdirSync(whole)[0] ?? '')).rows));
  }, 300_000);

  it('is measured by one of two coordinators, and each row is there once', async () => {
    const out = 'contended';
    await killedAtRows(start(...CAMPAIGN, '--out', `s3://results/${out}`), out, 2);
    const uri = `s3://results/${out}/${runIdIn(out)}`;
    const both = await Promise.all([start('run', '--resume', uri).ended, start('run', '--resume', uri).ended]);
    const refused = both.filter(({ code }) => code !== 0);
    for (const { stderr } of refused) expect(stderr).toMatch(/was stored by another coordinator of the run\. Let one coordinator measure a run/);
    expect(refused.length).toBeLessThan(2);
    expect(new Set((await openStoredRun(uri))?.rows.map((row) => row.row_id)).size).toBe(ALL_ROWS);
    expect((await openStoredRun(uri))?.rows).toHaveLength(ALL_ROWS);
  }, 300_000);

  it('waits for a store that comes back, and goes on where it stood after one that does not', async () => {
    const out = 'outage';
    const patient = start(...CAMPAIGN, '--out', `s3://results/${out}`);
    await atRows(patient, out, 2);
    await server.pause();
    await sleep(3000);
    await server.resume();
    expect(await patient.ended).toMatchObject({ code: 0 });
    expect(rowObjects(out).size).toBe(ALL_ROWS);

    const gone = 'gone';
    process.env.FLOWBENCH_S3_RETRY_SECONDS = '1';
    const hasty = start(...CAMPAIGN, '--out', `s3://results/${gone}`);
    delete process.env.FLOWBENCH_S3_RETRY_SECONDS;
    await atRows(hasty, gone, 2);
    await server.pause();
    const { code, stderr } = await hasty.ended;
    await server.resume();
    expect(code).not.toBe(0);
    expect(stderr).toMatch(/flowbench: .*rows\/[0-9a-f]{24}\.json/);
    expect(stderr).toContain('The rows of the run are stored, but not put together');
    expect(stderr).not.toMatch(/\n\s+at /);
    const uri = `s3://results/${gone}/${runIdIn(gone)}`;
    const before = (await openStoredRun(uri))?.rows ?? [];
    expect(before.length).toBeLessThan(ALL_ROWS);
    expect(await start('run', '--resume', uri).ended).toMatchObject({ code: 0 });
    expect((await openStoredRun(uri))?.rows).toHaveLength(ALL_ROWS);
  }, 300_000);

  it('is reported beside one in a folder, and the report may be written to S3 too', async () => {
    const runs = ['killed', 'contended'].map((out) => `s3://results/${out}/${runIdIn(out)}`);
    const folder = join(scratch, 'whole');
    const report = await start('report', ...runs, join(folder, readdirSync(folder)[0] ?? ''), '--out', 's3://results/report').ended;
    expect(report).toMatchObject({ code: 0 });
    const written = join(server.folder, 'results', 'report');
    expect(readdirSync(written).sort()).toEqual(['BENCHMARKS-DISTRIBUTED.md', 'benchmarks-distributed.html']);
    expect(readFileSync(join(written, 'BENCHMARKS-DISTRIBUTED.md'), 'utf8')).toContain('Verdicts over 12 runs: 12 equal');
    const none = await start('report', 's3://results/killed/nothing', '--out', 's3://results/report').ended;
    expect(none.code).toBe(2);
    expect(none.stderr).toContain('There is no run in "s3://results/killed/nothing" (no run.json).');
  }, 120_000);
});
