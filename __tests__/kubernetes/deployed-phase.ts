import type { ClusterCronJob } from '../../workloads/kubernetes/api/objects.js';
import { JOB_NAMES } from '../../workloads/model/job-manifest-names.js';
import { coordinatorCronJob } from '../../workloads/model/job-manifest-coordinator.js';
import type { Job } from '../../workloads/model/job-manifest-types.js';
import { flowWorkerJobTemplate } from '../../workloads/model/job-manifest.js';
import { nodeShape } from '../../workloads/model/node-shapes.js';
import type { FakeCluster } from './fake-cluster.js';

const SHAPE = nodeShape('m5.xlarge');
const DIGEST = `sha256:${'a'.repeat(64)}`;

/** What the coordinator's pod is told. */
export const ENVIRONMENT: Readonly<Record<string, string>> = {
  AWS_REGION: 'us-east-2', FLOWBENCH_PHASE: 'alpha', FLOWBENCH_CLUSTER: 'ematix-flow-bench-alpha', FLOWBENCH_ENGINES: 'flow', FLOWBENCH_DATASET_BUCKET: 'data',
  FLOWBENCH_RESULTS_BUCKET: 'results', FLOWBENCH_NODE_TYPE: 'm5.xlarge', FLOWBENCH_WORKERS: '4', FLOWBENCH_DATASETS: 'tpch/sf10,tpch/sf1',
};

/** The published template of workers' Jobs. */
export function workerTemplate(): Job {
  if (SHAPE === undefined) throw new Error('m5.xlarge is not known');
  return flowWorkerJobTemplate({ namespace: 'flowbench-alpha', image: `repository/flow-worker@${DIGEST}`, serviceAccountName: 'flow-worker', node: SHAPE, region: 'us-east-2' });
}

/** Puts into the cluster what a phase deploys there. */
export function deployPhase(cluster: FakeCluster): void {
  if (SHAPE === undefined) throw new Error('m5.xlarge is not known');
  const cronJob = coordinatorCronJob({
    namespace: cluster.namespace, image: `repository/coordinator@${DIGEST}`, serviceAccountName: 'coordinator', node: SHAPE, project: 'ematix-flow-bench', phase: 'alpha', region: 'us-east-2',
    clusterName: 'ematix-flow-bench-alpha', datasetBucket: 'data', resultsBucket: 'results', engines: ['flow'], workerNodeType: 'm5.xlarge', workers: 4, args: ['run'],
    datasets: ['tpch/sf10', 'tpch/sf1'],
  });
  cluster.cronJob = { ...cronJob, metadata: { ...cronJob.metadata, uid: 'uid-of-cronjob' } } as unknown as ClusterCronJob;
  cluster.configMaps.set(JOB_NAMES.templateConfigMap, { metadata: { name: JOB_NAMES.templateConfigMap }, data: { [JOB_NAMES.templateKey]: JSON.stringify(workerTemplate()) } });
}
