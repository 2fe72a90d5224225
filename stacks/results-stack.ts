import { GoogleProvider } from '@cdktf/provider-google/lib/provider';
import { type Construct } from 'constructs';
import { BigQueryResults, ResultsBucket } from '../constructs/index.js';
import { type BenchConfig } from '../workloads/model/bench-config/schema.js';
import { resultsBucketName } from '../workloads/model/physical-names.js';
import { BenchStack } from './bench-stack.js';

/** Where results are kept, and, when configured, the BigQuery dataset that they are loaded into. Retained. */
export class ResultsStack extends BenchStack {
  constructor(scope: Construct, config: BenchConfig) {
    super(scope, 'results-stack', config);
    const { deleteOnDestroy, bigQuery } = config.results;
    const bucket = new ResultsBucket(this, 'Results', { bucketName: resultsBucketName(this.place), deleteOnDestroy });
    this.say('results_bucket', bucket.bucketName, 'Bucket of results, partial results and event logs.');
    if (bigQuery === undefined) return;
    new GoogleProvider(this, 'Google', { project: bigQuery.projectId });
    const { identitySuffix, ...google } = bigQuery;
    const { project, region } = this.place;
    const warehouse = new BigQueryResults(this, 'BigQuery', { project, region, bucket, deleteOnDestroy, ...google, ...(identitySuffix === undefined ? {} : { identitySuffix }) });
    this.say('bigquery_dataset', warehouse.dataset, 'Dataset that results are loaded into.');
  }
}
