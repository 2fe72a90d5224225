import { BenchCluster } from '../../constructs/cluster/bench-cluster.js';
import { type IBenchCluster } from '../../constructs/cluster/cluster-ref.js';
import { awsStack } from '../fixtures/aws-stack.js';

const SIZES = { nodeType: 'm5.xlarge', systemNodeType: 't3.large', workers: 8 };

test('a cluster found by name is looked up only when it is there, and makes nothing but a check', () => {
  const found: IBenchCluster[] = [];
  const made = awsStack((stack) => { found.push(BenchCluster.fromClusterName(stack, 'Existing', { clusterName: 'shared', ...SIZES })); });
  const [lookup] = Object.values(made.data('aws_eks_cluster'));
  expect(lookup).toMatchObject({ name: 'shared', count: expect.stringMatching(/^\$\{contains\(tolist\(data\.aws_eks_clusters\.\w+\.names\), "shared"\) \? 1 : 0\}$/) as string });
  expect(made.addresses().map((address) => address.replace(/\..*/, ''))).toEqual(['terraform_data']);
  expect(JSON.stringify(made.only('terraform_data'))).toContain('There is no EKS cluster shared');
  expect(found[0]).toMatchObject({ clusterName: 'shared', ...SIZES });
  expect(found[0]?.readiness).toHaveLength(1);
});

test('a cluster by attributes makes nothing and waits for what it is told', () => {
  const attributes = { clusterName: 'own', endpoint: 'https://127.0.0.1', certificateAuthority: 'Zm9v', oidcProviderArn: 'arn:aws:iam::123456789012:oidc-provider/x', oidcIssuer: 'x', ...SIZES };
  const made: IBenchCluster[] = [];
  const synthesized = awsStack((stack) => { made.push(BenchCluster.fromAttributes(stack, 'Own', attributes)); });
  expect(synthesized.addresses()).toEqual([]);
  expect(made).toEqual([{ ...attributes, readiness: [] }]);
  expect(() => awsStack((stack) => { BenchCluster.fromAttributes(stack, 'None', { ...attributes, workers: 0 }); })).toThrow(/None: workers 0/);
});
