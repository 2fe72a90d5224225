import { type IGrantee } from '../identity/grantee.js';

/** A bucket that rights can be granted on, made here or elsewhere. */
export interface IBenchBucket {
  readonly bucketName: string;
  readonly bucketArn: string;
  /** List and read below a prefix (default: the whole bucket). Actions: s3:ListBucket, s3:GetBucketLocation, s3:GetObject. */
  grantRead(grantee: IGrantee, prefix?: string): void;
  /** Write, finish or abort uploads, and delete below a prefix. Actions: s3:PutObject, s3:DeleteObject, s3:AbortMultipartUpload, s3:ListMultipartUploadParts. */
  grantWrite(grantee: IGrantee, prefix: string): void;
}
