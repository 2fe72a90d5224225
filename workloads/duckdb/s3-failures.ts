import { FlowbenchError } from '../model/errors.js';

/** `HTTP GET error reading '…' (HTTP 403 Forbidden)`, `Request returned HTTP 503 for HTTP HEAD to '…'`. */
const STATUS = /\bHTTP (\d{3})\b/;
/** A connection that failed on the way: `Could not connect to server error for HTTP GET to '…'`. */
const CONNECTION = /^IO Error: .* error for HTTP [A-Z]+ to /;
/** S3's own name of the failure, on a line after the first. */
const NAME = /^([A-Z][A-Za-z]+): /;
const CERTIFICATE = /certificate|SSL CA/i;
const PASSING = [408, 429, 500, 502, 503, 504];

/**
 * What DuckDB's httpfs says of S3, as `storage_read` with what to do; null when the message is about something
 * else. httpfs has repeated the request for half a minute by then.
 */
export function s3ReadError(message: string, cause: unknown): FlowbenchError | null {
  const [first = '', ...others] = message.split('\n');
  const status = /^HTTP Error/.test(first) ? STATUS.exec(first)?.[1] : undefined;
  if (status !== undefined) {
    const name = others.map((line) => NAME.exec(line)?.[1]).find((found) => found !== undefined);
    const what = name === undefined ? first : `${first}: ${name}`;
    const remedy = remedyOf(Number(status), name);
    return new FlowbenchError('storage_read', `DuckDB: ${what}`, { cause, retryable: PASSING.includes(Number(status)), ...(remedy === undefined ? {} : { remedy }) });
  }
  if (!CONNECTION.test(first)) return null;
  if (!CERTIFICATE.test(first)) return new FlowbenchError('storage_read', `DuckDB: ${first}`, { cause, retryable: true });
  return new FlowbenchError('storage_read', `DuckDB: ${first}`, { cause, remedy: 'Install the certificates of the system (package ca-certificates).' });
}

function remedyOf(status: number, name: string | undefined): string | undefined {
  if (name === 'ExpiredToken') return 'The AWS credentials have expired: sign in again.';
  if (status === 301 || name === 'AuthorizationHeaderMalformed' || name === 'PermanentRedirect') return 'The bucket lies in another region: set AWS_REGION to it.';
  if (status === 403) return 'Grant s3:GetObject on it to the role in use. To who may not list the bucket, an object that is not there shows as 403 too.';
  if (status === 404) return 'The object, or its bucket, is not there any more.';
  return undefined;
}
