import type { S3Client } from '@aws-sdk/client-s3';
import { DEFAULT_RETRY } from '../retry.js';
import type { RetrySettings } from '../retry-settings.js';
import { s3Settings, type S3Settings } from '../settings.js';
import type { S3Place } from './failures.js';
import type * as Sdk from './sdk.js';

/** The SDK, loaded, and a client of it. */
export interface S3Connection {
  readonly sdk: typeof Sdk;
  readonly client: S3Client;
  readonly place: S3Place;
  readonly retry: RetrySettings;
}

/** A server that does not take a connection, or falls silent: asked again rather than waited for. */
const CONNECT_TIMEOUT_MS = 5_000;
const SILENCE_TIMEOUT_MS = 20_000;
/** S3-compatible servers have none of their own, and the SDK insists on one. */
const REGION_OF_SERVERS = 'us-east-1';

let made: { readonly settings: S3Settings; readonly connection: Promise<S3Connection> } | null = null;

/** Made at its first use and when other settings were told; one for all calls, as it keeps connections open. */
export async function s3Connection(): Promise<S3Connection> {
  const settings = s3Settings();
  if (made?.settings !== settings) made = { settings, connection: connect(settings) };
  return made.connection;
}

async function connect(settings: S3Settings): Promise<S3Connection> {
  const sdk = await import('./sdk.js');
  const { endpoint } = settings;
  const region = settings.region ?? (endpoint === undefined ? undefined : REGION_OF_SERVERS);
  const client = new sdk.S3Client({
    ...(region === undefined ? {} : { region }),
    ...(endpoint === undefined ? {} : { endpoint, forcePathStyle: true }),
    // Calls are repeated by retry.ts, which knows what each is for, and for how long.
    maxAttempts: 1,
    // The newer checksums are refused by servers that do not know them; a conditional write needs none.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    requestHandler: { connectionTimeout: CONNECT_TIMEOUT_MS, socketTimeout: SILENCE_TIMEOUT_MS },
  });
  const known = region ?? (await client.config.region().catch(() => undefined));
  return {
    sdk, client, retry: { ...DEFAULT_RETRY, ...settings.retry },
    place: { ...(known === undefined ? {} : { region: known }), ...(endpoint === undefined ? {} : { endpoint }) },
  };
}
