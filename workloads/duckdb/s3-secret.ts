import type { DuckDBConnection } from '@duckdb/node-api';
import { FlowbenchError, messageOf } from '../model/errors.js';
import type { S3Access, S3Credentials } from '../model/s3-access.js';
import { quoteLiteral } from './compose.js';

/** Credentials are renewed this long before they end: a statement must not lose them on its way. */
const RENEW_BEFORE_MS = 10 * 60 * 1000;
/** Where even new ones end soon, they are asked for no more often than this. */
const ASK_EVERY_MS = 30 * 1000;

/**
 * One try at once and nine more after waits from 0.5 s to 12.8 s: a server that is gone for 20 s is carried, one
 * that stays gone is told of after 37 s. What S3 refuses is tried as often, which cannot be set apart. Connections outlive the file they were opened for: a dataset has many.
 */
const HTTP_SETTINGS = `SET GLOBAL http_retries = 10;
SET GLOBAL http_retry_wait_ms = 500;
SET GLOBAL http_retry_backoff = 1.5;
SET GLOBAL http_timeout = 30;
SET GLOBAL httpfs_connection_caching = true;`;

/**
 * Loads the extension that reads S3 from its file; nothing is ever fetched. Throws `tool_missing` for a file
 * that DuckDB refuses: of another version, say.
 */
export async function loadS3(connection: DuckDBConnection, { extensionFile, authoritiesFile }: S3Access): Promise<void> {
  try {
    // A stored secret of the user's own DuckDB could otherwise be used instead of ours.
    await connection.run('SET GLOBAL allow_persistent_secrets = false');
    await connection.run(`LOAD ${quoteLiteral(extensionFile)}`);
  } catch (cause) {
    throw new FlowbenchError('tool_missing', `DuckDB cannot load its extension httpfs from ${extensionFile} (${(messageOf(cause).split('\n')[0] ?? '').trim()}).`, {
      remedy: 'Install the one for this version and platform with "flowbench s3 install", or name it by FLOWBENCH_HTTPFS.', cause,
    });
  }
  await connection.run(HTTP_SETTINGS);
  if (authoritiesFile !== undefined) await connection.run(`SET GLOBAL ca_cert_file = ${quoteLiteral(authoritiesFile)}`);
}

/** Keeps DuckDB's credentials valid for as long as a session is open. */
export class S3Secret {
  private renewAtMs = 0;
  private known = '';

  constructor(
    private readonly connection: DuckDBConnection,
    private readonly access: S3Access,
    private readonly nowMs: () => number = () => Date.now(),
  ) {}

  close(): void {
    this.connection.closeSync();
  }

  /** Before each statement: costs nothing until the credentials come near their end. */
  async renew(): Promise<void> {
    if (this.nowMs() < this.renewAtMs) return;
    const credentials = await this.access.credentials();
    const statement = secretStatement(this.access, credentials);
    if (statement !== this.known) await this.connection.run(statement);
    this.known = statement;
    const { expiresAt } = credentials;
    this.renewAtMs = expiresAt === undefined ? Infinity : Math.max(expiresAt.getTime() - RENEW_BEFORE_MS, this.nowMs() + ASK_EVERY_MS);
  }
}

function secretStatement({ region, endpoint }: S3Access, { accessKeyId, secretAccessKey, sessionToken }: S3Credentials): string {
  const options = [`KEY_ID ${quoteLiteral(accessKeyId)}`, `SECRET ${quoteLiteral(secretAccessKey)}`, `REGION ${quoteLiteral(region)}`];
  if (sessionToken !== undefined) options.push(`SESSION_TOKEN ${quoteLiteral(sessionToken)}`);
  if (endpoint !== undefined) {
    const { protocol, host } = new URL(endpoint);
    options.push(`ENDPOINT ${quoteLiteral(host)}`, `URL_STYLE 'path'`, `USE_SSL ${protocol === 'https:'}`);
  }
  return `CREATE OR REPLACE SECRET flowbench_s3 (TYPE s3, ${options.join(', ')})`;
}
