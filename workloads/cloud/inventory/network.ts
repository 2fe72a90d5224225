import {
  DescribeAddressesCommand, paginateDescribeInternetGateways, paginateDescribeNatGateways, paginateDescribeNetworkInterfaces, paginateDescribeRouteTables,
  paginateDescribeSecurityGroups, paginateDescribeSubnets, paginateDescribeVpcEndpoints, paginateDescribeVpcs,
} from '@aws-sdk/client-ec2';
import { type CloudClients } from './clients.js';
import { idOf, items, type Lister } from './lister.js';
import { type FoundResource, tagMap } from './resource.js';

export const networkInterfaces: Lister = { kind: 'network-interface', list: listInterfaces };
export const securityGroups: Lister = { kind: 'security-group', list: listSecurityGroups };
export const vpcEndpoints: Lister = { kind: 'vpc-endpoint', list: listEndpoints };
export const natGateways: Lister = { kind: 'nat-gateway', list: listNatGateways };
export const elasticIps: Lister = { kind: 'elastic-ip', list: listElasticIps };
export const vpcs: Lister = { kind: 'vpc', list: listVpcs };
export const subnets: Lister = { kind: 'subnet', list: listSubnets };
export const routeTables: Lister = { kind: 'route-table', list: listRouteTables };
export const internetGateways: Lister = { kind: 'internet-gateway', list: listInternetGateways };

async function listInterfaces(clients: CloudClients): Promise<FoundResource[]> {
  return (await items(paginateDescribeNetworkInterfaces({ client: clients.ec2 }, {}), (page) => page.NetworkInterfaces)).map((one) => {
    const tags = tagMap(one.TagSet);
    const groups = (one.Groups ?? []).flatMap(({ GroupId }) => GroupId ?? []);
    return {
      kind: 'network-interface' as const,
      id: idOf(one.NetworkInterfaceId, 'network interface'),
      name: tags.Name,
      tags,
      vpcId: one.VpcId,
      uses: [one.SubnetId, ...groups].filter((used) => used !== undefined),
      detail: [one.Status, one.Description].filter((text) => text !== undefined && text !== '').join(', '),
      facts: { status: one.Status ?? 'unknown' },
    };
  });
}

/** The group named `default` comes and goes with its VPC. */
async function listSecurityGroups(clients: CloudClients): Promise<FoundResource[]> {
  const groups = await items(paginateDescribeSecurityGroups({ client: clients.ec2 }, {}), (page) => page.SecurityGroups);
  return groups.filter((group) => group.GroupName !== 'default').map((group) => ({
    kind: 'security-group' as const,
    id: idOf(group.GroupId, 'security group'),
    name: group.GroupName,
    tags: tagMap(group.Tags),
    vpcId: group.VpcId,
    // A rule that names another group keeps that group from being deleted.
    uses: [...(group.IpPermissions ?? []), ...(group.IpPermissionsEgress ?? [])]
      .flatMap((rule) => rule.UserIdGroupPairs ?? []).flatMap(({ GroupId }) => (GroupId === undefined || GroupId === group.GroupId ? [] : [GroupId])),
    detail: group.Description,
  }));
}

async function listEndpoints(clients: CloudClients): Promise<FoundResource[]> {
  const endpoints = await items(paginateDescribeVpcEndpoints({ client: clients.ec2 }, {}), (page) => page.VpcEndpoints);
  return endpoints.filter((endpoint) => endpoint.State?.toLowerCase() !== 'deleted').map((endpoint) => {
    const tags = tagMap(endpoint.Tags);
    return {
      kind: 'vpc-endpoint' as const,
      id: idOf(endpoint.VpcEndpointId, 'VPC endpoint'),
      name: tags.Name,
      tags,
      createdAtMs: endpoint.CreationTimestamp?.getTime(),
      vpcId: endpoint.VpcId,
      uses: [...(endpoint.RouteTableIds ?? []), ...(endpoint.SubnetIds ?? [])],
      leaving: endpoint.State?.toLowerCase() === 'deleting' ? 'deleting' : undefined,
      detail: `${endpoint.VpcEndpointType ?? ''} ${endpoint.ServiceName ?? ''}`.trim(),
    };
  });
}

