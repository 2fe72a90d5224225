import { type Construct } from 'constructs';
import { DriverExchange, SparkOperator } from '../constructs/index.js';
import { type BenchConfig } from '../workloads/model/bench-config/schema.js';
import { helmProvider } from './cluster-providers.js';
import { PhaseStack } from './phase-stack.js';

/** Phase β: Spark, through its operator. */
export class BetaStack extends PhaseStack {
  constructor(scope: Construct, config: BenchConfig) {
    super(scope, config, { phase: 'beta', images: ['spark'] });
    const { cluster, namespace, datasetBucket, resultsBucket } = this;
    const { project, region } = config;
    helmProvider(this, cluster, region);
    const spark = new SparkOperator(this, 'Spark', { cluster, project, region, datasetBucket, resultsBucket, roleName: this.roleName('spark') });
    const exchange = new DriverExchange(this, 'Drivers', { namespace, drivers: { namespace: spark.jobNamespace, labels: spark.driverLabels } });
    this.coordinate('spark', [spark.release.release, ...exchange.ready], { spark: spark.place(this.images.reference('spark')) });
  }
}
