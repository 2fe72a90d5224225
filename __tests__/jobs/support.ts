import { AwsProvider } from '@cdktf/provider-aws/lib/provider';
import { KubernetesProvider } from '@cdktf/provider-kubernetes/lib/provider';
import { TerraformStack, Testing } from 'cdktf';
import { type IBenchCluster } from '../../constructs/cluster/cluster-ref.js';
import { BenchNamespace } from '../../constructs/jobs/bench-namespace.js';
import { CoordinatorCronJob, type CoordinatorCronJobProps } from '../../constructs/jobs/coordinator-cron-job.js';
import { FlowWorkerJobTemplate } from '../../constructs/jobs/flow-worker-job-template.js';
import { DatasetBucket } from '../../constructs/storage/dataset-bucket.js';
import { ResultsBucket } from '../../constructs/storage/results-bucket.js';
import { NAMESPACES } from '../../workloads/model/physical-names.js';
import { type SynthesizedStack, synthesize } from '../infrastructure/synth.js';

export const ISSUER = 'oidc.eks.us-east-2.amazonaws.com/id/0123456789ABCDEF';
export const CLUSTER: IBenchCluster = {
  clusterName: 'bench-alpha',
  endpoint: 'https://control-plane',
  certificateAuthority: 'LS0t',
  oidcProviderArn: `arn:aws:iam::111122223333:oidc-provider/${ISSUER}`,
  oidcIssuer: ISSUER,
  nodeType: 'm5.xlarge',
  systemNodeType: 'm5.xlarge',
  workers: 4,
  readiness: [],
};
export const DIGEST = `111122223333.dkr.ecr.us-east-2.amazonaws.com/bench-flow-worker@sha256:${'a'.repeat(64)}`;

/** A stack with whatever `build` puts into it. */
export function stackOf(build: (stack: TerraformStack) => void): SynthesizedStack {
  const stack = new TerraformStack(Testing.app(), 'test');
  new AwsProvider(stack, 'aws');
  new KubernetesProvider(stack, 'kubernetes');
  build(stack);
  return synthesize(stack);
}

/** The jobs of a phase, with buckets by name. */
export function phaseJobs(overrides: Partial<CoordinatorCronJobProps> = {}, cluster: IBenchCluster = CLUSTER): (stack: TerraformStack) => void {
  return (stack) => {
    const namespace = new BenchNamespace(stack, 'Namespace', { cluster, name: NAMESPACES.bench });
    const common = {
      cluster,
      namespace,
      image: DIGEST,
      project: 'bench',
      region: 'us-east-2',
      datasetBucket: DatasetBucket.fromBucketName(stack, 'Data', 'bench-data'),
      resultsBucket: ResultsBucket.fromBucketName(stack, 'Results', 'bench-results'),
    };
    const template = new FlowWorkerJobTemplate(stack, 'Worker', common);
    new CoordinatorCronJob(stack, 'Coordinator', { ...common, phase: 'alpha', engines: ['flow'], datasets: ['tpch/sf10', 'tpch/sf100'], roleName: 'bench-alpha-stack-coordinator-us-east-2', after: template.ready, ...overrides });
  };
}
