import { Construct } from 'constructs';
import { type IGrantee } from '../identity/grantee.js';
import { type IBenchBucket } from './bucket-ref.js';
import { grantBucketRead, grantBucketWrite } from './bucket-grants.js';

/**
 * A bucket made elsewhere, known by its name alone. Nothing is looked up, so a bucket that is gone stops no
 * destroy of what was granted rights on it.
 */
export class ExistingBucket extends Construct implements IBenchBucket {
  readonly bucketName: string;
  readonly bucketArn: string;

  /** @param label begins the ids of the statements that grants add: letters and digits */
  constructor(scope: Construct, id: string, private readonly label: string, bucketName: string) {
    super(scope, id);
    this.bucketName = bucketName;
    this.bucketArn = `arn:aws:s3:::${bucketName}`;
  }

  grantRead(grantee: IGrantee, prefix?: string): void {
    grantBucketRead(this.granted, grantee, prefix);
  }

  grantWrite(grantee: IGrantee, prefix: string): void {
    grantBucketWrite(this, this.granted, grantee, prefix);
  }

  private get granted(): { readonly label: string; readonly bucketArn: string } {
    return { label: this.label, bucketArn: this.bucketArn };
  }
}
