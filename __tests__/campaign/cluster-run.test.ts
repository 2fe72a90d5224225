import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseOptions } from '../../workloads/campaign/parse-options.js';
import type { SessionContext } from '../../workloads/engines/contract.js';
import { FlowbenchError } from '../../workloads/model/errors.js';
import type { ResultRow } from '../../workloads/model/result-row.js';
import { summarise } from '../../workloads/results/summary.js';
import { openStoredRun } from '../../workloads/results/open-run.js';
import { fakeResume, fakeRun, scratchFolder, type FakeCampaignOptions } from '../fixtures/campaigns.js';
import type { FakeOptions } from '../fixtures/fake-runner.js';
import { FolderBuckets } from '../fixtures/folder-buckets.js';
import { sessionUnit } from '../fixtures/result-rows.js';
import { writeTinyDataset } from '../fixtures/tiny-dataset.js';

const scratch = scratchFolder();
const { dir: dataset } = writeTinyDataset(join(scratch, 'data'));
const PLACE = { nodeShape: '2 × m5.xlarge', clusterId: 'bench-alpha', imageDigests: { 'flow-worker': 'sha256:aa', coordinator: 'sha256:bb' } };
const OUT = 's3://results/runs';
const RAW = { dataset, out: OUT, queries: 'Q1,Q6', workers: '2', runs: '3', executor: 'job', price: 'm5.xlarge', nullRun: 'none' };

let buckets: FolderBuckets;
let runs = 0;
let runId: string;
beforeEach(() => {
  buckets = new FolderBuckets(join(scratch, 'buckets'));
  runs += 1;
  runId = `run-${runs}`;
});

const onCluster = (options: FakeOptions & Pick<FakeCampaignOptions, 'signal' | 'context'> = {}): FakeCampaignOptions => ({
  ...options, runId, settings: { target: 'kubernetes' },
  context: { place: PLACE, lock: 'held', storageOf: buckets.storageOf, scratchRoot: join(scratch, 'temporary'), ...options.context },
});
/** Rows that began within one millisecond have no order. */
const byId = (rows: readonly ResultRow[]): ResultRow[] => [...rows].sort((a, b) => a.row_id.localeCompare(b.row_id));
const stored = () => openStoredRun(`${OUT}/${runId}`, { storageOf: buckets.storageOf });

describe('a campaign on a cluster', () => {
  it('keeps its run in S3 under the id it was given, its rows with the place and its record with the images', async () => {
    const { result } = await fakeRun(RAW, onCluster());
    expect(result).toMatchObject({ uri: `${OUT}/${runId}`, ended: 'complete', record: { run_id: runId, image_digests: PLACE.imageDigests } });
    expect(await stored()).toMatchObject({ uri: result.uri, record: result.record, units: [] });
    expect(byId((await stored())?.rows ?? [])).toEqual(byId(result.rows));
    expect(result.rows).toHaveLength(6);
    expect(result.rows[0]).toMatchObject({ cluster_id: 'bench-alpha', node_shape: '2 × m5.xlarge', executor: 'job' });
    expect(result.rows[0]?.cost_usd).toBeCloseTo((10 / 3_600_000) * (2 * 0.192 + 0.1), 15);
    expect(readdirSync(join(scratch, 'temporary'))).toEqual([]);
  });

  it('measures what the cluster has where nothing is named: flow, by Jobs and by pods that stay up', () => {
    const { options, problems } = parseOptions({ dataset }, 2, { target: 'kubernetes' });
    expect({ engines: options.engines, executors: options.executors, problems }).toEqual({ engines: ['flow'], executors: ['job', 'warm-job'], problems: [] });
    expect(parseOptions({ dataset, preset: 'alpha' }, 2, { target: 'kubernetes' }).options.engines).toEqual(['flow']);
  });

  it('refuses what a cluster does not have', () => {
    const { problems } = parseOptions({ dataset, executor: 'warm,job', engines: 'flow,duckdb' }, 2, { target: 'kubernetes' });
    expect(problems).toEqual([
      '--executor warm is not for a cluster; here: job, warm-job.',
      '--engines duckdb does not run on a cluster in this version; here: flow.',
    ]);
  });

  it('may measure a single repetition where the caller allows it, never because it was asked for', () => {
    expect(parseOptions({ dataset, runs: '1' }, 2, { smallestRuns: 1 })).toMatchObject({ options: { runs: 1 }, problems: [] });
    expect(parseOptions({ dataset, runs: '1' }, 2).problems).toHaveLength(1);
  });

  it('tells each session where its workers put their files, by names that a restart gives again', async () => {
    const seen: SessionContext[] = [];
    const sessionPlaces = (run: string, session: string, scratchDir: string) => ({ scratchDir, partialsUri: `s3://results/partials/${run}/${session}`, workerSpillDir: '/spill' });
    const { result } = await fakeRun(RAW, onCluster({ open: (context) => { seen.push(context); }, context: { sessionPlaces } }));
    await fakeResume(result.uri, {}, onCluster());
    expect(seen).toHaveLength(1);
    expect(seen[0]).toMatchObject({ partialsUri: `s3://results/partials/${runId}/${seen[0]?.sessionId}`, workerSpillDir: '/spill' });
    expect(seen[0]?.sessionId).toMatch(/^flow-job-balanced-off-2-[0-9a-f]{6}$/);
    expect(existsSync(seen[0]?.scratchDir ?? '')).toBe(false);
  });

  it('stores the units beside each row', async () => {
    const { result } = await fakeRun({ ...RAW, queries: 'Q6' }, onCluster({
      outcome: (_call, sound) => ({ ...sound, units: [sessionUnit('unit-0')] }),
    }));
    const units = (await stored())?.units ?? [];
    expect(units.map(({ run_id, cell_id, query, repetition, unit_id }) => [run_id, cell_id, query, repetition, unit_id]))
      .toEqual(expect.arrayContaining(result.rows.map((row) => [runId, row.cell_id, 'Q6', row.repetition, 'unit-0'])));
    expect(units).toHaveLength(3);
  });

  it('refuses an id that a run has already', async () => {
    await fakeRun(RAW, onCluster());
    await expect(fakeRun(RAW, onCluster())).rejects.toMatchObject({ code: 'configuration', message: `There is a run in "${OUT}/${runId}" already.` });
  });
});

