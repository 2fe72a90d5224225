import { Token } from 'cdktf';
import { type Construct } from 'constructs';
import { type IGrantee } from '../identity/grantee.js';
import { refuse } from '../problems.js';

/** What a grant needs to know of a bucket. */
export interface GrantedBucket {
  /** `Datasets`, `Results`: begins the ids of the statements, so that grants on two buckets never collide in one policy. */
  readonly label: string;
  readonly bucketArn: string;
}

const trimmed = (prefix: string): string => prefix.replace(/^\/+|\/+$/g, '');

/** `tpch/sf0.1` → `TpchSf01`; what only Terraform knows cannot be part of an id. */
function prefixLabel(prefix: string): string {
  if (Token.isUnresolved(prefix)) return 'Computed';
  return prefix.split(/[^A-Za-z0-9]+/).map((word) => word.slice(0, 1).toUpperCase() + word.slice(1)).join('');
}

/** Lists and reads below a prefix; without one, the whole bucket. */
export function grantBucketRead(bucket: GrantedBucket, grantee: IGrantee, prefix = ''): void {
  const below = trimmed(prefix);
  const id = `${bucket.label}${prefixLabel(below)}`;
  grantee.addToPolicy({ sid: `Locate${id}`, actions: ['s3:GetBucketLocation'], resources: [bucket.bucketArn] });
  grantee.addToPolicy({
    sid: `List${id}`,
    actions: ['s3:ListBucket'],
    resources: [bucket.bucketArn],
    // `x/*` matches `x/` too, and not the neighbour `x0/`.
    ...(below === '' ? {} : { conditions: { StringLike: { 's3:prefix': [`${below}/*`] } } }),
  });
  grantee.addToPolicy({ sid: `Read${id}`, actions: ['s3:GetObject'], resources: [objectsBelow(bucket, below)] });
}

/** Writes, finishes or aborts uploads, and deletes below a prefix. */
export function grantBucketWrite(scope: Construct, bucket: GrantedBucket, grantee: IGrantee, prefix: string): void {
  const below = trimmed(prefix);
  refuse(scope, below === '' ? ['grantWrite of the prefix "" is the whole bucket; name the folder that is written to.'] : []);
  grantee.addToPolicy({
    sid: `Write${bucket.label}${prefixLabel(below)}`,
    actions: ['s3:PutObject', 's3:DeleteObject', 's3:AbortMultipartUpload', 's3:ListMultipartUploadParts'],
    resources: [objectsBelow(bucket, below)],
  });
}

function objectsBelow(bucket: GrantedBucket, prefix: string): string {
  return prefix === '' ? `${bucket.bucketArn}/*` : `${bucket.bucketArn}/${prefix}/*`;
}
