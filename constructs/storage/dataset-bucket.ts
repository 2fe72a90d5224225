import { type Construct } from 'constructs';
import { type IBenchBucket } from './bucket-ref.js';
import { ExistingBucket } from './existing-bucket.js';
import { PrivateBucket } from './private-bucket.js';

const LABEL = 'Datasets';

export interface DatasetBucketProps {
  /** Name of the bucket (model/physical-names datasetBucketName). */
  readonly bucketName: string;
  /** Whether destroying deletes the datasets (default: no, and destroying fails while there are any). */
  readonly deleteOnDestroy?: boolean;
}

/**
 * The bucket of the datasets. Not versioned: a dataset is written once, the manifest holds the hash of each
 * file, and one that is lost is generated again byte for byte; versions would only be billed.
 */
export class DatasetBucket extends PrivateBucket {
  constructor(scope: Construct, id: string, props: DatasetBucketProps) {
    super(scope, id, { bucketName: props.bucketName, deleteOnDestroy: props.deleteOnDestroy ?? false, label: LABEL, expiries: [] });
  }

  /** A dataset bucket that another stack made, or nobody yet. */
  static fromBucketName(scope: Construct, id: string, bucketName: string): IBenchBucket {
    return new ExistingBucket(scope, id, LABEL, bucketName);
  }
}
