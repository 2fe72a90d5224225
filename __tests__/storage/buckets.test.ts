import { DatasetBucket } from '../../constructs/storage/dataset-bucket.js';
import { ResultsBucket } from '../../constructs/storage/results-bucket.js';
import { SourceBucket } from '../../constructs/storage/source-bucket.js';
import { awsStack, RecordingGrantee } from '../fixtures/aws-stack.js';

const KINDS = { DatasetBucket, ResultsBucket, SourceBucket };

describe.each(Object.entries(KINDS))('%s', (_name, Kind) => {
  const stack = awsStack((scope) => new Kind(scope, 'Bucket', { bucketName: 'a-bucket' }));

  it('lets nothing public in', () => {
    expect(stack.only('aws_s3_bucket_public_access_block')).toMatchObject({
      block_public_acls: true, block_public_policy: true, ignore_public_acls: true, restrict_public_buckets: true,
    });
    expect(stack.only('aws_s3_bucket_ownership_controls')).toMatchObject({ rule: { object_ownership: 'BucketOwnerEnforced' } });
  });

  it('encrypts with the keys of S3', () => {
    expect(stack.only('aws_s3_bucket_server_side_encryption_configuration').rule).toEqual([
      { apply_server_side_encryption_by_default: { sse_algorithm: 'AES256' }, bucket_key_enabled: true },
    ]);
  });

  it('refuses what does not come over TLS, and allows nothing by its policy', () => {
    const { Statement } = JSON.parse(stack.only('aws_s3_bucket_policy').policy as string) as { Statement: Record<string, unknown>[] };
    expect(Statement).toEqual([expect.objectContaining({ Effect: 'Deny', Principal: '*', Action: 's3:*', Condition: { Bool: { 'aws:SecureTransport': 'false' } } })]);
    expect(Statement[0]?.Resource).toHaveLength(2);
  });

  it('changes its access one step after the other, which S3 would answer with a conflict', () => {
    const [blocked] = Object.keys(stack.resources('aws_s3_bucket_public_access_block'));
    const [owned] = Object.keys(stack.resources('aws_s3_bucket_ownership_controls'));
    expect(stack.only('aws_s3_bucket_ownership_controls').depends_on).toEqual([`aws_s3_bucket_public_access_block.${blocked}`]);
    expect(stack.only('aws_s3_bucket_policy').depends_on).toEqual([`aws_s3_bucket_ownership_controls.${owned}`]);
  });

  it('drops parts of uploads that nobody finished after a day', () => {
    const rules = stack.only('aws_s3_bucket_lifecycle_configuration').rule as Record<string, unknown>[];
    expect(rules.at(-1)).toMatchObject({ status: 'Enabled', filter: [{ prefix: '' }], abort_incomplete_multipart_upload: [{ days_after_initiation: 1 }] });
  });
});

describe('what is kept', () => {
  const rules = (build: Parameters<typeof awsStack>[0]) => awsStack(build).only('aws_s3_bucket_lifecycle_configuration').rule as Record<string, unknown>[];

  it('is every dataset, unversioned', () => {
    const stack = awsStack((scope) => new DatasetBucket(scope, 'Data', { bucketName: 'data' }));
    expect(stack.only('aws_s3_bucket')).toMatchObject({ bucket: 'data', force_destroy: false });
    expect(stack.resources('aws_s3_bucket_versioning')).toEqual({});
    expect(rules((scope) => new DatasetBucket(scope, 'Data', { bucketName: 'data' }))).toHaveLength(1);
  });

  it('is every result, and what was overwritten for 30 days, but partial results for 7', () => {
    const [partials, events, rest] = rules((scope) => new ResultsBucket(scope, 'Results', { bucketName: 'results' }));
    expect(partials).toMatchObject({ filter: [{ prefix: 'partials/' }], expiration: [{ days: 7 }], noncurrent_version_expiration: [{ noncurrent_days: 1 }] });
    expect(events).toMatchObject({ filter: [{ prefix: 'spark-event-logs/' }], expiration: [{ days: 30 }] });
    expect(rest).toMatchObject({ filter: [{ prefix: '' }], noncurrent_version_expiration: [{ noncurrent_days: 30 }] });
    expect(rest).not.toHaveProperty('expiration');
  });

  it('is deleted by a destroy only when asked for, but source archives always', () => {
    const forced = (build: Parameters<typeof awsStack>[0]) => awsStack(build).only('aws_s3_bucket').force_destroy;
    expect(forced((scope) => new DatasetBucket(scope, 'B', { bucketName: 'data', deleteOnDestroy: true }))).toBe(true);
    expect(forced((scope) => new ResultsBucket(scope, 'B', { bucketName: 'results' }))).toBe(false);
    expect(forced((scope) => new SourceBucket(scope, 'B', { bucketName: 'source' }))).toBe(true);
  });
});