describe('a coordinator that is killed', () => {
  class Killed extends Error {}

  /** Ends the coordinator in the middle of a repetition, as kill -9 does: nothing is closed or put together. */
  async function killedAt(query: string, repetition: number): Promise<void> {
    const neverAgain = () => { throw new Killed('The process is gone.'); };
    const running = fakeRun(RAW, onCluster({
      outcome: (call) => {
        if (call.query === query && call.repetition === repetition) buckets.beforeWrite = neverAgain;
        return undefined;
      },
    }));
    await expect(running).rejects.toThrow(Killed);
    buckets.beforeWrite = () => undefined;
  }

  it.each([['Q1', 1], ['Q1', 3], ['Q6', 2]] as const)('at %s #%i loses no row and measures none twice', async (query, repetition) => {
    await killedAt(query, repetition);
    const before = (await stored())?.rows ?? [];
    const { result } = await fakeResume(`${OUT}/${runId}`, {}, onCluster());
    expect(byId(result.rows.slice(0, before.length))).toEqual(byId(before));
    expect(result.rows.map((row) => `${row.query} ${row.repetition}`).sort()).toEqual(['Q1 1', 'Q1 2', 'Q1 3', 'Q6 1', 'Q6 2', 'Q6 3']);
    expect(result.measured).toBe(6 - before.length);
    expect(byId((await stored())?.rows ?? [])).toEqual(byId(result.rows));
  });

  it('is gone on with by its id too, given where runs are', async () => {
    await killedAt('Q6', 1);
    expect((await fakeResume(runId, { out: OUT }, onCluster())).result.measured).toBe(3);
  });

  it('is gone on with on nodes of the same shape, in the same cluster, from the same images, and on none else', async () => {
    await killedAt('Q6', 1);
    const elsewhere = { ...PLACE, nodeShape: '4 × m5.xlarge', imageDigests: { ...PLACE.imageDigests, 'flow-worker': 'sha256:cc' } };
    const refused = fakeResume(`${OUT}/${runId}`, {}, onCluster({ context: { place: elsewhere } }));
    await expect(refused).rejects.toThrow(/it was 2 × m5\.xlarge, now it is 4 × m5\.xlarge/);
    await expect(refused).rejects.toThrow(/images changed .* flow-worker sha256:aa, now it is .* flow-worker sha256:cc/);
    await expect(fakeResume(`${OUT}/${runId}`, {}, onCluster({ context: { place: { ...PLACE, clusterId: 'other' } } }))).rejects.toThrow(/cluster changed/);
  });

  it('is not gone on with from a laptop without its cluster', async () => {
    await killedAt('Q6', 1);
    await expect(fakeResume(`${OUT}/${runId}`, {}, { context: { storageOf: buckets.storageOf } })).rejects.toThrow(/--executor job is not for this machine/);
  });
});

describe('a repetition that two coordinators had a part in', () => {
  it('counts as measured, costs nothing that is known, and is in no statistic', async () => {
    const { result } = await fakeRun({ ...RAW, queries: 'Q6' }, onCluster({
      outcome: (call, sound) => (call.repetition === 2 ? { ...sound, durationMs: 9_999_999, wasInterrupted: true } : undefined),
    }));
    expect(result.rows.map(({ interrupted, cost_usd }) => [interrupted, cost_usd === null])).toEqual([[false, false], [true, true], [false, false]]);
    expect(summarise(result.rows).tables[0]?.series[0]?.cells[0]).toMatchObject({ status: 'ok', timing: { count: 1, median: 30 } });
    expect((await fakeResume(result.uri, {}, onCluster())).result.measured).toBe(0);
  });

  it('would be in the statistics if its row did not say so (planted)', async () => {
    const { result } = await fakeRun({ ...RAW, queries: 'Q6' }, onCluster({ outcome: (call, sound) => (call.repetition === 2 ? { ...sound, durationMs: 9_999_999 } : undefined) }));
    expect(summarise(result.rows).tables[0]?.series[0]?.cells[0]?.timing?.max).toBe(9_999_999);
  });
});

describe('a failure of the store', () => {
  it('ends the campaign with what was stored, and is not hidden by one of ending', async () => {
    const logged: string[] = [];
    buckets.beforeWrite = (uri) => {
      if (!uri.endsWith('run.json') && buckets.writes.length >= 4) throw new FlowbenchError('storage_write', `No access to ${uri.slice(uri.lastIndexOf('/') + 1)}.`);
    };
    await expect(fakeRun(RAW, onCluster({ context: { log: (line) => logged.push(line) } }))).rejects.toThrow(/No access to [0-9a-f]{24}\.json/);
    expect(logged).toEqual([expect.stringContaining('stored, but not put together: No access to sessions.jsonl')]);
    expect((await stored())?.rows).toHaveLength(2);
  });
});
