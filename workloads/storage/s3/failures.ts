import { FlowbenchError, messageOf, type ErrorCode } from '../../model/errors.js';

/** What was asked of S3, for the sentence about its failure. */
export interface S3Call {
  readonly action: S3Action;
  readonly bucket: string;
  /** Empty: the bucket itself. */
  readonly key: string;
}

export type S3Action = 'read' | 'list' | 'write' | 'remove';

/** Who was asked. */
export interface S3Place {
  readonly region?: string;
  /** Absent: AWS. */
  readonly endpoint?: string;
}

/** What an error of the SDK says, whatever class it is of. */
export interface S3Answer {
  /** `NoSuchKey`, `AccessDenied`, …; of a failed connection `ECONNREFUSED`, …. */
  readonly name: string;
  readonly status: number | undefined;
  readonly message: string;
  /** The bucket's region, where the answer names it. */
  readonly bucketRegion: string | undefined;
}

const PERMISSIONS: Readonly<Record<S3Action, string>> = { read: 's3:GetObject', list: 's3:ListBucket', write: 's3:PutObject', remove: 's3:DeleteObject' };

const UNREACHABLE = /^(TimeoutError|ERR_STREAM_PREMATURE_CLOSE)$/;
/** In the name or in the words: the SDK wraps some errors and keeps only their words. */
const LOST_CONNECTION = /\b(ECONNREFUSED|ECONNRESET|ECONNABORTED|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|EHOSTDOWN|ENOTFOUND|EAI_AGAIN)\b|socket hang up|aborted|premature close|network socket disconnected/i;
const EXPIRED = /^(ExpiredToken|ExpiredTokenException|TokenRefreshRequired)$/;
const REFUSED_KEYS = /^(InvalidAccessKeyId|SignatureDoesNotMatch|InvalidToken|InvalidClientTokenId|UnrecognizedClientException|InvalidIdentityToken|AuthFailure)$/;
const OTHER_REGION = /^(PermanentRedirect|AuthorizationHeaderMalformed|IllegalLocationConstraintException|TemporaryRedirect)$/;
const NO_CREDENTIALS = /^(CredentialsProviderError|TokenProviderError|ProviderError)$/;
const DENIED = /^(AccessDenied|AccessDeniedException|Forbidden|AllAccessDisabled)$/;
/** Two writers met, or this clock was off, which the SDK has corrected by now. */
const PASSING = /^(ConditionalRequestConflict|OperationAborted|RequestTimeTooSkewed|RequestTimeout|RequestTimeoutException|BadDigest|IncompleteBody|XAmzContentSHA256Mismatch|XAmzContentChecksumMismatch|NoSuchUpload)$/;
const SLOW_DOWN = /^(SlowDown|Throttling|ThrottlingException|TooManyRequestsException|RequestLimitExceeded|ServiceUnavailable|InternalError)$/;

/** Reads an error of the SDK by its shape. */
export function s3Answer(error: unknown): S3Answer {
  const fields = (typeof error === 'object' && error !== null ? error : {}) as {
    name?: unknown; code?: unknown; Code?: unknown; Region?: unknown;
    $metadata?: { httpStatusCode?: number }; $response?: { headers?: Readonly<Record<string, string>> };
  };
  const text = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);
  return {
    name: text(fields.Code) ?? text(fields.code) ?? text(fields.name) ?? 'Unknown',
    status: fields.$metadata?.httpStatusCode,
    message: (messageOf(error).split('\n')[0] ?? '').replace(/^AWS SDK error wrapper for (Error: )?/, ''),
    bucketRegion: text(fields.Region) ?? fields.$response?.headers?.['x-amz-bucket-region'],
  };
}

/** Gives a failure of S3 its code, one sentence, what to do, and whether another try may mend it. */
export function s3Failure(cause: unknown, call: S3Call, place: S3Place): FlowbenchError {
  if (cause instanceof FlowbenchError) return cause;
  const answer = s3Answer(cause);
  const mended = PASSING.test(answer.name) ? null : mendedByAPerson(answer, call, place);
  if (mended !== null) return new FlowbenchError('configuration', mended.what, { remedy: mended.remedy, cause });
  const code: ErrorCode = call.action === 'read' || call.action === 'list' ? 'storage_read' : 'storage_write';
  const { what, retryable } = mendedByTime(answer, call, place);
  return new FlowbenchError(code, what, { retryable, cause });
}

interface Mending {
  readonly what: string;
  readonly remedy: string;
}

