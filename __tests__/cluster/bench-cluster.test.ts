import { EksNodeGroup } from '@cdktf/provider-aws/lib/eks-node-group';
import { TimeProvider } from '@cdktf/provider-time/lib/provider';
import { type Construct } from 'constructs';
import { BenchCluster } from '../../constructs/cluster/bench-cluster.js';
import { type BenchClusterProps } from '../../constructs/cluster/cluster-props.js';
import { BenchNetwork } from '../../constructs/network/bench-network.js';
import { BenchTags } from '../../constructs/tags/bench-tags.js';
import { awsStack } from '../fixtures/aws-stack.js';
import { type Attributes, type SynthesizedStack } from '../infrastructure/synth.js';

type Props = Omit<BenchClusterProps, 'network'>;
const PROPS: Props = { clusterName: 'bench-alpha', region: 'us-east-2', adminCidrs: ['203.0.113.4/32'] };

function makeCluster(scope: Construct, change: Partial<Props> = {}): BenchCluster {
  const network = new BenchNetwork(scope, 'Network', { name: 'bench-alpha', region: 'us-east-2', bucketNames: [] });
  return new BenchCluster(scope, 'Cluster', { ...PROPS, network, ...change });
}

const cluster = (change: Partial<Props> = {}): SynthesizedStack => awsStack((stack) => { makeCluster(stack, change); });

/** `aws_eks_addon.Cluster_BeforeNodes_vpccni_1A2B` → `aws_eks_addon.Cluster_BeforeNodes_vpccni`. */
const plain = (address: string): string => address.replace(/_[0-9A-F]{8}$/, '');

function addressOf(made: SynthesizedStack, wanted: string): string {
  const found = made.addresses().filter((address) => plain(address) === wanted);
  if (found.length !== 1 || found[0] === undefined) throw new Error(`${found.length} of ${wanted} in ${made.addresses().map(plain).join(', ')}`);
  return found[0];
}

const dependencies = (made: SynthesizedStack, of: string): readonly string[] => made.dependsOn(addressOf(made, of)).map(plain).sort();

const CONNECTIVITY = [
  'aws_internet_gateway.Network_Gateway',
  'aws_route.Network_ToInternet',
  'aws_route_table_association.Network_Association0',
  'aws_route_table_association.Network_Association1',
  'aws_vpc_endpoint.Network_S3',
];
const WORKERS = 'aws_eks_node_group.Cluster_Workers_Group';
const SYSTEM = 'aws_eks_node_group.Cluster_System_Group';

describe('order of a deploy, and so of a destroy', () => {
  test('the control plane comes after its role, its log group and the network', () => {
    expect(dependencies(cluster(), 'aws_eks_cluster.Cluster_ControlPlane_Cluster')).toEqual([
      'aws_cloudwatch_log_group.Cluster_ControlPlane_Logs',
      'aws_iam_role_policy_attachment.Cluster_ControlPlane_Role_AmazonEKSClusterPolicy',
      ...CONNECTIVITY,
    ].sort());
  });

  test.each([WORKERS, SYSTEM])('%s comes after the network, the node role and the network add-ons', (group) => {
    expect(dependencies(cluster(), group)).toEqual([
      'aws_eks_addon.Cluster_BeforeNodes_kube-proxy',
      'aws_eks_addon.Cluster_BeforeNodes_vpc-cni',
      'aws_iam_role_policy_attachment.Cluster_NodeRole_AmazonEC2ContainerRegistryPullOnly',
      'aws_iam_role_policy_attachment.Cluster_NodeRole_AmazonEKSWorkerNodePolicy',
      'aws_iam_role_policy_attachment.Cluster_NodeRole_AmazonEKS_CNI_Policy',
      ...CONNECTIVITY,
    ].sort());
  });

  test('the network add-ons wait for no node, the name servers for all', () => {
    const made = cluster();
    expect(dependencies(made, 'aws_eks_addon.Cluster_BeforeNodes_vpc-cni')).toEqual([]);
    expect(dependencies(made, 'aws_eks_addon.Cluster_AfterNodes_coredns')).toEqual([SYSTEM, WORKERS]);
  });

  test('a dependency that is taken away is missed', () => {
    const made = awsStack((stack) => {
      makeCluster(stack);
      const group = stack.node.findAll().find((node): node is EksNodeGroup => node instanceof EksNodeGroup);
      if (group !== undefined) group.dependsOn = group.dependsOn?.slice(1) ?? [];
    });
    expect(dependencies(made, WORKERS)).toEqual(dependencies(made, SYSTEM).filter((address) => address !== 'aws_internet_gateway.Network_Gateway'));
  });

  test('what is put inside comes after access, nodes and name servers', () => {
    const readiness: string[] = [];
    awsStack((stack) => {
      const made = makeCluster(stack, { adminPrincipalArns: ['arn:aws:iam::123456789012:role/admin', 'arn:aws:iam::123456789012:user/someone'] });
      readiness.push(...made.readiness.map((one) => (one as unknown as { terraformResourceType: string }).terraformResourceType));
    });
    expect(readiness).toEqual(['aws_eks_access_policy_association', 'aws_eks_access_policy_association', 'aws_eks_node_group', 'aws_eks_node_group', 'aws_eks_addon']);
  });
});

