import { copyFileSync, cpSync, mkdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { manifestPath } from '../../workloads/dataset/paths.js';
import type { WorkerMetrics } from '../../workloads/model/worker-metrics.js';
import { exitCodeOf } from '../../workloads/worker/report.js';
import { runText } from '../../workloads/worker/run-text.js';
import { environmentOf, SAMPLE, sampleManifest, temporaryFolder, unitV1, unitV2 } from './support.js';

const folder = temporaryFolder();
const out = (name: string): string => join(folder.dir, name);
afterAll(() => { folder.remove(); });

async function run(unit: unknown): Promise<WorkerMetrics> {
  const env = environmentOf(folder.dir);
  const metrics = await runText(typeof unit === 'string' ? unit : JSON.stringify(unit), env);
  env.resources.close();
  return metrics;
}

/** A copy of the sample whose files or manifest a test may damage. */
function damagedSample(name: string, damage: (dir: string) => void): string {
  const dir = out(name);
  cpSync(SAMPLE, dir, { recursive: true });
  damage(dir);
  return dir;
}

const LINES = sampleManifest().tables['lineitem']?.files ?? [];
const LINE_FILE = LINES[4]?.name ?? '';
const ORDERS_FILE = sampleManifest().tables['orders']?.files[0]?.name ?? '';
const input = { ...unitV2(folder.dir).input };

const sound = unitV2(folder.dir);
it('carries out the sound twin of the units below', async () => {
  expect((await run(sound)).error).toBeNull();
  expect((await run(unitV1(folder.dir))).error).toBeNull();
});

describe('wrong input ends with exit code 2 and one sentence', () => {
  it.each<[string, () => unknown, RegExp]>([
    ['not JSON', () => '{"id": ', /^The work unit is not JSON/],
    ['a JSON value that is no object', () => '[1]', /\$schema is missing/],
    ['an unknown key', () => ({ ...sound, priority: 1 }), /does not fit its schema: .*priority/],
    ['an unknown key deep inside', () => ({ ...sound, execution: { ...sound.execution, gpu: true } }), /execution: .*gpu/],
    ['another $schema', () => ({ ...sound, $schema: 'https://ematix-flow/work-unit.v3.json' }), /\$schema is "https:\/\/ematix-flow\/work-unit\.v3\.json"/],
    ['a v2 unit that says it is v1', () => ({ ...sound, $schema: 'https://ematix-flow/work-unit.v1.json' }), /does not fit its schema: .*run_id/],
    ['an unknown query', () => ({ ...sound, query: { kind: 'tpch', id: 'Q23' } }), /Unknown query "Q23".*Known queries/],
    ['a stage the query does not have', () => ({ ...sound, stage: { id: 2, kind: 'scan' } }), /Q6 has no stage 2 \(scan\).*1 \(scan\)/],
    ['a range outside the table', () => unitV1(folder.dir, { input: { ...unitV1(folder.dir).input, row_group_range: { lineitem: [80, 84] } } }), /Row group 83 is outside lineitem, which has 83 row groups \(0 to 82\)/],
    ['row groups outside the table', () => unitV2(folder.dir, { input: { row_groups: { lineitem: [3, 83] } } }), /Row group 83 is outside lineitem/],
    ['a reversed range', () => unitV1(folder.dir, { input: { ...unitV1(folder.dir).input, row_group_range: { lineitem: [21, 0] } } }), /half-open \[from, to\)/],
    ['an empty range', () => unitV1(folder.dir, { input: { ...unitV1(folder.dir).input, row_group_range: { lineitem: [5, 5] } } }), /half-open \[from, to\)/],
    ['row groups that overlap', () => unitV2(folder.dir, { input: { row_groups: { lineitem: [1, 2, 2] } } }), /rising order, each once/],
    ['row groups in falling order', () => unitV2(folder.dir, { input: { row_groups: { lineitem: [2, 1] } } }), /rising order, each once/],
    ['a range of a table that is not the driver', () => unitV1(folder.dir, { input: { ...unitV1(folder.dir).input, row_group_range: { part: [0, 1] } } }), /Row groups of part are chosen, but Q14 is cut over lineitem/],
    ['a table the stage reads left out', () => unitV1(folder.dir, { input: { ...unitV1(folder.dir).input, tables: ['lineitem'] } }), /input\.tables lacks part/],
    ['a table the dataset does not have', () => unitV2(folder.dir, { query: { kind: 'sql', sql: 'select 1' }, input: { tables: ['lineitems'], row_groups: {} } }), /has no table "lineitems"/],
    ['a dataset folder that is not there', () => unitV2(folder.dir, { input: { uri_prefix: out('nowhere') } }), /There is no folder .*nowhere/],
    ['a v1 folder that is not there', () => unitV1(folder.dir, { input: { ...unitV1(folder.dir).input, uri_prefix: out('nowhere') } }), /There is no folder .*nowhere/],
    ['another dataset id', () => unitV2(folder.dir, { dataset_id: `sha256:${'0'.repeat(64)}` }), /is for dataset sha256:0000.*, but .*holds sha256:/],
    ['buckets where no column is named to split by', () => unitV2(folder.dir, { output: { buckets: 2 } }), /names no column to split by/],
    ['buckets of an Arrow file', () => unitV2(folder.dir, { query: { kind: 'tpch', id: 'Q18' }, output: { kind: 'arrow_ipc', buckets: 2 } }), /has one file/],
    ['storage it cannot reach', () => unitV2(folder.dir, { input: { uri_prefix: 'gs://bucket/tpch/sf1' } }), /input\.uri_prefix is "gs:\/\/bucket\/tpch\/sf1"/],
    ['a location in S3 without a bucket', () => unitV2(folder.dir, { output: { uri: 's3:///x.parquet' } }), /output\.uri is "s3:\/\/\/x\.parquet", which names no bucket/],
    ['an output for a pod where none is named', () => unitV2(folder.dir, { output: { uri: out('x-{pod_uid}.parquet') } }), /no pod's uid is known .*--pod-uid/],
  ])('%s', async (_, unit, sentence) => {
    const metrics = await run(unit());
    expect(metrics.error?.message).toMatch(sentence);
    expect(metrics.error?.message).not.toMatch(/\n|\bat .*:\d+:\d+/);
    expect(metrics.error?.retryable).toBe(false);
    expect(exitCodeOf(metrics)).toBe(2);
  });

  it('a manifest that was edited', async () => {
    const dir = damagedSample('edited', (path) => {
      const manifest = { ...sampleManifest(), scale_factor: 2 };
      writeFileSync(manifestPath(path), JSON.stringify(manifest));
    });
    const metrics = await run(unitV2(folder.dir, { input: { uri_prefix: dir } }));
    expect(metrics.error?.message).toMatch(/was edited or damaged/);
    expect(exitCodeOf(metrics)).toBe(2);
  });

  it('a schema that is not TPC-H\'s', async () => {
    const dir = damagedSample('schema', (path) => {
      rmSync(manifestPath(path));
      rmSync(join(path, 'lineitem'), { recursive: true });
      mkdirSync(join(path, 'lineitem'));
      copyFileSync(join(path, ORDERS_FILE), join(path, 'lineitem', 'orders.parquet'));
    });
    const metrics = await run(unitV1(folder.dir, { input: { ...unitV1(folder.dir).input, uri_prefix: dir, row_group_range: { lineitem: [0, 1] } } }));
    expect(metrics.error).toMatchObject({ code: 'schema_mismatch', message: expect.stringMatching(/Table lineitem is not TPC-H's: column l_/) as string });
    expect(exitCodeOf(metrics)).toBe(2);
  });
});

describe('a query that fails ends with exit code 3', () => {
  it.each<[string, string, string, RegExp]>([
    ['SQL that is none', 'selec 1', 'query_failed', /Parser Error/],
    ['a column that is not there', 'select nope from lineitem', 'query_failed', /Referenced column "nope" not found/],
    ['an error while running', 'select error(l_comment) from lineitem', 'query_failed', /Invalid Input Error/],
    ['a statement that is no query', 'drop table lineitem', 'query_failed', /Parser Error/],
  ])('%s', async (_, sql, code, sentence) => {
    const metrics = await run(unitV2(folder.dir, { query: { kind: 'sql', sql } }));
    expect(metrics.error).toMatchObject({ code, retryable: false, message: expect.stringMatching(sentence) as string });
    expect(exitCodeOf(metrics)).toBe(3);
  });

  it('out of memory, with its own code', async () => {
    const sql = 'select list(l_comment) as all_of_them from lineitem';
    const metrics = await run(unitV2(folder.dir, { query: { kind: 'sql', sql }, input: { row_groups: {} }, execution: { memory_limit_bytes: 3_000_000 } }));
    expect(metrics.error).toMatchObject({ code: 'out_of_memory', retryable: false });
    expect(exitCodeOf(metrics)).toBe(3);
  });
});

describe('storage that fails ends with exit code 4', () => {
  const damages: [string, (dir: string) => void, RegExp][] = [
    ['a Parquet file that is missing', (dir) => { rmSync(join(dir, LINE_FILE)); }, /Cannot read .*lineitem.*: there is no such file/],
    ['a Parquet file that is truncated', (dir) => { truncateSync(join(dir, LINE_FILE), 2000); }, /has 2000 bytes where its dataset says \d+: it is truncated or was replaced/],
  ];
  it.each(damages)('%s', async (name, damage, sentence) => {
    const dir = damagedSample(name.replaceAll(' ', '-'), damage);
    const metrics = await run(unitV2(folder.dir, { input: { uri_prefix: dir } }));
    expect(metrics.error).toMatchObject({ code: 'storage_read', retryable: false, message: expect.stringMatching(sentence) as string });
    expect(exitCodeOf(metrics)).toBe(4);
    // A unit that needs no row group of that file does not care.
    expect((await run(unitV2(folder.dir, { input: { uri_prefix: dir, row_groups: { lineitem: [0, 1] } } }))).error).toBeNull();
  });

  it('a truncated Parquet file in a folder without a manifest', async () => {
    const dir = damagedSample('v1-truncated', (path) => {
      rmSync(manifestPath(path));
      truncateSync(join(path, LINE_FILE), 2000);
    });
    const metrics = await run(unitV1(folder.dir, { input: { ...unitV1(folder.dir).input, uri_prefix: dir } }));
    expect(metrics.error).toMatchObject({ code: 'storage_read', retryable: false, message: expect.stringMatching(/truncated or damaged/) as string });
    expect(exitCodeOf(metrics)).toBe(4);
  });

  it.each([
    ['is missing', () => out('missing/partial.parquet')],
    ['cannot be written', () => '/proc/partial.parquet'],
    ['is a file', () => join(SAMPLE, LINE_FILE, 'partial.parquet')],
  ])('an output folder that %s', async (_, uri) => {
    const metrics = await run(unitV2(folder.dir, { output: { uri: uri() } }));
    expect(metrics.error).toMatchObject({ code: 'storage_write', retryable: false, message: expect.stringMatching(/^Cannot write/) as string });
    expect(exitCodeOf(metrics)).toBe(4);
  });

  it('a side input that is missing', async () => {
    const metrics = await run(unitV2(folder.dir, { input: { ...input, side_inputs: [{ name: 'candidates', kind: 'parquet', uris: [out('gone.parquet')] }] } }));
    expect(metrics.error).toMatchObject({ code: 'storage_read', message: expect.stringMatching(/gone\.parquet/) as string });
    expect(exitCodeOf(metrics)).toBe(4);
  });
});
