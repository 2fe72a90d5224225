import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { sealed } from '../../workloads/dataset/identity.js';
import { manifestPath, answerPath } from '../../workloads/dataset/paths.js';
import type { FlowbenchError } from '../../workloads/model/errors.js';
import { fakeResume, fakeRun, scratchFolder } from '../fixtures/campaigns.js';
import { writeAnswer, writeTinyDataset } from '../fixtures/tiny-dataset.js';

const scratch = scratchFolder();
const out = join(scratch, 'runs');
const { dir: dataset } = writeTinyDataset(join(scratch, 'data'));
const SMALL = { dataset, out, engines: 'flow,duckdb', queries: 'Q1,Q6', workers: '1,2', runs: '2' };

async function refusalOf(running: Promise<unknown>): Promise<FlowbenchError> {
  const error: unknown = await running.then(() => new Error('It ran.'), (reason: unknown) => reason);
  return error as FlowbenchError;
}

describe('a campaign that cannot start', () => {
  it.each([
    ['an unknown engine', { engines: 'flow,clickhouse' }, /--engines: Unknown engine "clickhouse"; known: flow, duckdb, spark, trino, daft, ematix/],
    ['an unknown query', { queries: 'Q1,Q23' }, /--queries: Unknown query "Q23"/],
    ['no workers', { workers: '0' }, /--workers: "0" is not a whole number from 1/],
    ['an empty list', { workers: '' }, /--workers: an empty item/],
    ['a single run', { runs: '1' }, /--runs: "1" is not a whole number from 2/],
    ['a timeout without a unit', { timeout: '300' }, /--timeout: "300" is not a duration/],
    ['a timeout no timer can wait', { timeout: '10000h' }, /--timeout: "10000h" is not a duration/],
    ['memory without a unit', { memoryPerWorker: '1000' }, /--memory-per-worker: "1000" is not an amount of memory/],
    ['an unknown executor', { executor: 'lambda' }, /--executor: Unknown executor "lambda"; known: warm, process/],
    ['a Job on this machine', { executor: 'warm,job' }, /--executor job is not for this machine, it needs --target kubernetes; here: warm, process/],
    ['pods that stay up on this machine', { executor: 'warm-job' }, /--executor warm-job is not for this machine/],
    ['an unknown assignment', { assignment: 'lucky' }, /--assignment: Unknown assignment "lucky"/],
    ['an unknown variant', { variants: 'turbo' }, /--variants turbo names none of the variants of flow/],
    ['more workers than row groups', { workers: '2,7' }, /--workers 7 is more than the 6 row groups of lineitem/],
    ['a node shape without a price', { price: 'm5.mega' }, /There is no price for "m5.mega"/],
    ['a dataset that is not there', { dataset: join(scratch, 'nowhere') }, /There is no folder/],
    ['an unknown preset', { preset: 'omega' }, /Unknown preset "omega"; presets here: alpha, beta, gamma, delta/],
  ])('says so: %s', async (_name, changes, message) => {
    const error = await refusalOf(fakeRun({ ...SMALL, ...changes }));
    expect(error.name).toBe('FlowbenchError');
    expect(error.sentence).toMatch(message);
    expect(existsSync(out)).toBe(false);
  });

  it('says that no dataset is given', async () => {
    expect((await refusalOf(fakeRun({ out }))).sentence).toMatch(/No dataset is given/);
  });

  it('tells all problems at once', async () => {
    const error = await refusalOf(fakeRun({ ...SMALL, engines: 'dask', workers: '0,99', price: 'x', timeout: 'soon' }));
    expect(error.code).toBe('configuration');
    expect(error.sentence.split('\n')).toHaveLength(6);
    for (const part of ['5 problems', 'dask', '"0"', '99 is more', 'soon', 'no price for "x"']) expect(error.sentence).toContain(part);
  });

  it('lets a preset fix what it is about, and checks its scale factor', async () => {
    const doubled = await refusalOf(fakeRun({ ...SMALL, preset: 'alpha' }));
    for (const part of ['--engines cannot be given beside --preset alpha', '--queries cannot', '--workers cannot', 'over scale factor 10, this dataset has 0.01']) expect(doubled.sentence).toContain(part);
    const sf10 = writeTinyDataset(join(scratch, 'sf10'), { scaleFactor: 10 }).dir;
    const { progress } = await fakeRun({ dataset: sf10, out: join(scratch, 'alpha-runs'), preset: 'alpha', runs: '2' });
    expect(progress.begun).toEqual([10, 30]);
  });

  it('says which answers are missing, and which are to something else', async () => {
    const { dir, manifest } = writeTinyDataset(join(scratch, 'answers'));
    rmSync(answerPath(dir, 'Q1'));
    const missing = await refusalOf(fakeRun({ ...SMALL, dataset: dir }));
    expect(missing).toMatchObject({ code: 'answers_missing' });
    expect(missing.sentence).toContain('Q1');
    writeAnswer(dir, manifest, 'Q1', { scale_factor: 1 });
    expect((await refusalOf(fakeRun({ ...SMALL, dataset: dir }))).sentence).toMatch(/another scale factor \(1 instead of 0.01\)/);
  });

  it('refuses a manifest that was edited', async () => {
    const { dir, manifest } = writeTinyDataset(join(scratch, 'edited'));
    writeFileSync(manifestPath(dir), JSON.stringify({ ...manifest, scale_factor: 1 }));
    expect((await refusalOf(fakeRun({ ...SMALL, dataset: dir }))).sentence).toMatch(/was edited or damaged/);
  });

  it('refuses files that are not those of the manifest', async () => {
    const { dir } = writeTinyDataset(join(scratch, 'changed'));
    writeFileSync(join(dir, 'orders/part-0.parquet'), 'other');
    expect(await refusalOf(fakeRun({ ...SMALL, dataset: dir }))).toMatchObject({ code: 'dataset_changed' });
  });

  it('refuses a run folder that is no folder', async () => {
    writeFileSync(join(scratch, 'file'), '');
    expect((await refusalOf(fakeRun({ ...SMALL, out: join(scratch, 'file', 'runs') }))).sentence).toMatch(/cannot be made: .*file is not a folder/);
  });

  it('refuses a run folder without write permission', async () => {
    // Where nobody may make a folder: mode bits do not bind the superuser, who runs the tests in many containers.
    expect((await refusalOf(fakeRun({ ...SMALL, out: '/sys/flowbench-runs' }))).sentence).toMatch(/cannot be (made|written)/);
  });
});

