import { BenchCluster } from '../../constructs/cluster/bench-cluster.js';
import { type BenchClusterProps } from '../../constructs/cluster/cluster-props.js';
import { type IBenchNetwork } from '../../constructs/network/network-ref.js';
import { awsStack } from '../fixtures/aws-stack.js';
import { type SynthesizedStack } from '../infrastructure/synth.js';

const NETWORK: IBenchNetwork = { vpcId: 'vpc-1', subnetIds: ['subnet-1', 'subnet-2'], nodeSubnetId: 'subnet-1', nodeSecurityGroupId: 'sg-1', connectivity: [] };
const PROPS: BenchClusterProps = { clusterName: 'bench-alpha', region: 'us-east-2', network: NETWORK, adminCidrs: ['203.0.113.4/32'] };

const cluster = (change: Partial<BenchClusterProps>): SynthesizedStack => awsStack((stack) => { new BenchCluster(stack, 'Cluster', { ...PROPS, ...change }); });

test.each<[string, Partial<BenchClusterProps>, RegExp]>([
  ['a name with a space', { clusterName: 'my cluster' }, /clusterName "my cluster" must be letters/],
  ['a name too long for its roles', { clusterName: 'a'.repeat(60) }, /is too long: the role a+-eks-control-plane-us-east-2 would have 88 characters/],
  ['a version out of all support', { kubernetesVersion: '1.30' }, /kubernetesVersion "1.30" is none that EKS is known to offer; choose one of 1.31/],
  ['no CIDR', { adminCidrs: [] }, /adminCidrs is empty/],
  ['the whole internet, said once', { adminCidrs: ['0.0.0.0/0'] }, /the whole internet could reach the cluster/],
  ['the whole internet in disguise', { adminCidrs: ['203.0.113.4/0'] }, /the whole internet/],
  ['text for a CIDR', { adminCidrs: ['office'] }, /adminCidrs names "office", which is no IPv4 CIDR/],
  ['a private block', { adminCidrs: ['10.0.0.0/8'] }, /adminCidrs names 10.0.0.0\/8, which is a private block/],
  ['root', { adminPrincipalArns: ['arn:aws:iam::123456789012:root'] }, /Root gets no access entry/],
  ['a session', { adminPrincipalArns: ['arn:aws:sts::123456789012:assumed-role/admin/me'] }, /a session \(assumed-role\) goes by its role/],
  ['a principal twice', { adminPrincipalArns: ['arn:aws:iam::123456789012:role/a', 'arn:aws:iam::123456789012:role/a'] }, /names a principal twice/],
  ['an unknown worker type', { nodeType: 'm99.huge' }, /nodeType "m99.huge" is no type whose shape is known/],
  ['an unknown system type', { systemNodeType: 'x' }, /systemNodeType "x"/],
  ['no worker', { workers: 0 }, /workers 0 must be a whole number from 1 to 64/],
  ['too many workers', { workers: 65 }, /workers 65/],
  ['too small a volume', { nodeVolumeGib: 10 }, /nodeVolumeGib 10/],
  ['an odd retention', { logRetentionDays: 2 }, /logRetentionDays 2 must be one of 1, 3, 5/],
  ['a release of another version', { nodeReleaseVersion: '1.34.0-20261101' }, /nodeReleaseVersion "1.34.0-20261101" is no release for Kubernetes 1.35/],
])('refuses %s', (_, change, message) => {
  expect(() => cluster(change)).toThrow(message);
});

test('the whole internet, said twice, is taken', () => {
  expect(cluster({ adminCidrs: ['0.0.0.0/0'], allowAnyCidr: true }).only('aws_eks_cluster').vpc_config).toMatchObject({ public_access_cidrs: ['0.0.0.0/0'] });
});

test('every problem is told at once, with the path of the construct', () => {
  expect(() => cluster({ adminCidrs: [], workers: 0, nodeType: 'x' })).toThrow(/3 problems:\n {2}- test-stack\/Cluster: adminCidrs[\s\S]*Cluster: nodeType[\s\S]*Cluster: workers/);
});

test('a version whose time has come is no problem of synthesis', () => {
  jest.useFakeTimers({ now: Date.parse('2040-01-01T00:00:00Z') });
  expect(() => cluster({ kubernetesVersion: '1.31' })).not.toThrow();
  jest.useRealTimers();
});
