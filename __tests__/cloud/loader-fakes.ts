import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { type JobEnd, type LoadJobs, type ObjectStore } from '../../workloads/cloud/loader/load.js';
import { type StoredObject } from '../../workloads/cloud/loader/stored-object.js';
import { type ResultTable } from '../../workloads/model/bigquery-schema.js';

export const ndjson = (rows: readonly unknown[]): string => rows.map((row) => `${JSON.stringify(row)}\n`).join('');

/** A bucket in memory, which keeps the last version of each object. */
export class MemoryStore implements ObjectStore {
  private readonly objects = new Map<string, { readonly etag: string; readonly content: Buffer }>();

  put(key: string, content: string, storedAt = '2026-05-04T11:00:00.000Z'): StoredObject {
    const etag = createHash('md5').update(content).digest('hex');
    this.objects.set(key, { etag, content: Buffer.from(content) });
    return { bucket: 'results', key, etag, storedAt };
  }

  read(object: StoredObject): Promise<AsyncIterable<Uint8Array> | undefined> {
    const found = this.objects.get(object.key);
    return Promise.resolve(found?.etag === object.etag ? pieces(found.content) : undefined);
  }
}

/** Small pieces, so that lines and characters are cut in the middle. */
// eslint-disable-next-line @typescript-eslint/require-await -- an async iterable of what is in memory
async function* pieces(content: Buffer): AsyncGenerator<Uint8Array> {
  for (let offset = 0; offset < content.length; offset += 1_000) yield content.subarray(offset, offset + 1_000);
}

/** Load jobs in memory: what each appended, and how the next ones end. */
export class MemoryJobs implements LoadJobs {
  readonly appended: { readonly table: string; readonly rows: readonly Readonly<Record<string, unknown>>[] }[] = [];
  readonly ends = new Map<string, JobEnd>();
  /** Ends of the next jobs, first one first; then they succeed. */
  readonly failures: JobEnd[] = [];

  end(jobId: string): Promise<JobEnd | undefined> {
    return Promise.resolve(this.ends.get(jobId));
  }

  async run(jobId: string, table: ResultTable, file: string): Promise<JobEnd> {
    const known = this.ends.get(jobId);
    if (known !== undefined) return known;
    const lines = (await readFile(file, 'utf8')).trimEnd().split('\n');
    const end = this.failures.shift() ?? { rows: lines.length };
    if ('rows' in end) this.appended.push({ table: table.tableId, rows: lines.map((line) => JSON.parse(line) as Record<string, unknown>) });
    this.ends.set(jobId, end);
    return end;
  }
}
