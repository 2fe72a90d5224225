import { DescribeClusterCommand, DescribeNodegroupCommand, paginateListClusters, paginateListNodegroups } from '@aws-sdk/client-eks';
import { controlPlaneLogGroup } from '../../model/physical-names.js';
import { type CloudClients } from './clients.js';
import { idOf, inTurn, items, type Lister, unlessGone } from './lister.js';
import { type FoundResource } from './resource.js';

/** Issuer without its scheme: how IAM names the OIDC provider of a cluster. */
const issuerOf = (url: string | undefined): string[] => (url === undefined ? [] : [url.replace(/^https:\/\//, '')]);

export const eksClusters: Lister = { kind: 'eks-cluster', list: listClusters };
export const eksNodeGroups: Lister = { kind: 'eks-node-group', list: listNodeGroups };

const clusterNames = (clients: CloudClients): Promise<string[]> => items(paginateListClusters({ client: clients.eks }, {}), (page) => page.clusters);

async function listClusters(clients: CloudClients): Promise<FoundResource[]> {
  const found = await inTurn(await clusterNames(clients), async (name): Promise<FoundResource[]> => {
    const cluster = (await unlessGone(() => clients.eks.send(new DescribeClusterCommand({ name }))))?.cluster;
    if (cluster === undefined) return [];
    const network = cluster.resourcesVpcConfig;
    const uses = [cluster.roleArn, controlPlaneLogGroup(name), network?.clusterSecurityGroupId, ...(network?.subnetIds ?? []), ...(network?.securityGroupIds ?? []), ...issuerOf(cluster.identity?.oidc?.issuer)];
    return [{
      kind: 'eks-cluster',
      id: name,
      arn: cluster.arn,
      name,
      tags: cluster.tags ?? {},
      createdAtMs: cluster.createdAt?.getTime(),
      vpcId: network?.vpcId,
      uses: uses.filter((used) => used !== undefined),
      leaving: cluster.status === 'DELETING' ? cluster.status : undefined,
      detail: `Kubernetes ${cluster.version ?? '?'}, ${cluster.status ?? '?'}`,
    }];
  });
  return found.flat();
}

async function listNodeGroups(clients: CloudClients): Promise<FoundResource[]> {
  const found = await inTurn(await clusterNames(clients), async (clusterName): Promise<FoundResource[]> => {
    const names = await unlessGone(() => items(paginateListNodegroups({ client: clients.eks }, { clusterName }), (page) => page.nodegroups));
    return (await inTurn(names ?? [], (name) => describeNodeGroup(clients, clusterName, name))).flat();
  });
  return found.flat();
}

async function describeNodeGroup(clients: CloudClients, clusterName: string, nodegroupName: string): Promise<FoundResource[]> {
  const group = (await unlessGone(() => clients.eks.send(new DescribeNodegroupCommand({ clusterName, nodegroupName }))))?.nodegroup;
  if (group === undefined) return [];
  const scalingGroups = (group.resources?.autoScalingGroups ?? []).flatMap(({ name }) => (name === undefined ? [] : [name]));
  return [{
    kind: 'eks-node-group',
    id: `${clusterName}/${idOf(group.nodegroupName, 'node group')}`,
    arn: group.nodegroupArn,
    name: `${clusterName}/${nodegroupName}`,
    tags: group.tags ?? {},
    createdAtMs: group.createdAt?.getTime(),
    uses: [clusterName, group.nodeRole, group.launchTemplate?.id, ...(group.subnets ?? []), ...scalingGroups].filter((used) => used !== undefined),
    leaving: group.status === 'DELETING' ? group.status : undefined,
    detail: `${group.scalingConfig?.desiredSize ?? '?'} nodes, ${group.status ?? '?'}`,
    facts: {
      cluster: clusterName,
      nodes: String(group.scalingConfig?.desiredSize ?? 0),
      ...(group.instanceTypes?.[0] === undefined ? {} : { instanceType: group.instanceTypes[0] }),
      ...(group.launchTemplate?.id === undefined ? {} : { launchTemplate: group.launchTemplate.id }),
    },
  }];
}
