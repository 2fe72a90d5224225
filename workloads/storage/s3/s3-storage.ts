import { randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { open, rename, rm, stat, type FileHandle } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { GetObjectCommandOutput } from '@aws-sdk/client-s3';
import { FlowbenchError } from '../../model/errors.js';
import { parseS3Uri } from '../../model/storage-uri.js';
import { isOfAFile, localFailure } from '../local/failures.js';
import { retrying } from '../retry.js';
import type { Storage, StoredFile, WriteOptions } from '../storage.js';
import { s3Connection, type S3Connection } from './client.js';
import { s3Answer, s3Failure, type S3Action, type S3Call } from './failures.js';
import { putParts } from './multipart.js';
import { PART_BYTES, WRITE_MARK, type Put } from './put.js';

/** S3's own limit of one DeleteObjects. */
const REMOVED_AT_ONCE = 1000;

/** Prefixes of S3, and of servers that speak as it does. */
export class S3Storage implements Storage {
  async read(uri: string): Promise<Buffer | null> {
    return this.call('read', uri, async (connection, { bucket, key }) => {
      const answer = await getObject(connection, bucket, key);
      return answer === null ? null : Buffer.from(await bodyOf(answer).transformToByteArray());
    });
  }

  async size(uri: string): Promise<number | null> {
    return this.call('read', uri, async (connection, { bucket, key }) => (await look(connection, bucket, key))?.sizeBytes ?? null);
  }

  async list(folder: string): Promise<StoredFile[]> {
    const { bucket, key } = parseS3Uri(folder);
    const found: StoredFile[] = [];
    let next: string | undefined;
    do {
      const page = await this.call('list', folder, ({ sdk, client }) =>
        client.send(new sdk.ListObjectsV2Command({ Bucket: bucket, Prefix: key === '' ? '' : `${key}/`, ...(next === undefined ? {} : { ContinuationToken: next }) })));
      for (const { Key: name = '', Size: sizeBytes = 0 } of page.Contents ?? []) {
        // What a console makes to show a folder is no file.
        if (!name.endsWith('/')) found.push({ uri: `s3://${bucket}/${name}`, sizeBytes });
      }
      next = page.IsTruncated === true ? page.NextContinuationToken : undefined;
    } while (next !== undefined);
    return found.sort((a, b) => (a.uri < b.uri ? -1 : 1));
  }

  async write(uri: string, content: Buffer | string, options: WriteOptions = {}): Promise<'written' | 'exists'> {
    const body = typeof content === 'string' ? Buffer.from(content) : content;
    return this.put(uri, options, (connection, put) => putWhole(connection, put, body));
  }

  async upload(path: string, uri: string, options: WriteOptions = {}): Promise<'written' | 'exists'> {
    const file = await open(path, 'r').catch((cause: unknown) => {
      throw localFailure('read', path, cause);
    });
    try {
      const { size } = await file.stat();
      if (size > PART_BYTES) return await this.put(uri, options, (connection, put) => putParts(connection, put, file, size));
      const body = await readWhole(file, path);
      return await this.put(uri, options, (connection, put) => putWhole(connection, put, body));
    } finally {
      await file.close();
    }
  }

  async download(uri: string, path: string): Promise<void> {
    const draft = `${path}.${randomUUID()}.draft`;
    try {
      await this.call('read', uri, async (connection, { bucket, key }) => {
        const answer = await getObject(connection, bucket, key);
        if (answer === null) throw new FlowbenchError('storage_read', `There is no object ${uri}.`);
        await intoFile(bodyOf(answer), draft);
        const { size } = await stat(draft);
        if (answer.ContentLength !== undefined && answer.ContentLength !== size) throw cutShort(uri, size, answer.ContentLength);
      });
      await rename(draft, path).catch((cause: unknown) => {
        throw localFailure('write', path, cause);
      });
    } finally {
      await rm(draft, { force: true }).catch(() => undefined);
    }
  }

  async remove(uri: string): Promise<void> {
    await this.call('remove', uri, ({ sdk, client }, { bucket, key }) => client.send(new sdk.DeleteObjectCommand({ Bucket: bucket, Key: key })));
  }

  async removeAll(folder: string): Promise<void> {
    const keys = (await this.list(folder)).map(({ uri }) => parseS3Uri(uri).key);
    for (let from = 0; from < keys.length; from += REMOVED_AT_ONCE) {
      const objects = keys.slice(from, from + REMOVED_AT_ONCE).map((Key) => ({ Key }));
      await this.call('remove', folder, async ({ sdk, client }, { bucket }) => {
        const { Errors: errors = [] } = await client.send(new sdk.DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects: objects, Quiet: true } }));
        // The call succeeds as a whole and fails by object.
        if (errors[0] !== undefined) throw Object.assign(new Error(errors[0].Message ?? ''), { name: errors[0].Code ?? 'Unknown' });
      });
    }
  }

  /** One call, repeated while that may help; whatever it throws becomes a FlowbenchError. */
  private async call<T>(action: S3Action, uri: string, work: (connection: S3Connection, place: { bucket: string; key: string }, earlierTries: number) => Promise<T>): Promise<T> {
    const { bucket, key } = parseS3Uri(uri);
    const call: S3Call = { action, bucket, key };
    const connection = await s3Connection();
    return retrying(async (earlierTries) => {
      try {
        return await work(connection, call, earlierTries);
      } catch (cause) {
        throw s3Failure(cause, call, connection.place);
      }
    }, connection.retry);
  }

  /**
   * A write, told from that of another writer: a try whose answer was lost may have written, and then the next
   * one finds its own object. It is known by a mark of this call.
   */
  private async put(uri: string, { ifAbsent = false }: WriteOptions, send: (connection: S3Connection, put: Put) => Promise<void>): Promise<'written' | 'exists'> {
    const mark = randomUUID();
    return this.call('write', uri, async (connection, { bucket, key }, earlierTries) => {
      try {
        await send(connection, { bucket, key, ifAbsent, mark });
        return 'written';
      } catch (error) {
        const { name, status } = s3Answer(error);
        if (!ifAbsent || (status !== 412 && name !== 'PreconditionFailed')) throw error;
        return earlierTries > 0 && (await isOurs(connection, bucket, key, mark)) ? 'written' : 'exists';
      }
    });
  }
}

