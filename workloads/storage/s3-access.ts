import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { FlowbenchError } from '../model/errors.js';
import type { S3Access, S3Credentials, S3Reach } from '../model/s3-access.js';
import { isS3Uri, parseS3Uri } from '../model/storage-uri.js';
import { authoritiesFile } from './authorities-file.js';
import { retrying } from './retry.js';
import { s3Connection, type S3Connection } from './s3/client.js';
import { s3Failure, type S3Call } from './s3/failures.js';
import { s3Settings } from './settings.js';

/** Credentials that end sooner are replaced: a long query must not lose them on its way. */
const LEAST_VALIDITY_MS = 15 * 60 * 1000;

/**
 * What an embedded engine needs to read these locations by itself; undefined when none of them is in S3.
 * Throws `tool_missing` without the extension, `configuration` without a region or credentials.
 */
export async function s3AccessFor(uris: readonly string[]): Promise<S3Access | undefined> {
  const first = uris.find(isS3Uri);
  if (first === undefined) return undefined;
  const extensionFile = await extensionFor(first);
  const reach = await reachOf(first);
  const authorities = await authoritiesFile();
  return { ...reach, extensionFile, ...(authorities === undefined ? {} : { authoritiesFile: authorities }) };
}

/**
 * What an engine that has its own client of S3 needs to read these locations; undefined when none of them is in S3.
 * Throws `configuration` without a region or credentials.
 */
export async function s3ReachFor(uris: readonly string[]): Promise<S3Reach | undefined> {
  const first = uris.find(isS3Uri);
  return first === undefined ? undefined : reachOf(first);
}

async function reachOf(first: string): Promise<S3Reach> {
  const connection = await s3Connection();
  const call: S3Call = { action: 'read', ...parseS3Uri(first) };
  const { region, endpoint } = connection.place;
  if (region === undefined) throw s3Failure(new Error('Region is missing'), call, connection.place);
  const credentials = () => currentCredentials(connection, call);
  // Asked once at least, so that who has none is told here and not by a query.
  await credentials();
  return { region, credentials, ...(endpoint === undefined ? {} : { endpoint }) };
}

async function extensionFor(uri: string): Promise<string> {
  const file = s3Settings().httpfsFile;
  const found = file !== undefined && (await access(file, constants.R_OK).then(() => true, () => false));
  if (found) return file;
  throw new FlowbenchError('tool_missing', `DuckDB reads ${uri} by its extension httpfs, which is not ${file === undefined ? 'named' : `at ${file}`}.`, {
    remedy: 'Install it once with "flowbench s3 install", or name its file by FLOWBENCH_HTTPFS.',
  });
}

async function currentCredentials({ client, place, retry }: S3Connection, call: S3Call): Promise<S3Credentials> {
  return retrying(async () => {
    try {
      const known = await client.config.credentials();
      const isEnding = known.expiration !== undefined && known.expiration.getTime() - Date.now() < LEAST_VALIDITY_MS;
      const { accessKeyId, secretAccessKey, sessionToken, expiration } = isEnding ? await client.config.credentials({ forceRefresh: true }) : known;
      return {
        accessKeyId, secretAccessKey,
        ...(sessionToken === undefined ? {} : { sessionToken }),
        ...(expiration === undefined ? {} : { expiresAt: expiration }),
      };
    } catch (cause) {
      throw s3Failure(cause, call, place);
    }
  }, retry);
}