describe('bad props', () => {
  it('are refused all at once, with the path of the construct', () => {
    expect(() => awsStack((scope) => new ResultsBucket(scope, 'Results', { bucketName: 'Not_A_Name', partialsDays: 0, sparkEventsDays: 1.5 }))).toThrow(
      /3 problems:\n.*test-stack\/Results: bucketName "Not_A_Name"[\s\S]*"partials\/"[\s\S]*"spark-event-logs\/"/,
    );
  });

  it('let a name pass that only Terraform knows', () => {
    expect(() => awsStack((scope) => new DatasetBucket(scope, 'Data', { bucketName: 'data-${local.account}' }))).not.toThrow();
  });
});

describe('rights on a bucket', () => {
  const arn = 'arn:aws:s3:::data';
  function granted(grant: (bucket: ReturnType<typeof DatasetBucket.fromBucketName>, grantee: RecordingGrantee) => void): RecordingGrantee['statements'] {
    const grantee = new RecordingGrantee();
    awsStack((scope) => {
      grant(DatasetBucket.fromBucketName(scope, 'Data', 'data'), grantee);
    });
    return grantee.statements;
  }

  it('are to list and read everything', () => {
    expect(granted((bucket, grantee) => { bucket.grantRead(grantee); })).toEqual([
      { sid: 'LocateDatasets', actions: ['s3:GetBucketLocation'], resources: [arn] },
      { sid: 'ListDatasets', actions: ['s3:ListBucket'], resources: [arn] },
      { sid: 'ReadDatasets', actions: ['s3:GetObject'], resources: [`${arn}/*`] },
    ]);
  });

  it('are to list and read below a prefix, and no neighbour that begins alike', () => {
    const statements = granted((bucket, grantee) => { bucket.grantRead(grantee, 'tpch/sf1/'); });
    expect(statements[1]).toEqual({ sid: 'ListDatasetsTpchSf1', actions: ['s3:ListBucket'], resources: [arn], conditions: { StringLike: { 's3:prefix': ['tpch/sf1/*'] } } });
    expect(statements[2]?.resources).toEqual([`${arn}/tpch/sf1/*`]);
  });

  it('are to write below a prefix', () => {
    expect(granted((bucket, grantee) => { bucket.grantWrite(grantee, 'tpch/sf0.1'); })).toEqual([
      { sid: 'WriteDatasetsTpchSf01', actions: ['s3:PutObject', 's3:DeleteObject', 's3:AbortMultipartUpload', 's3:ListMultipartUploadParts'], resources: [`${arn}/tpch/sf0.1/*`] },
    ]);
  });

  it.each(['', '/'])('are never to write everywhere (prefix "%s")', (prefix) => {
    expect(() => granted((bucket, grantee) => { bucket.grantWrite(grantee, prefix); })).toThrow(/test-stack\/Data: grantWrite of the prefix "" is the whole bucket/);
  });

  it('have ids that meet in one policy', () => {
    const grantee = new RecordingGrantee();
    awsStack((scope) => {
      const buckets = [DatasetBucket.fromBucketName(scope, 'Data', 'data'), ResultsBucket.fromBucketName(scope, 'Results', 'results')];
      for (const bucket of buckets) for (const prefix of ['tpch/sf1', 'tpch/sf10']) bucket.grantRead(grantee, prefix);
    });
    const ids = grantee.statements.map(({ sid }) => sid);
    expect(new Set(ids).size).toBe(12);
    expect(ids.every((sid) => /^[A-Za-z0-9]+$/.test(sid))).toBe(true);
  });
});
