import { type Construct } from 'constructs';
import { DriverExchange, KubeRay } from '../constructs/index.js';
import { type BenchConfig } from '../workloads/model/bench-config/schema.js';
import { helmProvider } from './cluster-providers.js';
import { PhaseStack } from './phase-stack.js';

/** Phase δ: Daft on a Ray cluster. */
export class DeltaStack extends PhaseStack {
  constructor(scope: Construct, config: BenchConfig) {
    super(scope, config, { phase: 'delta', images: ['daft'] });
    const { cluster, namespace, datasetBucket, resultsBucket } = this;
    const { project, region } = config;
    helmProvider(this, cluster, region);
    const ray = new KubeRay(this, 'Ray', { cluster, project, region, datasetBucket, resultsBucket, image: this.images.reference('daft'), roleName: this.roleName('ray') });
    const exchange = new DriverExchange(this, 'Drivers', { namespace, drivers: { namespace: ray.namespace, labels: ray.driverLabels } });
    this.coordinate('ray', [ray.rayCluster.release, ...exchange.ready], { ray: ray.place });
  }
}
