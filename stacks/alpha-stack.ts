import { type Construct } from 'constructs';
import { FlowWorkerJobTemplate, UnitExchange } from '../constructs/index.js';
import { type BenchConfig } from '../workloads/model/bench-config/schema.js';
import { PhaseStack } from './phase-stack.js';

/** Phase α: the flow engine, whose workers are Jobs of the cluster. */
export class AlphaStack extends PhaseStack {
  constructor(scope: Construct, config: BenchConfig) {
    super(scope, config, { phase: 'alpha', images: ['flow-worker'] });
    const { cluster, namespace, datasetBucket, resultsBucket } = this;
    const { project, region } = config;
    const template = new FlowWorkerJobTemplate(this, 'FlowWorker', {
      cluster, namespace, project, region, datasetBucket, resultsBucket, image: this.images.reference('flow-worker'), roleName: this.roleName('flow-worker'),
    });
    const exchange = new UnitExchange(this, 'Units', { namespace });
    this.coordinate('flow', [...template.ready, ...exchange.ready]);
  }
}
