import { contentOf } from '../../workloads/cloud/loader/rows.js';
import { handleEvent } from '../../workloads/cloud/loader/handle.js';
import { completeLines } from '../../workloads/cloud/loader/lines.js';
import { jobIdOf, loadObject } from '../../workloads/cloud/loader/load.js';
import { objectsOf, type StoredObject } from '../../workloads/cloud/loader/stored-object.js';
import { RESULT_ROWS_TABLE, RUN_RECORDS_TABLE } from '../../workloads/model/bigquery-schema.js';
import { resultRow, runRecord } from '../fixtures/result-rows.js';
import { MemoryJobs, MemoryStore, ndjson } from './loader-fakes.js';

const ROWS = [resultRow(), resultRow({ query: 'Q6', engine_label: 'Größe ✓' }), resultRow({ query: 'Q9', worker_busy_ms: [1, 2] })];
const KEY = 'runs/run-1/results.ndjson';

/** What S3 sends for these objects. */
function eventOf(...objects: readonly StoredObject[]): unknown {
  return {
    Records: objects.map((object) => ({
      eventSource: 'aws:s3', eventTime: object.storedAt,
      s3: { bucket: { name: object.bucket, arn: 'arn:aws:s3:::results' }, object: { key: encodeURIComponent(object.key).replace(/%20/g, '+'), size: 1, eTag: object.etag } },
    })),
  };
}

describe('an event of the bucket', () => {
  it('tells object, version and time, with the key decoded', () => {
    const object = { bucket: 'results', key: 'runs/run 1+2/ü.ndjson', etag: 'abc', storedAt: '2026-05-04T11:00:00.000Z' };
    expect(objectsOf(eventOf(object))).toEqual([object]);
  });

  it('is empty when S3 only tests the notification', () => {
    expect(objectsOf({ Service: 'Amazon S3', Event: 's3:TestEvent', Bucket: 'results' })).toEqual([]);
  });

  it('is refused when it is something else', () => {
    expect(() => objectsOf({ Records: [{ s3: {} }] })).toThrow(/eventTime/);
  });
});

describe('what a name says an object holds', () => {
  it.each([
    [KEY, RESULT_ROWS_TABLE], ['runs/run-1/rows/0001.ndjson', RESULT_ROWS_TABLE], ['runs/run-1/run.json', RUN_RECORDS_TABLE], ['runs/run-1/dry-run.json', undefined], ['runs/run-1/page.html', undefined],
  ])('%s', (key, table) => {
    expect(contentOf(key)?.table).toBe(table);
  });

  it('is loaded by nobody when it is neither', async () => {
    const store = new MemoryStore();
    const jobs = new MemoryJobs();
    expect(await loadObject(store.put('runs/run-1/page.html', '<p>'), store, jobs)).toEqual({ outcome: 'ignored' });
    expect(jobs.appended).toEqual([]);
  });
});

describe('lines of a text in pieces', () => {
  // eslint-disable-next-line @typescript-eslint/require-await -- an async iterable of what is in memory
  async function* pieces(text: string, size: number): AsyncGenerator<Uint8Array> {
    const bytes = Buffer.from(text);
    for (let offset = 0; offset < bytes.length; offset += size) yield bytes.subarray(offset, offset + size);
  }
  async function linesOf(text: string, size: number): Promise<string[]> {
    const lines: string[] = [];
    for await (const line of completeLines(pieces(text, size))) lines.push(line);
    return lines;
  }

  it.each([1, 2, 3, 7, 1_000])('are the same in pieces of %i bytes, and leave a torn last line out', async (size) => {
    expect(await linesOf('{"a":"ü✓"}\n\n{"b":1}\n{"torn', size)).toEqual(['{"a":"ü✓"}', '', '{"b":1}']);
  });
});

