import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { addReportCommand } from '../../workloads/cli/commands/report.js';
import { FlowbenchError } from '../../workloads/model/errors.js';
import { type ResultRow } from '../../workloads/model/result-row.js';
import { type RunRecord } from '../../workloads/model/run-record.js';
import { writeReport } from '../../workloads/report/write-report.js';
import { campaignRows, runRecord } from '../fixtures/result-rows.js';

const SAMPLE = join(__dirname, '../../workloads/tpch/sample/sf0.01');

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'flowbench-report-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

function makeRun(name: string, record: Partial<RunRecord>, rows: readonly ResultRow[] = campaignRows({ queries: ['Q1', 'Q6'], workers: [1, 2] })): string {
  const dir = join(folder, name);
  mkdirSync(dir);
  writeFileSync(join(dir, 'run.json'), JSON.stringify(runRecord(record)));
  writeFileSync(join(dir, 'results.ndjson'), rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  return dir;
}

const paths = () => ({ markdownPath: join(folder, 'docs', 'B.md'), htmlPath: join(folder, 'docs', 'b.html') });

async function refusal(work: Promise<unknown>): Promise<FlowbenchError> {
  const error: unknown = await work.then(() => null, (thrown: unknown) => thrown);
  if (error instanceof FlowbenchError) return error;
  throw new Error(`Expected a refusal, got ${String(error)}.`);
}

describe('writing a report', () => {
  it('writes both files and hands back the verdict', async () => {
    const written = await writeReport([makeRun('a', {})], { ...paths(), publish: true });
    expect(written).toMatchObject({ rows: 30, sections: 1, banners: [] });
    expect(written.headline[0]).toContain('is fastest');
    expect(readFileSync(paths().markdownPath, 'utf8')).toContain('erived from TPC-H, not comparable to published TPC-H results');
    expect(readFileSync(paths().htmlPath, 'utf8')).toMatch(/^<!doctype html>/);
  });

  it('takes the byte bound from the dataset of the run, when it is still that one', async () => {
    const { dataset_id } = JSON.parse(readFileSync(join(SAMPLE, '_flowbench/manifest.json'), 'utf8')) as { dataset_id: string };
    const rows = campaignRows({ queries: ['Q1', 'Q6'], workers: [1, 2], changes: { dataset_id } });
    await writeReport([makeRun('same', { dataset_id, dataset_uri: SAMPLE }, rows)], paths());
    expect(readFileSync(paths().markdownPath, 'utf8')).toMatch(/\| N = 2 \| [12]\.\d\d× \| [12]\.\d\d× \| [12]\.\d\d× \|/);
    await writeReport([makeRun('other', { dataset_uri: SAMPLE })], paths());
    expect(readFileSync(paths().markdownPath, 'utf8')).toContain('Byte bound: not shown.');
  });

  it.each([
    ['a changed tree', { git_dirty: true, exploratory: true }, 'a tree with uncommitted changes'],
    ['an unknown revision', { git_sha: null, git_dirty: null, exploratory: true }, 'an unknown revision'],
    ['a changed tree that calls itself sound', { git_dirty: true, exploratory: false }, 'a tree with uncommitted changes'],
  ] as const)('shows a run of %s under a banner, and refuses to publish it', async (_what, record, told) => {
    const dir = makeRun('a', record);
    const error = await refusal(writeReport([dir], { ...paths(), publish: true }));
    expect(error.code).toBe('configuration');
    expect(error.sentence).toContain(`Refused to publish: Run run-1 comes from ${told}.`);
    expect(existsSync(paths().htmlPath)).toBe(false);
    expect((await writeReport([dir], paths())).banners[0]).toContain(`Exploratory, not for publication. Run run-1 comes from ${told}.`);
  });

  it.each([
    ['a folder without a run', () => [join(folder, 'nothing')], 'There is no run in'],
    ['no folder', () => [], 'no run was named'],
    ['a run without rows', () => [makeRun('empty', {}, [])], 'There is nothing to report: no row in'],
  ])('refuses %s with one sentence', async (_what, dirs, told) => {
    const error = await refusal(writeReport(dirs(), paths()));
    expect(error.code).toBe('configuration');
    expect(error.sentence).toContain(told);
  });

  it('says which file it could not write', async () => {
    const dir = makeRun('a', {});
    writeFileSync(join(folder, 'docs'), 'a file in the way');
    const error = await refusal(writeReport([dir], paths()));
    expect(error.code).toBe('storage_write');
    expect(error.sentence).toContain('B.md');
  });

  it('counts a run named twice once', async () => {
    const dir = makeRun('a', {});
    expect((await writeReport([dir, dir], paths())).rows).toBe(30);
  });
});

describe('flowbench report', () => {
  const run = async (...args: string[]): Promise<void> => {
    const program = new Command().exitOverride();
    addReportCommand(program);
    await program.parseAsync(['node', 'flowbench', 'report', ...args]);
  };

  it('writes into the named folder and prints the verdict and where the files are', async () => {
    const printed: string[] = [];
    const spy = jest.spyOn(process.stdout, 'write').mockImplementation((text) => printed.push(String(text)) > 0);
    await run(makeRun('a', {}), '--out', join(folder, 'out')).finally(() => {
      spy.mockRestore();
    });
    expect(printed.join('')).toContain('is fastest');
    expect(printed.join('')).toContain(join(folder, 'out', 'benchmarks-distributed.html'));
    expect(existsSync(join(folder, 'out', 'BENCHMARKS-DISTRIBUTED.md'))).toBe(true);
  });

  it('passes --publish on', async () => {
    const error = await refusal(run(makeRun('a', { git_dirty: true }), '--publish', '--out', join(folder, 'out')));
    expect(error.code).toBe('configuration');
    expect(existsSync(join(folder, 'out'))).toBe(false);
  });
});