function mendedByAPerson(answer: S3Answer, call: S3Call, place: S3Place): Mending | null {
  const { name, status, message } = answer;
  if (NO_CREDENTIALS.test(name)) return /expired/i.test(message) ? expired(answer) : noCredentials(answer);
  if (/region is missing/i.test(message)) return { what: `No AWS region is set, so ${locationOf(call)} cannot be asked for.`, remedy: 'Set AWS_REGION, or a region in the AWS profile.' };
  if (EXPIRED.test(name)) return expired(answer);
  if (REFUSED_KEYS.test(name)) {
    return { what: `${hostOf(place)} does not know the credentials that ${locationOf(call)} was asked for with (${name}).`, remedy: 'Look which they are with "aws sts get-caller-identity", and whether they belong to this endpoint.' };
  }
  if (name === 'NoSuchBucket') return { what: `${hostOf(place)} has no bucket ${call.bucket} (asked to ${call.action} ${locationOf(call)}).`, remedy: 'Check its name; a bucket of a deploy is made by that deploy.' };
  if (OTHER_REGION.test(name) || status === 301) return otherRegion(answer, call, place);
  if (DENIED.test(name) || status === 403) return denied(answer, call);
  if (status === 501 || name === 'NotImplemented') return { what: `${hostOf(place)} cannot do what is needed to ${call.action} ${locationOf(call)} (${name}: ${message}).`, remedy: 'Use AWS, or a server that has conditional writes, ranges and multipart uploads.' };
  return null;
}

function mendedByTime({ name, status, message }: S3Answer, call: S3Call, place: S3Place): { readonly what: string; readonly retryable: boolean } {
  const asked = `asked to ${call.action} ${locationOf(call)}`;
  if (UNREACHABLE.test(name) || (status === undefined && LOST_CONNECTION.test(`${name} ${message}`))) return { what: `${hostOf(place)} cannot be reached (${asked}: ${message === '' ? name : message}).`, retryable: true };
  if (SLOW_DOWN.test(name) || status === 429 || (status !== undefined && status >= 500)) {
    return { what: `${hostOf(place)} answered ${status ?? 'with an error'} (${asked}: ${name}).`, retryable: true };
  }
  const answered = status === undefined ? `${name}: ${message}` : `${status} ${name}: ${message}`;
  return { what: `${hostOf(place)} failed (${asked}: ${answered}).`, retryable: PASSING.test(name) };
}

function noCredentials({ message }: S3Answer): Mending {
  return { what: `No AWS credentials were found (${message}).`, remedy: 'Sign in ("aws sso login"), set AWS_PROFILE, or give the pod a service account with a role.' };
}

function expired({ name }: S3Answer): Mending {
  return { what: `The AWS credentials have expired (${name}).`, remedy: 'Sign in again ("aws sso login", or new session keys) and repeat the command.' };
}

function otherRegion({ name, bucketRegion }: S3Answer, call: S3Call, place: S3Place): Mending {
  const asked = place.region === undefined ? '' : `, not in ${place.region}`;
  if (bucketRegion === undefined || bucketRegion === place.region) {
    return { what: `The bucket ${call.bucket} lies in another region than ${place.region ?? 'the one asked'} (${name}).`, remedy: 'Set AWS_REGION to the region of the bucket ("aws s3api get-bucket-location" names it).' };
  }
  return { what: `The bucket ${call.bucket} lies in ${bucketRegion}${asked} (${name}).`, remedy: `Set AWS_REGION=${bucketRegion}, or use a bucket of the region you run in.` };
}

function denied({ name, status }: S3Answer, call: S3Call): Mending {
  const missing = call.action === 'read' ? ' To who may not list the bucket (s3:ListBucket), an object that is not there shows as this too.' : '';
  return {
    what: `S3 does not allow to ${call.action} ${locationOf(call)} (${status ?? 403} ${name}: ${PERMISSIONS[call.action]} on bucket ${call.bucket}${call.key === '' ? '' : `, key ${call.key}`}).${missing}`,
    remedy: `Grant ${PERMISSIONS[call.action]} to the role in use, or use credentials that have it.`,
  };
}

function locationOf({ bucket, key }: S3Call): string {
  return key === '' ? `s3://${bucket}` : `s3://${bucket}/${key}`;
}

function hostOf({ endpoint, region }: S3Place): string {
  if (endpoint !== undefined) return `S3 at ${endpoint}`;
  return region === undefined ? 'S3' : `S3 in ${region}`;
}
