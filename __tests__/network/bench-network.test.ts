import { type Construct } from 'constructs';
import { BenchNetwork, type BenchNetworkProps } from '../../constructs/network/bench-network.js';
import { isOffTheInternet, parseRange } from '../../workloads/model/cidr.js';
import { type IBenchNetwork } from '../../constructs/network/network-ref.js';
import { awsStack } from '../fixtures/aws-stack.js';
import { type SynthesizedStack } from '../infrastructure/synth.js';

const PROPS: BenchNetworkProps = { name: 'bench-alpha', region: 'us-east-2', bucketNames: ['bench-data', 'bench-results'] };

const network = (change: Partial<BenchNetworkProps> = {}): SynthesizedStack => awsStack((stack) => { new BenchNetwork(stack, 'Network', { ...PROPS, ...change }); });

const ZONES = { availabilityZones: ['us-east-2a', 'us-east-2b'] };

test('two public subnets in the two given zones, each a quarter of the block, with a way to the internet', () => {
  const made = network(ZONES);
  expect(made.only('aws_vpc')).toMatchObject({ cidr_block: '10.42.0.0/16', enable_dns_support: true, enable_dns_hostnames: true });
  const subnets = Object.values(made.resources('aws_subnet'));
  expect(subnets.map((subnet) => subnet.availability_zone)).toEqual(['us-east-2a', 'us-east-2b']);
  expect(subnets.map((subnet) => subnet.cidr_block)).toEqual(['${cidrsubnet("10.42.0.0/16", 2, 0)}', '${cidrsubnet("10.42.0.0/16", 2, 1)}']);
  expect(subnets.every((subnet) => subnet.map_public_ip_on_launch === true)).toBe(true);
  expect(made.only('aws_route')).toMatchObject({ destination_cidr_block: '0.0.0.0/0', gateway_id: expect.stringContaining('aws_internet_gateway.') as string });
  expect(Object.keys(made.resources('aws_route_table_association'))).toHaveLength(2);
});

test('nothing that costs by the hour or the byte', () => {
  const made = network();
  for (const type of ['aws_nat_gateway', 'aws_eip', 'aws_lb']) expect(made.resources(type)).toEqual({});
  expect(made.only('aws_vpc_endpoint')).toMatchObject({ vpc_endpoint_type: 'Gateway', service_name: 'com.amazonaws.us-east-2.s3', route_table_ids: [expect.stringContaining('aws_route_table.') as string] });
});

test('the endpoint lets through our buckets, and reading what a node cannot start without', () => {
  const policy = JSON.parse(network().only('aws_vpc_endpoint').policy as string) as { Statement: { Sid: string; Action: string[]; Resource: string[] }[] };
  const [own, nodes] = policy.Statement;
  expect(own?.Resource).toEqual(['arn:aws:s3:::bench-data', 'arn:aws:s3:::bench-data/*', 'arn:aws:s3:::bench-results', 'arn:aws:s3:::bench-results/*']);
  expect(nodes?.Action).toEqual(['s3:GetObject']);
  expect(nodes?.Resource).toEqual(expect.arrayContaining(['arn:aws:s3:::prod-us-east-2-starport-layer-bucket/*', 'arn:aws:s3:::al2023-repos-us-east-2-de612dc2/*']));
  expect(policy.Statement.flatMap((statement) => [...statement.Action, ...statement.Resource]).filter((text) => /^s3:\*$|^\*$|^arn:aws:s3:::\*/.test(text))).toEqual([]);
});

test('nothing from the internet enters the node group, and the default group holds no rule', () => {
  const made = network();
  const [rule, ...others] = made.only('aws_security_group').ingress as Record<string, unknown>[];
  expect(others).toEqual([]);
  expect(rule).toMatchObject({ self: true, protocol: '-1' });
  expect(rule?.cidr_blocks ?? null).toBeNull();
  expect(Object.keys(made.only('aws_default_security_group'))).toEqual(['vpc_id']);
  for (const type of ['aws_security_group_rule', 'aws_vpc_security_group_ingress_rule']) expect(made.resources(type)).toEqual({});
});

