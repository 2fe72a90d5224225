import type { FileHandle } from 'node:fs/promises';
import type { CompletedPart } from '@aws-sdk/client-s3';
import { localFailure } from '../local/failures.js';
import { retrying } from '../retry.js';
import type { S3Connection } from './client.js';
import { s3Failure, type S3Call } from './failures.js';
import { PART_BYTES, WRITE_MARK, type Put } from './put.js';

/** S3's own limit. */
const MOST_PARTS = 10_000;
/** In flight, and so in memory, at a time. */
const PARTS_AT_ONCE = 4;

/**
 * Sends a file in parts, each repeated by itself; nobody sees anything before the last call, which is also where
 * it is decided whether something was there. What was sent for nothing is thrown away.
 */
export async function putParts(connection: S3Connection, put: Put, file: FileHandle, sizeBytes: number): Promise<void> {
  const { sdk, client } = connection;
  const object = { Bucket: put.bucket, Key: put.key };
  const { UploadId } = await client.send(new sdk.CreateMultipartUploadCommand({ ...object, Metadata: { [WRITE_MARK]: put.mark } }));
  try {
    const parts = await sendParts(connection, { ...object, UploadId }, file, sizeBytes);
    await client.send(new sdk.CompleteMultipartUploadCommand({ ...object, UploadId, MultipartUpload: { Parts: parts }, ...(put.ifAbsent ? { IfNoneMatch: '*' } : {}) }));
  } catch (error) {
    // The bucket's lifecycle removes what this leaves behind when it fails too.
    await client.send(new sdk.AbortMultipartUploadCommand({ ...object, UploadId })).catch(() => undefined);
    throw error;
  }
}

interface Upload {
  readonly Bucket: string;
  readonly Key: string;
  readonly UploadId: string | undefined;
}

async function sendParts(connection: S3Connection, upload: Upload, file: FileHandle, sizeBytes: number): Promise<CompletedPart[]> {
  const partBytes = Math.max(PART_BYTES, Math.ceil(sizeBytes / MOST_PARTS));
  const count = Math.ceil(sizeBytes / partBytes);
  const parts: CompletedPart[] = [];
  let next = 0;
  let failed = false;
  const sender = async (): Promise<void> => {
    while (next < count && !failed) {
      const index = next;
      next += 1;
      const body = await readAt(file, index * partBytes, Math.min(partBytes, sizeBytes - index * partBytes), upload.Key);
      parts[index] = await sendPart(connection, upload, index + 1, body).catch((error: unknown) => {
        failed = true;
        throw error;
      });
    }
  };
  // All of them are waited for: one that still runs would send to an upload that was given up.
  const ends = await Promise.allSettled(Array.from({ length: Math.min(PARTS_AT_ONCE, count) }, sender));
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
  return parts;
}

async function sendPart({ sdk, client, place, retry }: S3Connection, upload: Upload, PartNumber: number, body: Buffer): Promise<CompletedPart> {
  const call: S3Call = { action: 'write', bucket: upload.Bucket, key: upload.Key };
  return retrying(async () => {
    try {
      const { ETag } = await client.send(new sdk.UploadPartCommand({ ...upload, PartNumber, Body: body }));
      return { PartNumber, ...(ETag === undefined ? {} : { ETag }) };
    } catch (cause) {
      throw s3Failure(cause, call, place);
    }
  }, retry);
}

async function readAt(file: FileHandle, position: number, length: number, path: string): Promise<Buffer> {
  try {
    const { buffer, bytesRead } = await file.read(Buffer.allocUnsafe(length), 0, length, position);
    return buffer.subarray(0, bytesRead);
  } catch (cause) {
    throw localFailure('read', path, cause);
  }
}
