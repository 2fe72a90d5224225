import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { WorkUnit } from '../../workloads/model/work-unit.js';
import { workerMetricsSchema } from '../../workloads/model/worker-metrics.js';
import { onlyLine, runWorker, SAMPLE, temporaryFolder, unitV1, unitV2 } from './support.js';

const folder = temporaryFolder();
const out = (name: string): string => join(folder.dir, name);
afterAll(() => { folder.remove(); });

function unitFile(unit: unknown, name = 'unit.json'): string {
  writeFileSync(out(name), typeof unit === 'string' ? unit : JSON.stringify(unit));
  return out(name);
}

const tpchFlags = (range: string, output = out('x.parquet')): string[] => ['--query', 'Q14', '--tpch-dir', SAMPLE, '--row-group-range', range, '--output', output];

describe('flow-worker', () => {
  it('takes a work unit from a file', async () => {
    const { exitCode, stdout, stderr } = await runWorker(['--work-unit-file', unitFile(unitV2(folder.dir))]);
    expect(onlyLine(stdout)).toMatchObject({ query: 'Q6', error: null });
    expect(exitCode).toBe(0);
    expect(stderr).toBe('');
  });

  it('takes a work unit from standard input', async () => {
    const { exitCode, stdout } = await runWorker(['--work-unit-stdin'], (child) => { child.stdin.end(JSON.stringify(unitV1(folder.dir))); });
    expect(onlyLine(stdout)).toMatchObject({ work_unit_id: 'wu-v1', row_group_range: [0, 21] });
    expect(exitCode).toBe(0);
  });

  it('makes a work unit from flags, the range being of the driver table', async () => {
    const { exitCode, stdout } = await runWorker(tpchFlags('3:5', out('x.arrow')));
    expect(onlyLine(stdout)).toMatchObject({ query: 'Q14', row_group_range: [3, 5], output_uri: out('x.arrow') });
    expect(exitCode).toBe(0);
    expect(readFileSync(out('x.arrow')).subarray(0, 6).toString()).toBe('ARROW1');
  });

  it.each<[string, () => readonly string[], number, RegExp]>([
    ['an unknown flag', () => ['--work-unit', 'x'], 2, /Unknown option '--work-unit'/],
    ['a dataset folder that is not there', () => ['--work-unit-file', unitFile(unitV2(folder.dir, { input: { uri_prefix: out('nowhere') } }), 'nowhere.json')], 2, /There is no folder .*nowhere/],
    ['SQL that fails', () => ['--work-unit-file', unitFile(unitV2(folder.dir, { query: { kind: 'sql', sql: 'select nope from lineitem' } }), 'sql.json')], 3, /nope/],
    ['an output folder that is missing', () => tpchFlags('0:2', out('missing/x.parquet')), 4, /Cannot write into .*missing/],
  ])('ends with one line and its exit code on %s', async (_, args, code, sentence) => {
    const { exitCode, stdout, stderr } = await runWorker(args());
    expect(onlyLine(stdout).error?.message).toMatch(sentence);
    expect(exitCode).toBe(code);
    expect(stderr).toMatch(sentence);
    expect(stderr).not.toMatch(/^\s+at /m);
  });
});

/** More work than a test has time for: the product of the table with itself, thrice. */
const ENDLESS = 'select a.l_orderkey, count(*) as n from lineitem a, lineitem b, lineitem c where a.l_tax + b.l_tax > c.l_tax group by all';
const endless = (name: string): WorkUnit => unitV2(folder.dir, { query: { kind: 'sql', sql: ENDLESS }, output: { uri: out(name) } });

