import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type ResultTable } from '../../model/bigquery-schema.js';
import { FlowbenchError } from '../../model/errors.js';
import { contentOf, loadableLines } from './rows.js';
import { type StoredObject, uriOf } from './stored-object.js';

/** Where objects are read from. */
export interface ObjectStore {
  /** Content of exactly this version; undefined when it is gone or was written over since. */
  read(object: StoredObject): Promise<AsyncIterable<Uint8Array> | undefined>;
}

/** How a load job ended. */
export type JobEnd = { readonly rows: number } | { readonly failure: string; readonly retryable: boolean };

/** What is asked of the warehouse: jobs that append a file to a table, each under a name that exists once. */
export interface LoadJobs {
  /** Waits for the end of a job; undefined when there never was one of this name. */
  end(jobId: string): Promise<JobEnd | undefined>;
  /** Starts a job and waits for its end. A job of this name that exists already, started elsewhere, is waited for. */
  run(jobId: string, table: ResultTable, file: string): Promise<JobEnd>;
}

export type Loaded =
  | { readonly outcome: 'loaded' | 'loaded_before'; readonly table: string; readonly rows: number; readonly jobId: string }
  /** Nothing to load: no complete line, another version came since, or a name that holds no rows. */
  | { readonly outcome: 'empty' | 'superseded' | 'ignored' };

/**
 * Loads one version of an object, once: the job's name is made of the version, so that an event delivered
 * twice, or a call that timed out while its job went on, finds the job and does not load again. A job that
 * failed has loaded nothing, and the next one gets the next name.
 */
export async function loadObject(object: StoredObject, store: ObjectStore, jobs: LoadJobs): Promise<Loaded> {
  const content = contentOf(object.key);
  if (content === undefined) return { outcome: 'ignored' };
  const { tableId } = content.table;
  const { jobId, loadedRows } = await jobOf(object, tableId, jobs);
  if (loadedRows !== undefined) return { outcome: 'loaded_before', table: tableId, rows: loadedRows, jobId };
  const chunks = await store.read(object);
  if (chunks === undefined) return { outcome: 'superseded' };
  return withTemporaryFile(async (file) => {
    const written = createWriteStream(file);
    await pipeline(Readable.from(loadableLines(object, content, chunks)), written);
    if (written.bytesWritten === 0) return { outcome: 'empty' };
    const end = await jobs.run(jobId, content.table, file);
    if ('failure' in end) throw jobFailed(object, tableId, jobId, end);
    return { outcome: 'loaded', table: tableId, rows: end.rows, jobId: jobId };
  });
}

/** Whether this version was loaded, or the first name that no job was started under. */
async function jobOf(object: StoredObject, tableId: string, jobs: LoadJobs): Promise<{ readonly jobId: string; readonly loadedRows: number | undefined }> {
  for (let attempt = 1; ; attempt += 1) {
    const jobId = jobIdOf(object, tableId, attempt);
    const end = await jobs.end(jobId);
    if (end === undefined) return { jobId, loadedRows: undefined };
    if ('rows' in end) return { jobId, loadedRows: end.rows };
  }
}

/** The same for the same version of the same object in the same table. */
export function jobIdOf(object: StoredObject, tableId: string, attempt: number): string {
  const version = createHash('sha256').update(JSON.stringify([object.bucket, object.key, object.etag, tableId])).digest('hex').slice(0, 32);
  return `flowbench_${version}_${attempt}`;
}

async function withTemporaryFile<T>(use: (file: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'flowbench-load-'));
  try {
    return await use(join(folder, 'rows.ndjson'));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function jobFailed(object: StoredObject, tableId: string, jobId: string, end: { readonly failure: string; readonly retryable: boolean }): FlowbenchError {
  return new FlowbenchError('storage_write', `${uriOf(object)} was not loaded into ${tableId}: job ${jobId} failed (${end.failure}).`, {
    retryable: end.retryable,
    remedy: 'Nothing of it was stored, and the object is kept; copy it over itself to have it loaded once the cause is gone.',
  });
}
