import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { FlowbenchError } from '../model/errors.js';
import { isS3Uri } from '../model/storage-uri.js';
import { storageOf } from '../storage/storage-of.js';

/** Gives `work` a file of this machine: the very one, or a copy of an object in S3 that is removed afterwards. */
export async function withLocalCopy<T>(location: string, work: (path: string) => Promise<T>): Promise<T> {
  if (!isS3Uri(location)) return work(location);
  const folder = await mkdtemp(join(tmpdir(), 'flowbench-copy-'));
  try {
    const path = join(folder, basename(location));
    await storageOf(location).download(location, path);
    return await work(path);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Datasets are made in folders: throws `configuration` for a place in S3, saying how one comes there. */
export function refuseS3(what: string, uri: string): void {
  if (!isS3Uri(uri)) return;
  throw new FlowbenchError('configuration', `${what} works on a folder of this machine, and ${uri} is in S3.`, {
    remedy: `Work in a local folder and copy it when it is done ("aws s3 sync FOLDER ${uri}"), or make the dataset in your account with "flowbench datagen --target ec2".`,
  });
}
