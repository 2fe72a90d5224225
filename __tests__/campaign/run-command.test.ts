import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ResultRow } from '../../workloads/model/result-row.js';
import { readRun } from '../../workloads/results/run-folder.js';

/** The command as a person runs it, over the sample data: needs lib/ (npm run build). */
const ROOT = join(__dirname, '..', '..');
const SAMPLE = join(ROOT, 'workloads', 'tpch', 'sample', 'sf0.01');
const CAMPAIGN = ['--dataset', SAMPLE, '--engines', 'flow,duckdb', '--queries', 'Q1,Q6,Q13', '--workers', '2', '--runs', '3', '--null-run', 'none'];
const ALL_ROWS = 18;

const scratch = mkdtempSync(join(tmpdir(), 'flowbench-command-'));
afterAll(() => {
  rmSync(scratch, { recursive: true, force: true });
});

interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<{ readonly code: number | null; readonly signal: string | null; readonly stdout: string; readonly stderr: string }>;
}

function start(args: readonly string[]): Running {
  // A group of its own, as a terminal would give it: Ctrl-C reaches the workers too.
  const child = spawn(process.execPath, [join(ROOT, 'bin', 'flowbench.js'), ...args], { detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const ended = new Promise<Awaited<Running['ended']>>((resolve) => {
    child.on('close', (code, signal) => {
      resolve({ code, signal, stdout, stderr });
    });
  });
  return { child, ended };
}

async function run(args: readonly string[]) {
  return start(args).ended;
}

/** The only run's folder, once it holds at least that many rows. */
async function runWithRows(out: string, count: number): Promise<string> {
  for (;;) {
    const dir = existsSync(out) ? readdirSync(out)[0] : undefined;
    const results = join(out, dir ?? '', 'results.ndjson');
    if (dir !== undefined && existsSync(results) && readFileSync(results, 'utf8').split('\n').length > count) return join(out, dir);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

function verdicts(rows: readonly ResultRow[]): string[] {
  return rows.map((row) => `${row.cell_id} #${row.repetition} ${row.status} strict=${row.strict_ok} coverage=${row.coverage_ok} ${row.result_hash}`);
}

function withoutStack(stderr: string): void {
  expect(stderr).not.toMatch(/\n\s+at /);
}

describe('flowbench run', () => {
  it('survives kill -9: what is missing is measured by --resume, with the cells and verdicts of a run left alone', async () => {
    const alone = join(scratch, 'alone');
    const whole = await run(['run', ...CAMPAIGN, '--out', alone]);
    expect(whole).toMatchObject({ code: 0 });
    expect(whole.stdout).toContain('all answers exact');

    const out = join(scratch, 'killed');
    const killed = start(['run', ...CAMPAIGN, '--out', out]);
    const dir = await runWithRows(out, 4);
    killed.child.kill('SIGKILL');
    expect(await killed.ended).toMatchObject({ signal: 'SIGKILL' });
    const results = join(dir, 'results.ndjson');
    const kept = readFileSync(results, 'utf8');
    const keptRows = readRun(dir).rows.length;
    expect(keptRows).toBeGreaterThanOrEqual(4);
    expect(keptRows).toBeLessThan(ALL_ROWS);
    // What the kill could have left of a row being written.
    writeFileSync(results, '{"row_version":1,"row_id":"to', { flag: 'a' });

    const resumed = await run(['run', '--resume', dir]);
    expect(resumed).toMatchObject({ code: 0 });
    expect(readFileSync(results, 'utf8').startsWith(kept)).toBe(true);
    const rows = readRun(dir).rows;
    expect(rows).toHaveLength(ALL_ROWS);
    expect(verdicts(rows)).toEqual(verdicts(readRun(join(alone, readdirSync(alone)[0] ?? '')).rows));
  }, 60_000);

  it('stops on Ctrl-C without recording the running query, says how to go on, and ends with 130', async () => {
    const out = join(scratch, 'stopped');
    const stopped = start(['run', ...CAMPAIGN, '--out', out]);
    const dir = await runWithRows(out, 2);
    process.kill(-(stopped.child.pid ?? Number.NaN), 'SIGINT');
    const { code, stderr } = await stopped.ended;
    expect(code).toBe(130);
    expect(stderr).toContain(`flowbench run --resume ${dir}`);
    withoutStack(stderr);
    expect(readRun(dir).rows.every((row) => row.status === 'ok')).toBe(true);
    expect(readdirSync(dir).sort()).toEqual(['results.ndjson', 'run.json', 'sessions.jsonl']);
    expect(await run(['run', '--resume', dir])).toMatchObject({ code: 0 });
    expect(readRun(dir).rows).toHaveLength(ALL_ROWS);
  }, 60_000);

  it('ends with 1 when a cell is not ok, and shows no number for it', async () => {
    const { code, stdout, stderr } = await run(['run', '--dataset', SAMPLE, '--engines', 'duckdb', '--queries', 'Q1,Q9', '--runs', '2', '--timeout', '1ms', '--out', join(scratch, 'slow')]);
    expect(code).toBe(1);
    expect(stdout).toContain('DNF: timeout');
    expect(stdout).toContain('no query was completed by every series');
    withoutStack(stderr);
  }, 30_000);

  it('ends with 2 and every problem in one message, before anything is written', async () => {
    const out = join(scratch, 'nothing');
    const { code, stdout, stderr } = await run(['run', '--dataset', SAMPLE, '--engines', 'flow,hive', '--workers', '0,500', '--out', out]);
    expect(code).toBe(2);
    expect(stdout).toBe('');
    for (const part of ['Unknown engine "hive"', '"0" is not a whole number', '500 is more than the 83 row groups of lineitem']) expect(stderr).toContain(part);
    withoutStack(stderr);
    expect(existsSync(out)).toBe(false);
  }, 30_000);
});