async function putWhole({ sdk, client }: S3Connection, { bucket, key, ifAbsent, mark }: Put, body: Buffer): Promise<void> {
  await client.send(new sdk.PutObjectCommand({ Bucket: bucket, Key: key, Body: body, Metadata: { [WRITE_MARK]: mark }, ...(ifAbsent ? { IfNoneMatch: '*' } : {}) }));
}

/** Whoever may write but not read cannot look, and is told `exists`. */
async function isOurs(connection: S3Connection, bucket: string, key: string, mark: string): Promise<boolean> {
  return look(connection, bucket, key).then((found) => found?.mark === mark, () => false);
}

/**
 * Size and mark of an object by reading its first byte: a HEAD needs the same permission, and its failures come
 * without a reason.
 */
async function look(connection: S3Connection, bucket: string, key: string): Promise<{ readonly sizeBytes: number; readonly mark: string | undefined } | null> {
  try {
    const answer = await getObject(connection, bucket, key, 'bytes=0-0');
    if (answer === null) return null;
    await bodyOf(answer).transformToByteArray();
    const total = /\/(\d+)$/.exec(answer.ContentRange ?? '')?.[1];
    return { sizeBytes: total === undefined ? (answer.ContentLength ?? 0) : Number(total), mark: answer.Metadata?.[WRITE_MARK] };
  } catch (error) {
    // Nothing has no first byte.
    if (s3Answer(error).status === 416) return { sizeBytes: 0, mark: undefined };
    throw error;
  }
}

async function getObject({ sdk, client }: S3Connection, bucket: string, key: string, range?: string): Promise<GetObjectCommandOutput | null> {
  try {
    return await client.send(new sdk.GetObjectCommand({ Bucket: bucket, Key: key, ...(range === undefined ? {} : { Range: range }) }));
  } catch (error) {
    const { name, status } = s3Answer(error);
    if (name === 'NoSuchKey' || (status === 404 && name !== 'NoSuchBucket')) return null;
    throw error;
  }
}

function bodyOf(answer: GetObjectCommandOutput): NonNullable<GetObjectCommandOutput['Body']> {
  if (answer.Body === undefined) throw new FlowbenchError('storage_read', 'S3 answered without a body.', { retryable: true });
  return answer.Body;
}

async function intoFile(body: NonNullable<GetObjectCommandOutput['Body']>, path: string): Promise<void> {
  try {
    await pipeline(body as Readable, createWriteStream(path));
  } catch (error) {
    throw isOfAFile(error) ? localFailure('write', path, error) : error;
  }
}

function cutShort(uri: string, size: number, expected: number): FlowbenchError {
  return new FlowbenchError('storage_read', `${uri} came with ${size} bytes of ${expected}.`, { retryable: true });
}

async function readWhole(file: FileHandle, path: string): Promise<Buffer> {
  return file.readFile().catch((cause: unknown) => {
    throw localFailure('read', path, cause);
  });
}