describe('loading an object', () => {
  const setUp = () => ({ store: new MemoryStore(), jobs: new MemoryJobs() });

  it('appends every row with where it came from, and no null list', async () => {
    const { store, jobs } = setUp();
    const object = store.put(KEY, ndjson(ROWS));
    expect(await loadObject(object, store, jobs)).toEqual({ outcome: 'loaded', table: 'result_rows_v1', rows: 3, jobId: jobIdOf(object, 'result_rows_v1', 1) });
    expect(jobs.appended[0]?.rows.map((row) => row.row_id)).toEqual(ROWS.map((row) => row.row_id));
    expect(jobs.appended[0]?.rows[1]).toMatchObject({ engine_label: 'Größe ✓', stored_at: object.storedAt, source_uri: `s3://results/${KEY}`, source_etag: object.etag });
    expect(jobs.appended[0]?.rows[0]).not.toHaveProperty('worker_busy_ms');
    expect(jobs.appended[0]?.rows[2]?.worker_busy_ms).toEqual([1, 2]);
  });

  it('loads a run record into its own table', async () => {
    const { store, jobs } = setUp();
    await loadObject(store.put('runs/run-1/run.json', JSON.stringify(runRecord(), null, 2)), store, jobs);
    expect(jobs.appended).toEqual([{ table: 'run_records_v1', rows: [expect.objectContaining(runRecord())] }]);
  });

  it('happens once for a version, however often its event comes', async () => {
    const { store, jobs } = setUp();
    const object = store.put(KEY, ndjson(ROWS));
    await loadObject(object, store, jobs);
    expect(await loadObject({ ...object, storedAt: '2026-05-05T00:00:00.000Z' }, store, jobs)).toMatchObject({ outcome: 'loaded_before', rows: 3 });
    expect(jobs.appended).toHaveLength(1);
  });

  it('names jobs by version and table: other content, another job', () => {
    const object = { bucket: 'results', key: KEY, etag: 'a', storedAt: '2026-05-04T11:00:00.000Z' };
    const names = [jobIdOf(object, 't', 1), jobIdOf({ ...object, etag: 'b' }, 't', 1), jobIdOf({ ...object, key: 'k' }, 't', 1), jobIdOf({ ...object, bucket: 'c' }, 't', 1), jobIdOf(object, 'u', 1), jobIdOf(object, 't', 2)];
    expect(new Set(names).size).toBe(names.length);
    for (const name of names) expect(name).toMatch(/^[A-Za-z0-9_-]{1,1024}$/);
  });

  it('names the line and the problem of each bad line, and loads nothing of the object', async () => {
    const { store, jobs } = setUp();
    const bad = [JSON.stringify(ROWS[0]), '{"row_version":1', JSON.stringify({ ...ROWS[1], status: 'fine' }), JSON.stringify({ ...ROWS[2], surprise: 1 })];
    const failure = loadObject(store.put(KEY, `${bad.join('\n')}\n`), store, jobs);
    await expect(failure).rejects.toMatchObject({ code: 'schema_mismatch', retryable: false });
    await expect(failure).rejects.toThrow(/s3:\/\/results\/runs\/run-1\/results\.ndjson was not loaded: 3 of its lines .*line 2: .*line 3: status: .*line 4: .*surprise/);
    expect(jobs.appended).toEqual([]);
    expect(jobs.ends.size).toBe(0);
  });

  it('lists ten bad lines and counts the others', async () => {
    const { store, jobs } = setUp();
    await expect(loadObject(store.put(KEY, '{}\n'.repeat(30)), store, jobs)).rejects.toThrow(/30 of its lines .*line 10: .*; and 20 more\)/);
  });

  it('leaves a torn last line to the version that has it whole', async () => {
    const { store, jobs } = setUp();
    expect(await loadObject(store.put(KEY, `${ndjson(ROWS.slice(0, 1))}{"row_ver`), store, jobs)).toMatchObject({ outcome: 'loaded', rows: 1 });
    expect(await loadObject(store.put(KEY, '{"row_ver'), store, jobs)).toEqual({ outcome: 'empty' });
  });

  it('leaves a version that was written over to the event of the newer one', async () => {
    const { store, jobs } = setUp();
    const older = store.put(KEY, ndjson(ROWS.slice(0, 1)));
    store.put(KEY, ndjson(ROWS));
    expect(await loadObject(older, store, jobs)).toEqual({ outcome: 'superseded' });
    expect(jobs.appended).toEqual([]);
  });

  it('tells why a job failed, and tries again under another name', async () => {
    const { store, jobs } = setUp();
    jobs.failures.push({ failure: 'quota exceeded', retryable: true });
    const object = store.put(KEY, ndjson(ROWS));
    await expect(loadObject(object, store, jobs)).rejects.toMatchObject({ code: 'storage_write', retryable: true, message: expect.stringContaining('quota exceeded') as string });
    expect(await loadObject(object, store, jobs)).toMatchObject({ outcome: 'loaded', jobId: jobIdOf(object, 'result_rows_v1', 2) });
    expect(jobs.appended).toHaveLength(1);
  });
});

describe('handling an event', () => {
  it('loads the other objects when one fails, logs each, and fails with the reason', async () => {
    const store = new MemoryStore();
    const jobs = new MemoryJobs();
    const log: Readonly<Record<string, unknown>>[] = [];
    const event = eventOf(store.put('runs/a/results.ndjson', '{}\n'), store.put('runs/b/results.ndjson', ndjson(ROWS)), store.put('runs/c/results.ndjson', '[]\n'));
    await expect(handleEvent(event, { store, jobs, log: (entry) => log.push(entry) })).rejects.toThrow(/runs\/a\/results\.ndjson[^]*runs\/c\/results\.ndjson/);
    expect(log.map((entry) => [entry.object, entry.outcome])).toEqual([
      ['s3://results/runs/a/results.ndjson', 'failed'], ['s3://results/runs/b/results.ndjson', 'loaded'], ['s3://results/runs/c/results.ndjson', 'failed'],
    ]);
    expect(jobs.appended).toHaveLength(1);
  });

  it('throws the one failure as it is', async () => {
    const store = new MemoryStore();
    await expect(handleEvent(eventOf(store.put(KEY, '{}\n')), { store, jobs: new MemoryJobs(), log: () => undefined })).rejects.toMatchObject({ code: 'schema_mismatch' });
  });
});
