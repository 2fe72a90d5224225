import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type LoadJobs, loadObject } from '../../workloads/cloud/loader/load.js';
import { loadableRow, RESULT_ROWS_TABLE, RUN_RECORDS_TABLE } from '../../workloads/model/bigquery-schema.js';
import { campaignRows, failedRow, runRecord } from '../fixtures/result-rows.js';
import { BigQueryClient, startTokenService, type TokenService } from './big-query-client.js';
import { type Emulator, startBigQueryEmulator } from './big-query-emulator.js';
import { MemoryStore, ndjson } from './loader-fakes.js';
import { NamedJobsProxy } from './named-jobs-proxy.js';

jest.setTimeout(240_000);

const PROJECT = 'flowbench-test';
const DATASET = 'flowbench_results';
const AUDIENCE = '//iam.googleapis.com/projects/123456/locations/global/workloadIdentityPools/flowbench-v1/providers/aws-loader';
/** What Lambda puts in the environment of a function. */
const LAMBDA = { AWS_REGION: 'us-east-2', AWS_ACCESS_KEY_ID: 'ASIAEXAMPLE', AWS_SECRET_ACCESS_KEY: 'example', AWS_SESSION_TOKEN: 'session' };

let emulator: Emulator;
let proxy: NamedJobsProxy;
let tokens: TokenService;
let client: BigQueryClient;
const store = new MemoryStore();

const query = (sql: string) => client.query(sql);
const path = (tableOrView: string) => `\`${PROJECT}.${DATASET}.${tableOrView}\``;

async function count(tableOrView: string): Promise<number> {
  const [row] = await query(`SELECT COUNT(*) AS n FROM ${path(tableOrView)}`);
  return Number(row?.n);
}

beforeAll(async () => {
  [emulator, tokens] = await Promise.all([startBigQueryEmulator(PROJECT), startTokenService()]);
  proxy = new NamedJobsProxy(emulator.endpoint);
  client = await BigQueryClient.start({ endpoint: await proxy.listen(), projectId: PROJECT, datasetId: DATASET, location: 'US', audience: AUDIENCE, tokenUrl: tokens.url }, LAMBDA);
  await client.makeTables();
});

afterAll(async () => {
  client.stop();
  tokens.stop();
  proxy.stop();
  await emulator.stop();
});