describe('a signal', () => {
  const leftovers = (name: string): string[] => readdirSync(folder.dir).filter((file) => file.startsWith(name) && !file.endsWith('.metrics.json'));

  it.each([['SIGTERM', 143], ['SIGINT', 130]] as const)('%s ends a unit within a second, with its line and nothing half-written', async (signal, code) => {
    let signalledMs = 0;
    const { exitCode, stdout, elapsedMs } = await runWorker(['--work-unit-file', unitFile(endless('stopped.parquet')), '--log-level', 'debug'], (child) => {
      const started = performance.now();
      // The statement is logged just before it runs.
      child.stderr.once('data', () => setTimeout(() => { signalledMs = performance.now() - started; child.kill(signal); }, 50));
    });
    expect(onlyLine(stdout).error).toMatchObject({ code: 'cancelled', retryable: false });
    expect(exitCode).toBe(code);
    expect(elapsedMs - signalledMs).toBeLessThan(1000);
    expect(leftovers('stopped')).toEqual([]);
  });

  it('SIGKILL leaves nothing under the final name', async () => {
    const { signal, stdout } = await runWorker(['--work-unit-file', unitFile(endless('killed.parquet')), '--log-level', 'debug'], (child) => {
      child.stderr.once('data', () => setTimeout(() => child.kill('SIGKILL'), 50));
    });
    expect(signal).toBe('SIGKILL');
    expect(stdout).toBe('');
    expect(existsSync(out('killed.parquet'))).toBe(false);
  });
});

describe('a full disk', () => {
  it('ends with out_of_disk and exit code 4, and the worker takes its file away', async () => {
    mkdirSync(out('small'));
    const sql = 'select l_comment, l_orderkey from lineitem';
    const unit = unitV2(folder.dir, { query: { kind: 'sql', sql }, input: { row_groups: {} }, output: { uri: out('small/x.parquet') } });
    // A file system of 64 KiB that only this process sees (a mount namespace of its own), listed after the worker's end.
    const script = 'mount -t tmpfs -o size=64k tmpfs "$0" && "$@"; code=$?; ls "$0" >&2; exit $code';
    const { exitCode, stdout, stderr } = await runWorker(['--work-unit-file', unitFile(unit)], undefined, ['unshare', '-rm', 'sh', '-c', script, out('small')]);
    expect(onlyLine(stdout).error).toMatchObject({ code: 'out_of_disk', retryable: false });
    expect(exitCode).toBe(4);
    expect(stderr).not.toMatch(/^x\.parquet(\.tmp-.*)?$/m);
  });
});

describe('a warm worker', () => {
  it('serves a unit a line in order, survives a bad one, and ends with its input', async () => {
    const lines = [unitV2(folder.dir), { ...unitV2(folder.dir), id: 'wu-bad', stage: { id: 9, kind: 'scan' } }, 'not json', { ...unitV2(folder.dir), id: 'wu-after' }];
    const { exitCode, stdout } = await runWorker(['--serve'], (child) => {
      child.stdin.end(lines.map((line) => `${typeof line === 'string' ? line : JSON.stringify(line)}\n`).join(''));
    });
    const reports = stdout.trimEnd().split('\n').map((line) => workerMetricsSchema.parse(JSON.parse(line)));
    expect(reports.map((report) => [report.work_unit_id, report.error?.code])).toEqual([
      ['wu-test', undefined], ['wu-bad', 'work_unit_invalid'], [null, 'work_unit_invalid'], ['wu-after', undefined],
    ]);
    expect(exitCode).toBe(0);
  });

  it('ends on SIGTERM, reporting the unit it was at', async () => {
    const { exitCode, stdout } = await runWorker(['--serve', '--log-level', 'debug'], (child) => {
      child.stdin.write(`${JSON.stringify(endless('served.parquet'))}\n`);
      child.stderr.once('data', () => setTimeout(() => child.kill('SIGTERM'), 50));
    });
    expect(onlyLine(stdout)).toMatchObject({ work_unit_id: 'wu-test', error: { code: 'cancelled' } });
    expect(exitCode).toBe(143);
  });

  it('ends on SIGTERM while it waits, without a line', async () => {
    const { exitCode, stdout } = await runWorker(['--serve'], (child) => {
      child.stdin.write('not json\n');
      child.stdout.once('data', () => child.kill('SIGTERM'));
    });
    onlyLine(stdout);
    expect(exitCode).toBe(143);
  });
});