async function listNatGateways(clients: CloudClients): Promise<FoundResource[]> {
  const gateways = await items(paginateDescribeNatGateways({ client: clients.ec2 }, {}), (page) => page.NatGateways);
  return gateways.filter((gateway) => gateway.State !== 'deleted').map((gateway) => {
    const tags = tagMap(gateway.Tags);
    return {
      kind: 'nat-gateway' as const,
      id: idOf(gateway.NatGatewayId, 'NAT gateway'),
      name: tags.Name,
      tags,
      createdAtMs: gateway.CreateTime?.getTime(),
      vpcId: gateway.VpcId,
      uses: [gateway.SubnetId, ...(gateway.NatGatewayAddresses ?? []).map(({ AllocationId }) => AllocationId)].filter((used) => used !== undefined),
      leaving: gateway.State === 'deleting' ? gateway.State : undefined,
      detail: gateway.State,
    };
  });
}

async function listElasticIps(clients: CloudClients): Promise<FoundResource[]> {
  return ((await clients.ec2.send(new DescribeAddressesCommand({}))).Addresses ?? []).map((address) => {
    const tags = tagMap(address.Tags);
    return {
      kind: 'elastic-ip' as const,
      id: idOf(address.AllocationId ?? address.PublicIp, 'Elastic IP'),
      name: tags.Name,
      tags,
      detail: `${address.PublicIp ?? '?'}${address.AssociationId === undefined ? '' : ', in use'}`,
    };
  });
}

async function listVpcs(clients: CloudClients): Promise<FoundResource[]> {
  return (await items(paginateDescribeVpcs({ client: clients.ec2 }, {}), (page) => page.Vpcs)).filter((vpc) => vpc.IsDefault !== true).map((vpc) => {
    const tags = tagMap(vpc.Tags);
    return { kind: 'vpc' as const, id: idOf(vpc.VpcId, 'VPC'), name: tags.Name, tags, vpcId: vpc.VpcId, detail: vpc.CidrBlock };
  });
}

async function listSubnets(clients: CloudClients): Promise<FoundResource[]> {
  return (await items(paginateDescribeSubnets({ client: clients.ec2 }, {}), (page) => page.Subnets)).map((subnet) => {
    const tags = tagMap(subnet.Tags);
    return {
      kind: 'subnet' as const, id: idOf(subnet.SubnetId, 'subnet'), name: tags.Name, tags, vpcId: subnet.VpcId,
      detail: `${subnet.CidrBlock ?? '?'} in ${subnet.AvailabilityZone ?? '?'}`,
    };
  });
}

/** The main table of a VPC comes and goes with it. */
async function listRouteTables(clients: CloudClients): Promise<FoundResource[]> {
  const tables = await items(paginateDescribeRouteTables({ client: clients.ec2 }, {}), (page) => page.RouteTables);
  return tables.filter((table) => !(table.Associations ?? []).some((association) => association.Main === true)).map((table) => {
    const tags = tagMap(table.Tags);
    const gateways = (table.Routes ?? []).flatMap(({ GatewayId }) => (GatewayId?.startsWith('igw-') === true ? [GatewayId] : []));
    const associations = (table.Associations ?? []).flatMap(({ RouteTableAssociationId }) => RouteTableAssociationId ?? []);
    return {
      kind: 'route-table' as const, id: idOf(table.RouteTableId, 'route table'), name: tags.Name, tags, vpcId: table.VpcId,
      uses: gateways, facts: { associations: associations.join(',') },
    };
  });
}

async function listInternetGateways(clients: CloudClients): Promise<FoundResource[]> {
  return (await items(paginateDescribeInternetGateways({ client: clients.ec2 }, {}), (page) => page.InternetGateways)).map((gateway) => {
    const tags = tagMap(gateway.Tags);
    const vpcId = gateway.Attachments?.[0]?.VpcId;
    return { kind: 'internet-gateway' as const, id: idOf(gateway.InternetGatewayId, 'internet gateway'), name: tags.Name, tags, vpcId };
  });
}
