import { type Construct } from 'constructs';
import { BenchNetwork, DatasetBucket, DatasetGenerator } from '../constructs/index.js';
import { type BenchConfig } from '../workloads/model/bench-config/schema.js';
import { datasetBucketName, generatorName } from '../workloads/model/physical-names.js';
import { BenchStack } from './bench-stack.js';

/** Where datasets are kept, and what a machine needs to make one; `flowbench datagen --target ec2` starts it. Retained. */
export class DatagenStack extends BenchStack {
  constructor(scope: Construct, config: BenchConfig) {
    super(scope, 'datagen-stack', config);
    const { project, region } = this.place;
    const bucket = new DatasetBucket(this, 'Datasets', { bucketName: datasetBucketName(this.place), deleteOnDestroy: config.data.deleteOnDestroy });
    const { vpcCidr, availabilityZones } = config.cluster;
    const network = new BenchNetwork(this, 'Network', {
      name: generatorName(project), region, vpcCidr, bucketNames: [bucket.bucketName], ...(availabilityZones === undefined ? {} : { availabilityZones }),
    });
    new DatasetGenerator(this, 'Generator', { project, region, bucket, datasets: config.datasets, network });
    this.say('dataset_bucket', bucket.bucketName, 'Bucket of the datasets.');
  }
}
