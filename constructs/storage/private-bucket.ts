import { S3Bucket } from '@cdktf/provider-aws/lib/s3-bucket';
import { S3BucketLifecycleConfiguration, type S3BucketLifecycleConfigurationRule } from '@cdktf/provider-aws/lib/s3-bucket-lifecycle-configuration';
import { S3BucketOwnershipControls } from '@cdktf/provider-aws/lib/s3-bucket-ownership-controls';
import { S3BucketPolicy } from '@cdktf/provider-aws/lib/s3-bucket-policy';
import { S3BucketPublicAccessBlock } from '@cdktf/provider-aws/lib/s3-bucket-public-access-block';
import { S3BucketServerSideEncryptionConfigurationA } from '@cdktf/provider-aws/lib/s3-bucket-server-side-encryption-configuration';
import { S3BucketVersioningA } from '@cdktf/provider-aws/lib/s3-bucket-versioning';
import { type ITerraformDependable } from 'cdktf';
import { Construct } from 'constructs';
import { type IGrantee } from '../identity/grantee.js';
import { refuse } from '../problems.js';
import { type IBenchBucket } from './bucket-ref.js';
import { grantBucketRead, grantBucketWrite } from './bucket-grants.js';

/** Objects below a prefix go after days. */
export interface Expiry {
  /** Letters, digits, hyphens: name of the rule. */
  readonly id: string;
  /** Empty: every object. */
  readonly prefix: string;
  readonly days: number;
}

export interface PrivateBucketProps {
  readonly bucketName: string;
  /** Whether destroying deletes what is in it; without, destroying a bucket that holds something fails. */
  readonly deleteOnDestroy: boolean;
  /** Begins the ids of the statements that grants add: letters and digits. */
  readonly label: string;
  readonly expiries: readonly Expiry[];
  /** Days for which an overwritten or deleted object can be brought back; absent: not at all. */
  readonly restorableDays?: number;
}

/** Days after which parts of an upload that nobody finished are deleted: they are billed and never seen. */
const ABORTED_UPLOAD_DAYS = 1;

/**
 * A bucket that nobody outside the account reads: no public access by any way, no access control lists, TLS
 * only, encrypted with S3's own keys (a key of ours would cost by the request and outlive a destroy by a week).
 */
export class PrivateBucket extends Construct implements IBenchBucket {
  readonly bucketName: string;
  readonly bucketArn: string;
  /** Whoever puts objects in by Terraform comes after these, and goes before them. */
  readonly protection: readonly ITerraformDependable[];
  private readonly label: string;

  constructor(scope: Construct, id: string, props: PrivateBucketProps) {
    super(scope, id);
    refuse(this, [...bucketNameProblems(props.bucketName), ...props.expiries.flatMap(expiryProblems)]);
    const bucket = new S3Bucket(this, 'Resource', { bucket: props.bucketName, forceDestroy: props.deleteOnDestroy });
    this.bucketName = bucket.bucket;
    this.bucketArn = bucket.arn;
    this.label = props.label;
    this.protection = [...protect(this, bucket), ...arrange(this, bucket, props)];
  }

  grantRead(grantee: IGrantee, prefix?: string): void {
    grantBucketRead({ label: this.label, bucketArn: this.bucketArn }, grantee, prefix);
  }

  grantWrite(grantee: IGrantee, prefix: string): void {
    grantBucketWrite(this, { label: this.label, bucketArn: this.bucketArn }, grantee, prefix);
  }
}

/** One after the other: S3 answers two changes of a bucket's access at once with a conflict. */
function protect(scope: Construct, bucket: S3Bucket): ITerraformDependable[] {
  const blocked = new S3BucketPublicAccessBlock(scope, 'PublicAccess', {
    bucket: bucket.id,
    blockPublicAcls: true,
    blockPublicPolicy: true,
    ignorePublicAcls: true,
    restrictPublicBuckets: true,
  });
  const owned = new S3BucketOwnershipControls(scope, 'Ownership', {
    bucket: bucket.id,
    rule: { objectOwnership: 'BucketOwnerEnforced' },
    dependsOn: [blocked],
  });
  const tlsOnly = {
    Sid: 'TlsOnly',
    Effect: 'Deny',
    Principal: '*',
    Action: 's3:*',
    Resource: [bucket.arn, `${bucket.arn}/*`],
    Condition: { Bool: { 'aws:SecureTransport': 'false' } },
  };
  const policy = new S3BucketPolicy(scope, 'Policy', {
    bucket: bucket.id,
    policy: JSON.stringify({ Version: '2012-10-17', Statement: [tlsOnly] }),
    dependsOn: [owned],
  });
  return [blocked, owned, policy];
}

/** How objects are kept: encrypted, versioned or not, and for how long. */
function arrange(scope: Construct, bucket: S3Bucket, props: PrivateBucketProps): ITerraformDependable[] {
  const encrypted = new S3BucketServerSideEncryptionConfigurationA(scope, 'Encryption', {
    bucket: bucket.id,
    rule: [{ applyServerSideEncryptionByDefault: { sseAlgorithm: 'AES256' }, bucketKeyEnabled: true }],
  });
  const versioned = props.restorableDays === undefined
    ? []
    : [new S3BucketVersioningA(scope, 'Versioning', { bucket: bucket.id, versioningConfiguration: { status: 'Enabled' } })];
  const lifecycle = new S3BucketLifecycleConfiguration(scope, 'Lifecycle', {
    bucket: bucket.id,
    rule: lifecycleRules(props),
    dependsOn: versioned,
  });
  return [encrypted, ...versioned, lifecycle];
}

function lifecycleRules({ expiries, restorableDays }: PrivateBucketProps): S3BucketLifecycleConfigurationRule[] {
  const expiring = expiries.map(({ id, prefix, days }) => ({
    id,
    status: 'Enabled',
    filter: [{ prefix }],
    expiration: [{ days }],
    // What expires on purpose is not kept as a version either.
    ...(restorableDays === undefined ? {} : { noncurrentVersionExpiration: [{ noncurrentDays: 1 }] }),
  }));
  const everything = {
    id: 'aborted-uploads',
    status: 'Enabled',
    filter: [{ prefix: '' }],
    abortIncompleteMultipartUpload: [{ daysAfterInitiation: ABORTED_UPLOAD_DAYS }],
    ...(restorableDays === undefined ? {} : { noncurrentVersionExpiration: [{ noncurrentDays: restorableDays }] }),
  };
  return [...expiring, everything];
}

function bucketNameProblems(bucketName: string): string[] {
  // A name that holds an expression is known to Terraform alone.
  if (bucketName.includes('${') || /^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/.test(bucketName)) return [];
  return [`bucketName "${bucketName}" is no name of a bucket; take 3 to 63 lower-case letters, digits and hyphens, a letter or digit first and last.`];
}

function expiryProblems({ prefix, days }: Expiry): string[] {
  if (Number.isInteger(days) && days >= 1) return [];
  return [`objects below "${prefix}" would expire after ${days} days; take a whole number from 1.`];
}
