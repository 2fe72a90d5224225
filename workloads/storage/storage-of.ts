import { isS3Uri } from '../model/storage-uri.js';
import { LocalStorage } from './local/local-storage.js';
import { S3Storage } from './s3/s3-storage.js';
import type { Storage } from './storage.js';

const local = new LocalStorage();
const s3 = new S3Storage();

/** The storage a location belongs to: S3 for `s3://`, this machine for the rest. Nothing of S3 is loaded before its first call. */
export function storageOf(uri: string): Storage {
  return isS3Uri(uri) ? s3 : local;
}
