import { GetObjectCommand, S3Client, S3ServiceException } from '@aws-sdk/client-s3';
import { type Readable } from 'node:stream';
import { bucketOptions, type CloudAccess } from '../access.js';
import { type ObjectStore } from './load.js';
import { type StoredObject } from './stored-object.js';

/** What S3 answers when the version asked for is not there any more. */
const SUPERSEDED: ReadonlySet<number> = new Set([404, 412]);

/** Objects of S3, read only in the version that was announced. */
export class S3Store implements ObjectStore {
  private readonly client: S3Client;

  constructor(access: CloudAccess) {
    this.client = new S3Client(bucketOptions(access));
  }

  async read(object: StoredObject): Promise<AsyncIterable<Uint8Array> | undefined> {
    try {
      const answer = await this.client.send(new GetObjectCommand({ Bucket: object.bucket, Key: object.key, IfMatch: `"${object.etag}"` }));
      return answer.Body as Readable;
    } catch (error) {
      if (error instanceof S3ServiceException && SUPERSEDED.has(error.$metadata.httpStatusCode ?? 0)) return undefined;
      throw error;
    }
  }
}