test('without zones given, the first two that the region offers and EKS takes, or a deploy stops', () => {
  const made = network();
  const [zones] = Object.values(made.data('aws_availability_zones'));
  expect(zones).toMatchObject({ state: 'available', filter: [{ name: 'opt-in-status', values: ['opt-in-not-required'] }], exclude_zone_ids: expect.arrayContaining(['use1-az3']) as string[] });
  const subnets = Object.values(made.resources('aws_subnet'));
  expect(subnets.map((subnet) => subnet.availability_zone)).toEqual([expect.stringMatching(/^\$\{element\(data\.aws_availability_zones\.\w+\.names, 0\)\}$/), expect.stringMatching(/, 1\)\}$/)]);
  expect(subnets.map((subnet) => subnet.lifecycle)).toEqual([{ ignore_changes: ['availability_zone'] }, { ignore_changes: ['availability_zone'] }]);
  expect(JSON.stringify(made.only('terraform_data'))).toContain('Region us-east-2 offers fewer than 2 availability zones');
  expect(network(ZONES).data('aws_availability_zones')).toEqual({});
});

test('connectivity names the gateway, the route, the associations and the endpoint', () => {
  let made: IBenchNetwork | undefined;
  awsStack((stack) => { made = new BenchNetwork(stack, 'Network', PROPS); });
  expect(made?.connectivity.map((one) => (one as unknown as { terraformResourceType: string }).terraformResourceType)).toEqual(['aws_internet_gateway', 'aws_route', 'aws_route_table_association', 'aws_route_table_association', 'aws_vpc_endpoint']);
});

test('an existing network makes nothing, and puts its nodes into the first subnet unless another is named', () => {
  const attributes = { vpcId: 'vpc-1', subnetIds: ['subnet-1', 'subnet-2'], nodeSecurityGroupId: 'sg-1' };
  const imported: IBenchNetwork[] = [];
  const made = awsStack((stack) => {
    imported.push(BenchNetwork.fromAttributes(stack, 'First', attributes), BenchNetwork.fromAttributes(stack, 'Second', { ...attributes, nodeSubnetId: 'subnet-2' }));
  });
  expect(made.addresses()).toEqual([]);
  expect(imported.map((one) => [one.nodeSubnetId, one.connectivity])).toEqual([['subnet-1', []], ['subnet-2', []]]);
  expect(() => awsStack((stack) => { BenchNetwork.fromAttributes(stack, 'One', { ...attributes, subnetIds: ['subnet-1'] }); })).toThrow(/One: subnetIds has 1/);
});

test.each<[string, Partial<BenchNetworkProps>, RegExp]>([
  ['text for a CIDR', { vpcCidr: 'ten' }, /vpcCidr "ten" is no IPv4 CIDR/],
  ['an octet above 255', { vpcCidr: '10.300.0.0/16' }, /vpcCidr "10.300.0.0\/16" is no IPv4 CIDR/],
  ['too small a block', { vpcCidr: '10.42.0.0/24' }, /must be a \/16 to \/22/],
  ['too large a block', { vpcCidr: '10.0.0.0/8' }, /must be a \/16 to \/22/],
  ['a block that begins in its middle', { vpcCidr: '10.42.1.0/16' }, /does not begin at the first address/],
  ['one zone', { availabilityZones: ['us-east-2a'] }, /\[us-east-2a\] must be two different zones/],
  ['a zone twice', { availabilityZones: ['us-east-2a', 'us-east-2a'] }, /must be two different zones/],
  ['a zone of another region', { availabilityZones: ['us-east-2a', 'eu-west-1a'] }, /"eu-west-1a", which is no zone of us-east-2/],
])('refuses %s', (_, change, message) => {
  expect(() => network(change)).toThrow(message);
});

test('every problem is told at once, with the path of the construct', () => {
  const build = (scope: Construct): void => { new BenchNetwork(scope, 'Network', { ...PROPS, vpcCidr: 'ten', availabilityZones: ['us-east-2a'] }); };
  expect(() => awsStack(build)).toThrow(/2 problems:\n {2}- test-stack\/Network: vpcCidr[\s\S]*- test-stack\/Network: availabilityZones/);
});

test.each([
  ['10.0.0.0/8', true], ['10.1.2.3/32', true], ['172.31.0.0/16', true], ['172.32.0.0/16', false], ['192.168.1.0/24', true], ['203.0.113.4/32', false], ['0.0.0.0/0', false],
])('%s is private: %s', (text, expected) => {
  const cidr = parseRange(text);
  expect(cidr !== undefined && isOffTheInternet(cidr)).toBe(expected);
});
