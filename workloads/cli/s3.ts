import { join } from 'node:path';
import { HTTPFS } from '../../images/versions.js';
import { FlowbenchError } from '../model/errors.js';
import { useS3 } from '../storage/settings.js';
import { cacheFolder } from './cache-folder.js';

/** The version of DuckDB that the extension must be made for: its very own. */
export const HTTPFS_VERSION = HTTPFS.version;

/** Where `flowbench s3 install` puts DuckDB's extension. */
export function defaultHttpfsFile(): string {
  return join(cacheFolder(), `httpfs-${HTTPFS_VERSION}`, 'httpfs.duckdb_extension');
}

/** The one in use: named by FLOWBENCH_HTTPFS, or the installed one. */
export function httpfsFile(environment: NodeJS.ProcessEnv = process.env): string {
  const named = environment.FLOWBENCH_HTTPFS;
  return named === undefined || named === '' ? defaultHttpfsFile() : named;
}

/**
 * Tells how S3 is reached, from the environment as every AWS tool reads it: AWS_REGION (or AWS_DEFAULT_REGION),
 * AWS_ENDPOINT_URL_S3 (or AWS_ENDPOINT_URL); besides, FLOWBENCH_HTTPFS names the file of DuckDB's extension, and
 * FLOWBENCH_S3_RETRY_SECONDS how long a lost server is waited for. Costs nothing where no location is in S3.
 */
export function setUpS3(environment: NodeJS.ProcessEnv = process.env): void {
  // It tells who writes programs, not who runs them; the version of Node is our affair.
  environment.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';
  const value = (...names: readonly string[]): string | undefined => names.map((name) => environment[name]).find((text) => text !== undefined && text !== '');
  const region = value('AWS_REGION', 'AWS_DEFAULT_REGION');
  const endpoint = value('AWS_ENDPOINT_URL_S3', 'AWS_ENDPOINT_URL');
  const seconds = value('FLOWBENCH_S3_RETRY_SECONDS');
  useS3({
    httpfsFile: httpfsFile(environment),
    ...(region === undefined ? {} : { region }),
    ...(endpoint === undefined ? {} : { endpoint: endpointOf(endpoint) }),
    ...(seconds === undefined ? {} : { retry: { budgetMs: secondsOf(seconds) * 1000 } }),
  });
}

function endpointOf(text: string): string {
  if (/^https?:\/\/[^/]+\/?$/.test(text)) return text.replace(/\/$/, '');
  throw new FlowbenchError('configuration', `AWS_ENDPOINT_URL is "${text}", which is no address of a server.`, { remedy: 'Write it as http://host:port, without a path.' });
}

function secondsOf(text: string): number {
  const seconds = Number(text);
  if (Number.isFinite(seconds) && seconds >= 0) return seconds;
  throw new FlowbenchError('configuration', `FLOWBENCH_S3_RETRY_SECONDS is "${text}", which is no number of seconds.`);
}
