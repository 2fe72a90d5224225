import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { cp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { defaultHttpfsFile } from '../../workloads/cli/s3.js';
import { bucketUri, type WorkUnit } from '../../workloads/model/work-unit.js';
import { workerMetricsSchema, type WorkerMetrics } from '../../workloads/model/worker-metrics.js';
import { useS3 } from '../../workloads/storage/settings.js';
import type { WorkerEnvironment } from '../../workloads/worker/environment.js';
import { exitCodeOf } from '../../workloads/worker/report.js';
import { KeptResources } from '../../workloads/worker/resources.js';
import { runUnit } from '../../workloads/worker/run-unit.js';
import { startS3Server, type S3Server } from '../fixtures/s3-server.js';
import type { SeenRequest } from '../fixtures/s3-server/faulty-proxy.js';
import { environmentOf, onlyLine, runWorker, SAMPLE, sampleManifest, unitV1, unitV2, type UnitChanges } from './support.js';

const UID = '0b5c9f7e-1111-4222-8333-444455556666';
const dir = mkdtempSync(join(tmpdir(), 'flow-worker-s3-'));
let server: S3Server;
let units = 0;

beforeAll(async () => {
  server = await startS3Server();
  await server.place(SAMPLE, 'data', 'tpch');
  await server.makeBucket('results');
  Object.assign(process.env, server.environment());
  useS3({ region: server.region, endpoint: server.endpoint, httpfsFile: defaultHttpfsFile(), retry: { budgetMs: 500 } });
}, 300_000);
afterEach(() => { server.heal(); });
afterAll(async () => {
  await server.stop();
  rmSync(dir, { recursive: true, force: true });
});

const stored = (uri: string): string => join(server.folder, uri.slice('s3://'.length));
const metricsAt = (uri: string): WorkerMetrics => workerMetricsSchema.parse(JSON.parse(readFileSync(stored(`${uri}.metrics.json`), 'utf8')));

/** A unit over the sample in S3, with a partial of its own there. */
function unit(changes: UnitChanges = {}): WorkUnit & { readonly output: { readonly uri: string } } {
  units += 1;
  return unitV2(dir, { ...changes, input: { uri_prefix: 's3://data/tpch', ...changes.input }, output: { uri: `s3://results/partials/u${units}-{pod_uid}.parquet`, ...changes.output } });
}

const ownUri = (of: { readonly output: { readonly uri: string } }): string => of.output.uri.replace('{pod_uid}', UID);

async function run(wanted: WorkUnit, changes: Partial<WorkerEnvironment> = {}): Promise<WorkerMetrics> {
  const env = environmentOf(dir, { podUid: UID, ...changes });
  const metrics = await runUnit(wanted, env);
  env.resources.close();
  return workerMetricsSchema.parse(metrics);
}

const puts = (path: RegExp) => (seen: SeenRequest): boolean => seen.method === 'PUT' && path.test(seen.path);

describe('a unit over S3', () => {
  it('reads, writes under the uid of its pod, and leaves its report beside', async () => {
    const wanted = unit({ query: { kind: 'tpch', id: 'Q1' } });
    const local = await run(unitV2(dir, { query: { kind: 'tpch', id: 'Q1' } }));
    const metrics = await run(wanted);
    expect(metrics).toMatchObject({ error: null, output_uri: ownUri(wanted), rows_in: local.rows_in, rows_out: local.rows_out, row_groups: local.row_groups });
    expect(metrics.upload_ms).toBeGreaterThan(0);
    expect(readFileSync(stored(ownUri(wanted))).length).toBe(metrics.output_files[0]?.size_bytes);
    expect(metricsAt(ownUri(wanted))).toMatchObject({ output_uri: ownUri(wanted), error: null });
  });

  it('splits its partial into objects, and merges those of others', async () => {
    const wanted = unit({ query: { kind: 'tpch', id: 'Q18' }, output: { buckets: 3 } });
    const metrics = await run(wanted);
    expect(metrics.output_files.map((file) => file.uri)).toEqual([0, 1, 2].map((bucket) => bucketUri(ownUri(wanted), bucket, 3)));
    const merge = unit({ query: { kind: 'tpch', id: 'Q18' }, stage: { id: 2, kind: 'merge_bucket', bucket: 1 }, input: { tables: [], row_groups: {}, partials: [bucketUri(ownUri(wanted), 1, 3)] } });
    expect(await run(merge)).toMatchObject({ error: null, stage: 2 });
  });

  it('needs no manifest as a work unit v1: the prefix is listed', async () => {
    await cp(join(SAMPLE, 'lineitem'), join(server.folder, 'bare', 'x', 'lineitem'), { recursive: true });
    await cp(join(SAMPLE, 'part'), join(server.folder, 'bare', 'x', 'part'), { recursive: true });
    const v1 = unitV1(dir, { output: { kind: 'parquet', uri: join(dir, 'v1.parquet') } });
    const local = await run(v1);
    const metrics = await run({ ...v1, input: { ...v1.input, uri_prefix: 's3://bare/x/' }, output: { kind: 'arrow_ipc', uri: 's3://results/v1.arrow' } });
    expect(metrics).toMatchObject({ error: null, row_group_range: [0, 21], rows_in: local.rows_in, rows_out: local.rows_out });
    expect(await run({ ...v1, input: { ...v1.input, uri_prefix: 's3://bare/nothing' } })).toMatchObject({ error: { code: 'dataset_missing' } });
  });

  it('asks for the manifest once as long as units are for the same dataset', async () => {
    const resources = new KeptResources();
    const run2 = (wanted: WorkUnit): Promise<WorkerMetrics> => runUnit(wanted, environmentOf(dir, { podUid: UID, resources }));
    expect((await run2(unit())).error).toBeNull();
    server.resetTraffic();
    expect((await run2(unit())).error).toBeNull();
    expect(server.traffic.requests.filter(({ path }) => path.endsWith('manifest.json'))).toEqual([]);
    expect((await run2(unit({ dataset_id: `sha256:${'0'.repeat(64)}` }))).error?.code).toBe('dataset_changed');
    resources.close();
  });

  it('overwrites nothing under its own name, and takes what is there for an earlier try of its own', async () => {
    const wanted = unit();
    let lost = 0;
    // The object is made, but its maker does not hear of it, again and again.
    server.inject((seen) => (puts(/u\d+-.*\.parquet$/)(seen) && (lost += 1) <= 2 ? { drop: 'afterAnswer' } : null));
    const metrics = await run(wanted);
    expect([metrics.error, lost > 1]).toEqual([null, true]);
    expect(readFileSync(stored(ownUri(wanted))).length).toBe(metrics.output_files[0]?.size_bytes);
    writeFileSync(stored(ownUri(wanted)), 'of an earlier try');
    expect(await run(wanted)).toMatchObject({ error: null, output_files: [{ size_bytes: 17 }] });
    expect(readFileSync(stored(ownUri(wanted)), 'utf8')).toBe('of an earlier try');
  });

  it('replaces what is there under a name that tells of no pod, as a file of this machine', async () => {
    const wanted = unit({ output: { uri: 's3://results/plain.parquet' } });
    writeFileSync(stored('s3://results/plain.parquet'), 'old');
    expect((await run(wanted, { podUid: null })).error).toBeNull();
    expect(readFileSync(stored('s3://results/plain.parquet')).subarray(0, 4).toString()).toBe('PAR1');
  });

});

describe('S3 that fails ends with exit code 4, one sentence and no partial', () => {
  const missing = (uri: string) => () => unit({ output: { uri } });
  it.each<[string, () => WorkUnit & { readonly output: { readonly uri: string } }, (seen: SeenRequest) => boolean, RegExp]>([
    ['a table it may not read', () => unit(), ({ path }) => path.includes('/lineitem/'), /403|not allow|denied|Forbidden/i],
    ['a place it may not write', () => unit(), puts(/\.parquet$/), /does not allow to write s3:\/\/results\/partials/],
    ['a bucket of partials that is not there', missing('s3://nowhere/x-{pod_uid}.parquet'), () => false, /no bucket nowhere/],
  ])('%s', async (_, wanted, denied, sentence) => {
    server.deny(denied);
    const made = wanted();
    const metrics = await run(made);
    expect(metrics.error).toMatchObject({ retryable: false, message: expect.stringMatching(sentence) as string });
    expect(exitCodeOf(metrics)).toBe(4);
    expect(() => readFileSync(stored(ownUri(made)))).toThrow(/ENOENT/);
  });

  it('a file that was truncated, or replaced by a sound one', async () => {
    await server.place(SAMPLE, 'damaged', 'tpch');
    const [first, second] = sampleManifest().tables['lineitem']?.files ?? [];
    const damaged = (): WorkUnit & { readonly output: { readonly uri: string } } => unit({ input: { uri_prefix: 's3://damaged/tpch', row_groups: { lineitem: [0] } } });
    expect((await run(damaged())).error).toBeNull();
    const place = join(server.folder, 'damaged', 'tpch', first?.name ?? '');
    for (const damage of [() => { truncateSync(place, 2_000); }, () => { writeFileSync(place, readFileSync(join(SAMPLE, second?.name ?? ''))); }]) {
      damage();
      const wanted = damaged();
      const metrics = await run(wanted);
      expect(metrics.error).toMatchObject({ code: 'storage_read', retryable: false, message: expect.stringMatching(/lineitem.* bytes where its dataset says \d+: it is truncated or was replaced/) as string });
      expect([exitCodeOf(metrics), metricsAt(ownUri(wanted)).error?.code]).toEqual([4, 'storage_read']);
    }
  });
});

/** In front of a command: what a pod would have in its environment. */
const environment = (more: Readonly<Record<string, string>>): string[] =>
  ['env', ...Object.entries({ ...server.environment(), FLOWBENCH_HTTPFS: defaultHttpfsFile(), ...more }).map(([name, value]) => `${name}=${value}`)];

describe('flow-worker', () => {
  it('reads S3 as its environment says, and names its node', async () => {
    const wanted = unit({ query: { kind: 'tpch', id: 'Q1' } });
    writeFileSync(join(dir, 'unit.json'), JSON.stringify(wanted));
    const { exitCode, stdout } = await runWorker(['--work-unit-file', join(dir, 'unit.json'), '--pod-uid', UID], undefined, environment({ FLOWBENCH_NODE_NAME: 'node-7' }));
    const metrics = onlyLine(stdout);
    expect([exitCode, metrics.error, metrics.node, metrics.output_uri]).toEqual([0, null, 'node-7', ownUri(wanted)]);
    // Others use the loopback too, so what came over it is not this unit's alone.
    expect(metrics.bytes_read).toBeNull();
  }, 60_000);

  it('refuses a unit for a pod without the uid of one', async () => {
    writeFileSync(join(dir, 'unit.json'), JSON.stringify(unit()));
    const { exitCode, stdout } = await runWorker(['--work-unit-file', join(dir, 'unit.json')], undefined, environment({}));
    expect([exitCode, onlyLine(stdout).error?.code]).toEqual([2, 'work_unit_invalid']);
  }, 60_000);

  it('waits for a store that is gone for 20 s', async () => {
    writeFileSync(join(dir, 'unit.json'), JSON.stringify(unit({ query: { kind: 'tpch', id: 'Q1' } })));
    await server.pause();
    const back = sleep(20_000).then(() => server.resume());
    const { exitCode, stdout, elapsedMs } = await runWorker(['--work-unit-file', join(dir, 'unit.json'), '--pod-uid', UID], undefined, environment({}));
    await back;
    expect([exitCode, onlyLine(stdout).error]).toEqual([0, null]);
    expect(elapsedMs).toBeGreaterThan(20_000);
    expect(elapsedMs).toBeLessThan(45_000);
  }, 120_000);

  it('gives up a store that stays away, within a minute and a little, as something that may pass', async () => {
    writeFileSync(join(dir, 'unit.json'), JSON.stringify(unit()));
    await server.pause();
    const { exitCode, stdout, elapsedMs } = await runWorker(['--work-unit-file', join(dir, 'unit.json'), '--pod-uid', UID], undefined, environment({}));
    await server.resume();
    expect([exitCode, onlyLine(stdout).error]).toMatchObject([4, { code: 'storage_read', retryable: true, message: expect.stringMatching(/cannot be reached|connect/i) as string }]);
    expect(elapsedMs).toBeLessThan(80_000);
  }, 120_000);
});
