import { IamRole } from '@cdktf/provider-aws/lib/iam-role';
import { AwsProvider } from '@cdktf/provider-aws/lib/provider';
import { HelmProvider } from '@cdktf/provider-helm/lib/provider';
import { KubernetesProvider } from '@cdktf/provider-kubernetes/lib/provider';
import { TimeProvider } from '@cdktf/provider-time/lib/provider';
import { TerraformStack, Testing } from 'cdktf';
import { type IBenchCluster } from '../../constructs/cluster/cluster-ref.js';
import { type IBenchBucket } from '../../constructs/storage/bucket-ref.js';
import { ExistingBucket } from '../../constructs/storage/existing-bucket.js';
import { BenchTags } from '../../constructs/tags/bench-tags.js';
import { type SynthesizedStack, synthesize } from '../infrastructure/synth.js';

export const PROJECT = 'ematix-flow-bench';
export const REGION = 'us-east-2';
export const DATA_BUCKET = 'ematix-flow-bench-data-123456789012-us-east-2';
export const RESULTS_BUCKET = 'ematix-flow-bench-results-123456789012-us-east-2';

/** What every engine is given. */
export interface EngineScope {
  readonly stack: TerraformStack;
  readonly cluster: IBenchCluster;
  readonly datasetBucket: IBenchBucket;
  readonly resultsBucket: IBenchBucket;
}

/** A stack with tags, two buckets known by name, and a cluster whose readiness is one resource to look for. */
export function engineStack(build: (scope: EngineScope) => void, cluster: Partial<IBenchCluster> = {}): SynthesizedStack {
  const stack = new TerraformStack(Testing.app(), 'engine-stack');
  new AwsProvider(stack, 'Aws', { region: REGION });
  new HelmProvider(stack, 'Helm', {});
  new KubernetesProvider(stack, 'Kubernetes', {});
  new TimeProvider(stack, 'Time', {});
  new BenchTags(stack, 'Tags', { project: PROJECT, owner: 'someone@example.org', lifecycle: 'ephemeral', maxLifetimeHours: 8 });
  const readiness = new IamRole(stack, 'Readiness', { name: 'readiness', assumeRolePolicy: '{}' });
  build({
    stack,
    cluster: {
      clusterName: 'bench', endpoint: 'endpoint', certificateAuthority: 'Y2E=',
      oidcProviderArn: 'arn:aws:iam::123456789012:oidc-provider/oidc.example.org/id/A', oidcIssuer: 'oidc.example.org/id/A',
      nodeType: 'm5.xlarge', systemNodeType: 'm5.xlarge', workers: 4, readiness: [readiness], ...cluster,
    },
    datasetBucket: new ExistingBucket(stack, 'Datasets', 'Datasets', DATA_BUCKET),
    resultsBucket: new ExistingBucket(stack, 'Results', 'Results', RESULTS_BUCKET),
  });
  return synthesize(stack);
}

export const READINESS = 'aws_iam_role.Readiness';
