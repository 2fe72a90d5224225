import { FlowbenchError } from '../../workloads/model/errors.js';
import { s3Failure, type S3Action, type S3Call, type S3Place } from '../../workloads/storage/s3/failures.js';

const CALL: S3Call = { action: 'read', bucket: 'b', key: 'tpch/x.parquet' };
const AWS: S3Place = { region: 'us-east-2' };

/** An error as the SDK makes it of an answer. */
function answered(status: number, name: string, more: object = {}): Error {
  return Object.assign(new Error(`the words of ${name}`), { name, $metadata: { httpStatusCode: status }, ...more });
}

function connection(code: string, message = `connect ${code} 127.0.0.1:1`): Error {
  return Object.assign(new Error(message), { code });
}

describe('a failure of S3', () => {
  it.each<[string, Error, string, boolean, RegExp]>([
    ['no access', answered(403, 'AccessDenied'), 'configuration', false, /read s3:\/\/b\/tpch\/x\.parquet \(403 AccessDenied: s3:GetObject on bucket b, key tpch\/x\.parquet\).*not there shows as this too/],
    ['no access without a reason', answered(403, '403'), 'configuration', false, /s3:GetObject/],
    ['no bucket', answered(404, 'NoSuchBucket'), 'configuration', false, /S3 in us-east-2 has no bucket b /],
    ['a bucket that moved', answered(301, 'PermanentRedirect', { $response: { headers: { 'x-amz-bucket-region': 'eu-west-1' } } }), 'configuration', false, /b lies in eu-west-1, not in us-east-2.*Set AWS_REGION=eu-west-1/],
    ['a signature for another region', answered(400, 'AuthorizationHeaderMalformed', { Region: 'eu-west-1' }), 'configuration', false, /b lies in eu-west-1, not in us-east-2/],
    ['another region that is not told', answered(301, 'PermanentRedirect'), 'configuration', false, /lies in another region than us-east-2.*get-bucket-location/],
    ['an expired token', answered(400, 'ExpiredToken'), 'configuration', false, /have expired \(ExpiredToken\)\. Sign in again/],
    ['an expired sign-in', Object.assign(new Error('The SSO session associated with this profile has expired.'), { name: 'CredentialsProviderError' }), 'configuration', false, /have expired/],
    ['no credentials', Object.assign(new Error('Could not load credentials from any providers'), { name: 'CredentialsProviderError' }), 'configuration', false, /No AWS credentials were found.*service account/],
    ['unknown keys', answered(403, 'InvalidAccessKeyId'), 'configuration', false, /does not know the credentials.*InvalidAccessKeyId/],
    ['no region', new Error('Region is missing'), 'configuration', false, /Set AWS_REGION/],
    ['what a server cannot do', answered(501, 'NotImplemented'), 'configuration', false, /conditional writes/],
    ['a refused connection', connection('ECONNREFUSED'), 'storage_read', true, /S3 in us-east-2 cannot be reached.*ECONNREFUSED/],
    ['a reset connection', connection('ECONNRESET', 'socket hang up'), 'storage_read', true, /cannot be reached/],
    ['an unknown name', connection('ENOTFOUND'), 'storage_read', true, /cannot be reached/],
    ['silence', Object.assign(new Error('timed out'), { name: 'TimeoutError' }), 'storage_read', true, /cannot be reached.*timed out/],
    ['a body that broke off', connection('ERR_STREAM_PREMATURE_CLOSE', 'Premature close'), 'storage_read', true, /cannot be reached/],
    ['too many requests', answered(503, 'SlowDown'), 'storage_read', true, /answered 503/],
    ['an error of the server', answered(500, 'InternalError'), 'storage_read', true, /answered 500/],
    ['an error of a balancer', answered(502, 'Unknown'), 'storage_read', true, /answered 502/],
    ['a clock that was off', answered(403, 'RequestTimeTooSkewed'), 'storage_read', true, /RequestTimeTooSkewed/],
    ['two writers at once', answered(409, 'ConditionalRequestConflict'), 'storage_read', true, /409 ConditionalRequestConflict/],
    ['anything else', answered(400, 'InvalidArgument'), 'storage_read', false, /400 InvalidArgument: the words of InvalidArgument/],
  ])('by %s has its code and its sentence', (_what, cause, code, retryable, sentence) => {
    const failure = s3Failure(cause, CALL, AWS);
    expect(failure).toMatchObject({ code, retryable, cause });
    expect(failure.sentence).toMatch(sentence);
    expect(failure.sentence).not.toMatch(/\n|undefined/);
  });

  it.each<[S3Action, string, string]>([
    ['read', 's3:GetObject', 'storage_read'], ['list', 's3:ListBucket', 'storage_read'], ['write', 's3:PutObject', 'storage_write'], ['remove', 's3:DeleteObject', 'storage_write'],
  ])('to %s names %s, or is of code %s', (action, permission, code) => {
    expect(s3Failure(answered(403, 'AccessDenied'), { ...CALL, action }, AWS).sentence).toContain(permission);
    expect(s3Failure(answered(500, 'InternalError'), { ...CALL, action }, AWS).code).toBe(code);
  });

  it('names the server that was asked, where it is not AWS', () => {
    expect(s3Failure(connection('ECONNREFUSED'), CALL, { endpoint: 'http://127.0.0.1:7070' }).message).toContain('S3 at http://127.0.0.1:7070');
  });

  it('stays what it is when it has its code already', () => {
    const known = new FlowbenchError('out_of_disk', 'full');
    expect(s3Failure(known, CALL, AWS)).toBe(known);
  });
});