describe('the loader against a BigQuery emulator', () => {
  const rows = [...campaignRows({ queries: ['Q1', 'Q6'], usdPerHour: 0.192 }), failedRow({ query: 'Q9', status: 'out_of_memory', error: 'killed at 8 GB' })];

  it('loads every row of a run, and reads the same values back', async () => {
    const object = store.put('runs/run-1/results.ndjson', ndjson(rows));
    expect(await loadObject(object, store, client)).toMatchObject({ outcome: 'loaded', table: RESULT_ROWS_TABLE.tableId, rows: rows.length });
    expect(await count(RESULT_ROWS_TABLE.viewId)).toBe(rows.length);
    const expected = rows.find((row) => row.worker_busy_ms !== null);
    const [stored] = await query(`SELECT * FROM ${path(RESULT_ROWS_TABLE.viewId)} WHERE row_id = '${expected?.row_id}'`);
    expect(stored).toMatchObject({ duration_ms: expected?.duration_ms, worker_busy_ms: expected?.worker_busy_ms, stages: expected?.stages, cold: expected?.cold });
    expect(Object.keys(stored ?? {})).toEqual(RESULT_ROWS_TABLE.fields.map((field) => field.name));
  });

  it('does not load a version again when its event is delivered twice', async () => {
    const before = await count(RESULT_ROWS_TABLE.tableId);
    const object = store.put('runs/run-1/results.ndjson', ndjson(rows));
    expect(await loadObject(object, store, client)).toMatchObject({ outcome: 'loaded_before', rows: rows.length });
    expect(await count(RESULT_ROWS_TABLE.tableId)).toBe(before);
  });

  it('waits for the job of a call that came before it, where both start one', async () => {
    const uploads = proxy.uploads;
    const origin = { stored_at: '2026-05-04T11:00:00Z', source_uri: 's3://results/raced', source_etag: '0' };
    const file = join(mkdtempSync(join(tmpdir(), 'flowbench-')), 'rows.ndjson');
    writeFileSync(file, ndjson([loadableRow(RESULT_ROWS_TABLE, { ...rows[0], run_id: 'raced' }, origin)]));
    const ends = [await client.run('raced', RESULT_ROWS_TABLE, file), await client.run('raced', RESULT_ROWS_TABLE, file)];
    rmSync(dirname(file), { recursive: true });
    // The emulator counts the rows of the table, not those of the job.
    expect(ends[0]).toHaveProperty('rows');
    expect(ends[1]).toEqual(ends[0]);
    expect(await query(`SELECT row_id FROM ${path(RESULT_ROWS_TABLE.tableId)} WHERE run_id = 'raced'`)).toHaveLength(1);
    expect(proxy.uploads).toBe(uploads + 1);
    await query(`DELETE FROM ${path(RESULT_ROWS_TABLE.tableId)} WHERE run_id = 'raced'`);
  });

  it('shows a row once when a longer version of its file is loaded, with what the later version says', async () => {
    const later = rows.map((row) => ({ ...row, trace_link: 'later' }));
    const object = store.put('runs/run-1/results.ndjson', ndjson([...later, ...campaignRows({ queries: ['Q3'], workers: [] })]), '2026-05-04T12:00:00.000Z');
    await loadObject(object, store, client);
    expect(await count(RESULT_ROWS_TABLE.tableId)).toBe(rows.length * 2 + 5);
    expect(await count(RESULT_ROWS_TABLE.viewId)).toBe(rows.length + 5);
    const [first] = await query(`SELECT trace_link FROM ${path(RESULT_ROWS_TABLE.viewId)} WHERE row_id = '${rows[0]?.row_id}'`);
    expect(first?.trace_link).toBe('later');
  });

  it('loads nothing of a file with a bad line, and names the line', async () => {
    const before = await count(RESULT_ROWS_TABLE.tableId);
    const object = store.put('runs/run-2/results.ndjson', `${ndjson(rows.slice(0, 2))}{"row_version":1}\n`);
    await expect(loadObject(object, store, client)).rejects.toThrow(/line 3: .*row_id/);
    expect(await count(RESULT_ROWS_TABLE.tableId)).toBe(before);
  });

  it('loads the run record with its free-form configuration', async () => {
    const record = runRecord({ config: { runs: 5, nested: { list: [1, 'two'] } }, image_digests: { spark: 'sha256:1' } });
    const object = store.put('runs/run-1/run.json', JSON.stringify(record, null, 2));
    expect(await loadObject(object, store, client)).toMatchObject({ outcome: 'loaded', table: RUN_RECORDS_TABLE.tableId, rows: 1 });
    const [stored] = await query(`SELECT run_id, JSON_VALUE(config, '$.nested.list[1]') AS two, host.cpus AS cpus FROM ${path(RUN_RECORDS_TABLE.viewId)}`);
    expect(stored).toMatchObject({ run_id: 'run-1', two: 'two', cpus: record.host.cpus });
  });

  it('reports a job that BigQuery refuses, and loads the version once the cause is gone', async () => {
    const object = store.put('runs/run-3/results.ndjson', ndjson([{ ...rows[0], run_id: 'run-3' }]));
    const elsewhere: LoadJobs = { end: (jobId) => client.end(jobId), run: (jobId, table, file) => client.run(jobId, table, file, 'no_such_dataset') };
    await expect(loadObject(object, store, elsewhere)).rejects.toThrow(/no_such_dataset/);
    expect(await loadObject(object, store, client)).toMatchObject({ outcome: 'loaded' });
  });

  it('got in with the role of its environment alone: a signed request to STS, bound to the one provider', () => {
    expect(tokens.requests.length).toBeGreaterThan(0);
    const request = tokens.requests[0];
    const shown = JSON.parse(decodeURIComponent(request?.get('subject_token') ?? '')) as { url: string; headers: { key: string; value: string }[] };
    const header = (key: string) => shown.headers.find((one) => one.key === key)?.value;
    expect(request?.get('audience')).toBe(AUDIENCE);
    const { hostname, search } = new URL(shown.url);
    expect([hostname, search]).toEqual(['sts.us-east-2.amazonaws.com', '?Action=GetCallerIdentity&Version=2011-06-15']);
    expect(header('x-goog-cloud-target-resource')).toBe(AUDIENCE);
    expect(header('authorization')).toMatch(/^AWS4-HMAC-SHA256 Credential=ASIAEXAMPLE\//);
    expect(header('x-amz-security-token')).toBe('session');
  });
});
