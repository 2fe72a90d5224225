import { type Construct } from 'constructs';
import { TrinoCluster } from '../constructs/index.js';
import { type BenchConfig } from '../workloads/model/bench-config/schema.js';
import { datasetPrefix } from '../workloads/model/physical-names.js';
import { helmProvider } from './cluster-providers.js';
import { PhaseStack } from './phase-stack.js';

/** Phase γ: Trino over tables declared in Glue. */
export class GammaStack extends PhaseStack {
  constructor(scope: Construct, config: BenchConfig) {
    super(scope, config, { phase: 'gamma', images: [] });
    const { cluster, datasetBucket } = this;
    const { project, region } = config;
    const datasets = config.datasets.map(({ scaleFactor, numeric }) => ({ prefix: datasetPrefix(scaleFactor, numeric), numeric }));
    helmProvider(this, cluster, region);
    const trino = new TrinoCluster(this, 'Trino', { cluster, project, region, datasetBucket, datasets, roleName: this.roleName('trino') });
    this.coordinate('trino', [trino.release.release], { trino: trino.place });
  }
}