describe('control plane', () => {
  test('access by entries alone, own add-ons alone, standard support, and both endpoints', () => {
    const made = cluster();
    expect(made.only('aws_eks_cluster')).toMatchObject({
      name: 'bench-alpha',
      version: '1.35',
      bootstrap_self_managed_addons: false,
      access_config: { authentication_mode: 'API', bootstrap_cluster_creator_admin_permissions: false },
      upgrade_policy: { support_type: 'STANDARD' },
      vpc_config: { endpoint_private_access: true, endpoint_public_access: true, public_access_cidrs: ['203.0.113.4/32'] },
    });
    expect(made.only('aws_cloudwatch_log_group')).toEqual({ name: '/aws/eks/bench-alpha/cluster', retention_in_days: 1 });
    expect(made.only('aws_iam_openid_connect_provider')).toEqual({ client_id_list: ['sts.amazonaws.com'], url: expect.stringContaining('.identity[0].oidc[0].issuer') as string });
  });

  test('a key of the account only on request, with the days it lingers', () => {
    expect(cluster().resources('aws_kms_key')).toEqual({});
    expect(cluster().only('aws_eks_cluster')).not.toHaveProperty('encryption_config');
    const made = cluster({ secretsKey: 'customer' });
    expect(made.only('aws_kms_key')).toMatchObject({ deletion_window_in_days: 7, enable_key_rotation: true });
    expect(made.only('aws_eks_cluster').encryption_config).toMatchObject({ resources: ['secrets'] });
  });

  test('whoever deploys administers it by role, and root is refused at deploy', () => {
    const made = cluster();
    expect(made.only('aws_eks_access_entry').principal_arn).toMatch(/^\$\{data\.aws_iam_session_context\.\w+\.issuer_arn\}$/);
    expect(made.only('aws_eks_access_policy_association')).toMatchObject({ policy_arn: expect.stringMatching(/AmazonEKSClusterAdminPolicy$/) as string, access_scope: { type: 'cluster' } });
    expect(Object.values(made.json.locals as Record<string, string>)).toContainEqual(expect.stringMatching(/^\$\{!endswith\(data\.aws_iam_session_context\.\w+\.issuer_arn, ":root"\)\}$/));
  });

  test('named principals replace whoever deploys', () => {
    const made = cluster({ adminPrincipalArns: ['arn:aws:iam::123456789012:role/admin'] });
    expect(made.only('aws_eks_access_entry').principal_arn).toBe('arn:aws:iam::123456789012:role/admin');
    expect(made.data('aws_iam_session_context')).toEqual({});
  });

  test('the day a version runs out is asked of the plan, not of synthesis', () => {
    const made = cluster({ kubernetesVersion: '1.31' });
    expect(Object.values(made.json.locals as Record<string, string>)).toEqual(expect.arrayContaining([
      '${(timecmp(plantimestamp(), "2025-11-26T23:59:59Z") != 1)}',
      '${(timecmp(plantimestamp(), "2026-11-26T23:59:59Z") != 1)}',
    ]));
    expect(JSON.stringify(made.json.check)).toContain('Standard support of Kubernetes 1.31 on EKS ended on 2025-11-26');
    expect(JSON.stringify(made.resources('terraform_data'))).toContain('a cluster of it cannot be created');
  });
});

