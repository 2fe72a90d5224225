import { resolve } from 'node:path';
import type { DriverSession } from '../../model/driver-protocol.js';
import { isS3Uri } from '../../model/storage-uri.js';
import { s3ReachFor } from '../../storage/s3-access.js';
import type { SessionContext } from '../contract.js';

/** What a driver is to open, from what every engine is given. `options` is what its own program understands besides. */
export function driverSession(context: SessionContext, place: Pick<DriverSession, 'coordinator' | 'scratch_dir' | 'artifacts_dir' | 's3'>, options: Readonly<Record<string, string>>): DriverSession {
  const { uri, manifest } = context.dataset;
  const tables = Object.entries(manifest.tables).map(([name, { columns, files }]) => [name, { columns, files: files.map((file) => file.name) }] as const);
  return {
    ...place,
    session_id: context.sessionId,
    // The driver has a working directory of its own.
    dataset_uri: isS3Uri(uri) ? uri : resolve(uri),
    dataset_id: manifest.dataset_id,
    tables: Object.fromEntries(tables),
    threads: context.workers * context.threadsPerWorker,
    memory_bytes: context.workers * context.memoryLimitBytes,
    options,
  };
}

/** How a driver of this machine reaches a dataset in S3: the keys of this process; null for one that is a folder. */
export async function s3Of(datasetUri: string): Promise<DriverSession['s3']> {
  const reach = await s3ReachFor([datasetUri]);
  if (reach === undefined) return null;
  const { accessKeyId, secretAccessKey, sessionToken } = await reach.credentials();
  return { region: reach.region, endpoint: reach.endpoint ?? null, access_key_id: accessKeyId, secret_access_key: secretAccessKey, session_token: sessionToken ?? null };
}
