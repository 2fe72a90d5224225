import { type Construct } from 'constructs';
import { PrivateBucket } from './private-bucket.js';

const SOURCE_DAYS = 7;

export interface SourceBucketProps {
  /** Name of the bucket (model/physical-names sourceBucketName). */
  readonly bucketName: string;
}

/** The bucket of source archives that images are built from: each is read once, so all expire and a destroy takes them along. */
export class SourceBucket extends PrivateBucket {
  constructor(scope: Construct, id: string, props: SourceBucketProps) {
    super(scope, id, {
      bucketName: props.bucketName,
      deleteOnDestroy: true,
      label: 'Source',
      expiries: [{ id: 'archives', prefix: '', days: SOURCE_DAYS }],
    });
  }
}
