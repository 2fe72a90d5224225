import { type Construct } from 'constructs';
import { RESULT_PREFIXES } from '../../workloads/model/physical-names.js';
import { type IBenchBucket } from './bucket-ref.js';
import { ExistingBucket } from './existing-bucket.js';
import { PrivateBucket } from './private-bucket.js';

const LABEL = 'Results';
const PARTIALS_DAYS = 7;
const SPARK_EVENTS_DAYS = 30;
const RESTORABLE_DAYS = 30;

export interface ResultsBucketProps {
  /** Name of the bucket (model/physical-names resultsBucketName). */
  readonly bucketName: string;
  /** Whether destroying deletes the results (default: no, and destroying fails while there are any). */
  readonly deleteOnDestroy?: boolean;
  /** Days that partial results of runs stay for looking into (default 7). */
  readonly partialsDays?: number;
  /** Days that Spark's event logs stay (default 30). */
  readonly sparkEventsDays?: number;
}

/**
 * The bucket of what runs measured. Versioned, because a measured row cannot be had again for nothing: what is
 * overwritten or deleted by mistake can be brought back for 30 days. Partial results and event logs expire.
 */
export class ResultsBucket extends PrivateBucket {
  constructor(scope: Construct, id: string, props: ResultsBucketProps) {
    super(scope, id, {
      bucketName: props.bucketName,
      deleteOnDestroy: props.deleteOnDestroy ?? false,
      label: LABEL,
      restorableDays: RESTORABLE_DAYS,
      expiries: [
        { id: 'partials', prefix: RESULT_PREFIXES.partials, days: props.partialsDays ?? PARTIALS_DAYS },
        { id: 'spark-events', prefix: RESULT_PREFIXES.sparkEvents, days: props.sparkEventsDays ?? SPARK_EVENTS_DAYS },
      ],
    });
  }

  /** A results bucket that another stack made, or nobody yet. */
  static fromBucketName(scope: Construct, id: string, bucketName: string): IBenchBucket {
    return new ExistingBucket(scope, id, LABEL, bucketName);
  }
}