describe('a run that cannot be gone on with', () => {
  const runs = join(scratch, 'resumed');

  async function started(dir = dataset): Promise<string> {
    return (await fakeRun({ ...SMALL, dataset: dir, out: runs })).result.uri;
  }

  function editRecord(dir: string, edit: (record: Record<string, unknown>) => void): void {
    const path = join(dir, 'run.json');
    const record = JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>;
    edit(record);
    writeFileSync(path, JSON.stringify(record));
  }

  it('goes on by folder or by id, its own options given again or not', async () => {
    const dir = await started();
    expect((await fakeResume(dir, { runs: '2', workers: '1,2' })).result.measured).toBe(0);
    expect((await fakeResume(dir.split('/').at(-1) ?? '', { out: runs })).result.measured).toBe(0);
  });

  it('refuses other options, all at once', async () => {
    const error = await refusalOf(started().then((dir) => fakeResume(dir, { runs: '7', workers: '1,4', timeout: '300s', queries: 'Q99' })));
    expect(error.sentence).toContain('--runs 7 is not what the run was started with (2)');
    expect(error.sentence).toContain('--workers 1,4 is not what the run was started with ([1,2])');
    expect(error.sentence).toContain('Unknown query "Q99"');
    expect(error.sentence).not.toContain('--timeout');
  });

  it('refuses a folder that holds no run', async () => {
    expect((await refusalOf((async () => fakeResume(join(scratch, 'nothing')))())).sentence).toMatch(/There is no run in/);
  });

  it('refuses another version of flowbench, and another revision', async () => {
    const dir = await started();
    expect((await refusalOf(fakeResume(dir, {}, { context: { flowbenchVersion: '9.9.9' } }))).sentence).toMatch(/flowbench version changed.*it was 0.0.1-test, now it is 9.9.9/);
    editRecord(dir, (record) => Object.assign(record, { git_sha: 'abc', git_dirty: false }));
    expect((await refusalOf(fakeResume(dir))).sentence).toMatch(/revision changed.*it was abc, now it is unknown/);
  });

  it('refuses a record whose options another version wrote', async () => {
    const dir = await started();
    editRecord(dir, (record) => Object.assign(record, { config: { options: { speed: 'warp' } } }));
    expect((await refusalOf((async () => fakeResume(dir))())).sentence).toMatch(/made by another version/);
  });

  it('refuses another protocol and another machine', async () => {
    const dir = await started();
    editRecord(dir, (record) => {
      Object.assign(record, { protocol_id: 'other', host: { ...(record['host'] as object), cpus: 96 } });
    });
    const { sentence } = await refusalOf(fakeResume(dir));
    expect(sentence).toMatch(/protocol changed/);
    expect(sentence).toMatch(/machine changed.*96 ×/);
  });

  it('refuses another dataset, a manifest measured otherwise, and other answers', async () => {
    const { dir: own, manifest } = writeTinyDataset(join(scratch, 'own'));
    const dir = await started(own);
    writeTinyDataset(own, { scaleFactor: 0.02 });
    expect((await refusalOf(fakeResume(dir))).sentence).toMatch(/dataset changed since the run was started/);
    const edited = sealed({ ...manifest, invariants: { ...manifest.invariants, ship_minus_order: { min_days: 1, max_days: 2 } } });
    writeTinyDataset(own);
    writeFileSync(manifestPath(own), JSON.stringify(edited));
    expect((await refusalOf(fakeResume(dir))).sentence).toMatch(/The manifest changed/);
    writeTinyDataset(own);
    writeAnswer(own, manifest, 'Q1', { oracle: 'somebody else' });
    expect((await refusalOf(fakeResume(dir))).sentence).toMatch(/The stored answers changed/);
  });

  it('goes on when the same dataset lies elsewhere', async () => {
    const dir = await started();
    const moved = writeTinyDataset(join(scratch, 'moved')).dir;
    expect((await fakeResume(dir, { dataset: moved })).result.measured).toBe(0);
  });

  it('takes over from a process that was killed and whose parent has not taken note of it', async () => {
    const dir = await started();
    // The shell replaces itself by a sleep that never waits for its child: the child stays a zombie.
    const parent = spawn('sh', ['-c', 'sleep 0.1 & echo $!; exec sleep 60'], { stdio: ['ignore', 'pipe', 'ignore'] });
    try {
      const [pid] = (await once(parent.stdout.setEncoding('utf8'), 'data')) as [string];
      const state = (): string => readFileSync(`/proc/${pid.trim()}/stat`, 'utf8').split(') ')[1]?.[0] ?? '';
      while (state() !== 'Z') await new Promise((resolve) => setTimeout(resolve, 5));
      writeFileSync(join(dir, 'lock'), pid.trim());
      expect((await fakeResume(dir)).result.measured).toBe(0);
    } finally {
      parent.kill('SIGKILL');
    }
  });

  it('refuses a run that another process is measuring, and takes over from one that is gone', async () => {
    const dir = await started();
    writeFileSync(join(dir, 'lock'), String(process.ppid));
    expect((await refusalOf(fakeResume(dir))).sentence).toMatch(new RegExp(`is being measured by process ${process.ppid}`));
    writeFileSync(join(dir, 'lock'), '999999999');
    expect((await fakeResume(dir)).result.measured).toBe(0);
  });
});