test('tags reach what is launched and what the network plugin makes, wherever in the stack they are put on', () => {
  const made = awsStack((stack) => {
    new TimeProvider(stack, 'Time');
    makeCluster(stack);
    new BenchTags(stack, 'Tags', { project: 'bench', owner: 'someone', lifecycle: 'ephemeral', maxLifetimeHours: 8 });
  });
  const [cni] = made.where('aws_eks_addon', 'addon_name', 'vpc-cni');
  const { env } = JSON.parse(String(cni?.configuration_values).replace(/\$\{[^}]*\}/g, 'when')) as { env: Record<string, string> };
  expect(JSON.parse(env.ADDITIONAL_ENI_TAGS ?? '')).toEqual({ Project: 'bench', Owner: 'someone', Lifecycle: 'ephemeral', MaxLifetimeHours: '8', CreatedAt: 'when', ExpiresAt: 'when' });
  for (const template of Object.values(made.resources('aws_launch_template'))) {
    const specifications = template.tag_specifications as { resource_type: string; tags: Record<string, string> }[];
    expect(specifications.map((one) => one.resource_type).sort()).toEqual(['instance', 'network-interface', 'volume']);
    for (const one of specifications) expect(one.tags).toMatchObject({ Project: 'bench', Lifecycle: 'ephemeral' });
  }
});

describe('nodes', () => {
  const groups = (change: Partial<Props> = {}): readonly [Attributes, Attributes] => {
    const made = cluster(change);
    const of = (pool: string): Attributes => made.where('aws_eks_node_group', 'labels', { 'flowbench/pool': pool })[0] ?? {};
    return [of('worker'), of('system')];
  };

  test('a fixed number of workers and one tainted system node, in one subnet', () => {
    const [workers, system] = groups({ workers: 8, systemNodeType: 't3.large' });
    expect(workers).toMatchObject({ scaling_config: { desired_size: 8, min_size: 8, max_size: 8 }, instance_types: ['m5.xlarge'], capacity_type: 'ON_DEMAND', ami_type: 'AL2023_x86_64_STANDARD', update_config: { max_unavailable: 1 } });
    expect(workers).not.toHaveProperty('taint');
    expect(system).toMatchObject({ scaling_config: { desired_size: 1, min_size: 1, max_size: 1 }, instance_types: ['t3.large'], taint: [{ key: 'flowbench/system', value: 'true', effect: 'NO_SCHEDULE' }] });
    for (const group of [workers, system]) expect(group.subnet_ids).toEqual([expect.stringMatching(/aws_subnet\.Network_Public0_/)]);
  });

  test('the image follows the architecture, and a release may be pinned', () => {
    const [workers, system] = groups({ nodeType: 'm7g.xlarge', nodeReleaseVersion: '1.35.0-20261101' });
    expect([workers.ami_type, system.ami_type]).toEqual(['AL2023_ARM_64_STANDARD', 'AL2023_x86_64_STANDARD']);
    expect([workers.release_version, system.release_version]).toEqual(['1.35.0-20261101', '1.35.0-20261101']);
    expect(groups()[0]).not.toHaveProperty('release_version');
  });

  test('launch templates: encrypted volumes, tokens within one hop, and the group of the network beside the cluster\'s', () => {
    const made = cluster({ nodeVolumeGib: 100 });
    const templates = Object.values(made.resources('aws_launch_template'));
    expect(templates.map((template) => template.name).sort()).toEqual(['bench-alpha-system', 'bench-alpha-worker']);
    for (const template of templates) {
      expect(template).toMatchObject({
        metadata_options: { http_tokens: 'required', http_put_response_hop_limit: 1 },
        block_device_mappings: [{ device_name: '/dev/xvda', ebs: { volume_type: 'gp3', volume_size: 100, encrypted: 'true', delete_on_termination: 'true' } }],
        vpc_security_group_ids: [expect.stringMatching(/cluster_security_group_id\}$/), expect.stringMatching(/aws_security_group\.Network_NodeGroup_/)],
      });
      expect(template).not.toHaveProperty('network_interfaces');
    }
  });

  test('name servers stand on the system node, and the network plugin outlives its add-on', () => {
    const made = cluster();
    const [cni] = made.where('aws_eks_addon', 'addon_name', 'vpc-cni');
    expect(String(cni?.configuration_values)).not.toContain('ADDITIONAL_ENI_TAGS');
    const [coredns] = made.where('aws_eks_addon', 'addon_name', 'coredns');
    expect(cni?.preserve).toBe(true);
    expect(JSON.parse(String(cni?.configuration_values))).toMatchObject({ env: { ENABLE_PREFIX_DELEGATION: 'true' } });
    expect(coredns).not.toHaveProperty('addon_version');
    expect(JSON.parse(String(coredns?.configuration_values))).toEqual({
      nodeSelector: { 'flowbench/pool': 'system' },
      tolerations: [{ key: 'flowbench/system', operator: 'Equal', value: 'true', effect: 'NoSchedule' }],
    });
  });
});
