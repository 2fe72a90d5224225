import { DeleteAutoScalingGroupCommand } from '@aws-sdk/client-auto-scaling';
import { DeleteLogGroupCommand } from '@aws-sdk/client-cloudwatch-logs';
import {
  DeleteInternetGatewayCommand, DeleteLaunchTemplateCommand, DeleteNatGatewayCommand, DeleteNetworkInterfaceCommand, DeleteRouteTableCommand, DeleteSecurityGroupCommand,
  DeleteSnapshotCommand, DeleteSubnetCommand, DeleteVolumeCommand, DeleteVpcCommand, DeleteVpcEndpointsCommand, DescribeSecurityGroupsCommand,
  DetachInternetGatewayCommand, DisassociateRouteTableCommand, type IpPermission, ReleaseAddressCommand, RevokeSecurityGroupEgressCommand,
  RevokeSecurityGroupIngressCommand, TerminateInstancesCommand,
} from '@aws-sdk/client-ec2';
import { DeleteClusterCommand, DeleteNodegroupCommand } from '@aws-sdk/client-eks';
import { DeleteLoadBalancerCommand, DeleteTargetGroupCommand } from '@aws-sdk/client-elastic-load-balancing-v2';
import {
  DeleteInstanceProfileCommand, DeleteOpenIDConnectProviderCommand, DeleteRoleCommand, DeleteRolePolicyCommand, DetachRolePolicyCommand, paginateListAttachedRolePolicies,
  paginateListInstanceProfilesForRole, paginateListRolePolicies, RemoveRoleFromInstanceProfileCommand,
} from '@aws-sdk/client-iam';
import { ScheduleKeyDeletionCommand } from '@aws-sdk/client-kms';
import { type CloudClients } from '../inventory/clients.js';
import { isGone, items, unlessGone } from '../inventory/lister.js';
import { type FoundResource } from '../inventory/resource.js';
import { type DeletableKind, isDeletable } from './order.js';

/** Shortest time that KMS lets a key wait; a deletion in this time can still be cancelled. */
const KEY_WAIT_DAYS = 7;

type Deletion = (clients: CloudClients, resource: FoundResource) => Promise<unknown>;

const DELETIONS: Readonly<Record<DeletableKind, Deletion>> = {
  'eks-node-group': ({ eks }, { id }) => {
    const [clusterName, nodegroupName] = id.split('/');
    return eks.send(new DeleteNodegroupCommand({ clusterName, nodegroupName }));
  },
  'eks-cluster': ({ eks }, { id }) => eks.send(new DeleteClusterCommand({ name: id })),
  'auto-scaling-group': ({ autoScaling }, { id }) => autoScaling.send(new DeleteAutoScalingGroupCommand({ AutoScalingGroupName: id, ForceDelete: true })),
  instance: ({ ec2 }, { id }) => ec2.send(new TerminateInstancesCommand({ InstanceIds: [id] })),
  'load-balancer': ({ loadBalancing }, { id }) => loadBalancing.send(new DeleteLoadBalancerCommand({ LoadBalancerArn: id })),
  'target-group': ({ loadBalancing }, { id }) => loadBalancing.send(new DeleteTargetGroupCommand({ TargetGroupArn: id })),
  'nat-gateway': ({ ec2 }, { id }) => ec2.send(new DeleteNatGatewayCommand({ NatGatewayId: id })),
  'elastic-ip': ({ ec2 }, { id }) => ec2.send(new ReleaseAddressCommand({ AllocationId: id })),
  volume: ({ ec2 }, { id }) => ec2.send(new DeleteVolumeCommand({ VolumeId: id })),
  snapshot: ({ ec2 }, { id }) => ec2.send(new DeleteSnapshotCommand({ SnapshotId: id })),
  'network-interface': ({ ec2 }, { id }) => ec2.send(new DeleteNetworkInterfaceCommand({ NetworkInterfaceId: id })),
  'vpc-endpoint': deleteEndpoint,
  'security-group': deleteSecurityGroup,
  'internet-gateway': deleteInternetGateway,
  'route-table': deleteRouteTable,
  subnet: ({ ec2 }, { id }) => ec2.send(new DeleteSubnetCommand({ SubnetId: id })),
  vpc: ({ ec2 }, { id }) => ec2.send(new DeleteVpcCommand({ VpcId: id })),
  'launch-template': ({ ec2 }, { id }) => ec2.send(new DeleteLaunchTemplateCommand({ LaunchTemplateId: id })),
  'log-group': ({ logs }, { id }) => logs.send(new DeleteLogGroupCommand({ logGroupName: id })),
  'instance-profile': deleteInstanceProfile,
  'iam-role': deleteRole,
  'oidc-provider': ({ iam }, { id }) => iam.send(new DeleteOpenIDConnectProviderCommand({ OpenIDConnectProviderArn: id })),
  'kms-key': ({ kms }, { id }) => kms.send(new ScheduleKeyDeletionCommand({ KeyId: id, PendingWindowInDays: KEY_WAIT_DAYS })),
};

/** Asks the service to delete one thing. What is gone already counts as deleted. */
export async function removeResource(clients: CloudClients, resource: FoundResource): Promise<void> {
  if (!isDeletable(resource.kind)) throw new Error(`No program deletes a ${resource.kind}.`);
  try {
    await DELETIONS[resource.kind](clients, resource);
  } catch (error) {
    if (!isGone(error)) throw error;
  }
}

/** The one deletion of EC2 that tells a failure in its answer instead of throwing. */
async function deleteEndpoint({ ec2 }: CloudClients, { id }: FoundResource): Promise<void> {
  const failure = (await ec2.send(new DeleteVpcEndpointsCommand({ VpcEndpointIds: [id] }))).Unsuccessful?.[0]?.Error;
  if (failure !== undefined) throw new Error(`${failure.Code ?? 'Error'}: ${failure.Message ?? ''}`);
}

/** Two groups whose rules name each other hold each other: a group lets go of the others before it is deleted. */
async function deleteSecurityGroup({ ec2 }: CloudClients, { id: GroupId }: FoundResource): Promise<void> {
  const group = (await ec2.send(new DescribeSecurityGroupsCommand({ GroupIds: [GroupId] }))).SecurityGroups?.[0];
  const ingress = namingOthers(group?.IpPermissions, GroupId);
  const egress = namingOthers(group?.IpPermissionsEgress, GroupId);
  // A rule may name a group that went a moment ago: that rule holds nobody.
  if (ingress.length > 0) await unlessGone(() => ec2.send(new RevokeSecurityGroupIngressCommand({ GroupId, IpPermissions: ingress })));
  if (egress.length > 0) await unlessGone(() => ec2.send(new RevokeSecurityGroupEgressCommand({ GroupId, IpPermissions: egress })));
  await ec2.send(new DeleteSecurityGroupCommand({ GroupId }));
}

function namingOthers(rules: readonly IpPermission[] | undefined, own: string): IpPermission[] {
  return (rules ?? []).flatMap(({ IpProtocol, FromPort, ToPort, UserIdGroupPairs }) => {
    const others = (UserIdGroupPairs ?? []).filter(({ GroupId }) => GroupId !== own);
    return others.length === 0 ? [] : [{ IpProtocol, FromPort, ToPort, UserIdGroupPairs: others }];
  });
}

async function deleteInternetGateway({ ec2 }: CloudClients, { id, vpcId }: FoundResource): Promise<void> {
  if (vpcId !== undefined) await ec2.send(new DetachInternetGatewayCommand({ InternetGatewayId: id, VpcId: vpcId }));
  await ec2.send(new DeleteInternetGatewayCommand({ InternetGatewayId: id }));
}

async function deleteRouteTable({ ec2 }: CloudClients, { id, facts }: FoundResource): Promise<void> {
  for (const AssociationId of (facts?.associations ?? '').split(',').filter((association) => association !== '')) {
    await ec2.send(new DisassociateRouteTableCommand({ AssociationId }));
  }
  await ec2.send(new DeleteRouteTableCommand({ RouteTableId: id }));
}

async function deleteInstanceProfile({ iam }: CloudClients, { id, uses }: FoundResource): Promise<void> {
  for (const RoleName of uses ?? []) await iam.send(new RemoveRoleFromInstanceProfileCommand({ InstanceProfileName: id, RoleName }));
  await iam.send(new DeleteInstanceProfileCommand({ InstanceProfileName: id }));
}

/** IAM deletes a role only when it is bare. */
async function deleteRole({ iam }: CloudClients, { id: RoleName }: FoundResource): Promise<void> {
  for (const { InstanceProfileName } of await items(paginateListInstanceProfilesForRole({ client: iam }, { RoleName }), (page) => page.InstanceProfiles)) {
    await iam.send(new RemoveRoleFromInstanceProfileCommand({ InstanceProfileName, RoleName }));
  }
  for (const { PolicyArn } of await items(paginateListAttachedRolePolicies({ client: iam }, { RoleName }), (page) => page.AttachedPolicies)) {
    await iam.send(new DetachRolePolicyCommand({ RoleName, PolicyArn }));
  }
  for (const PolicyName of await items(paginateListRolePolicies({ client: iam }, { RoleName }), (page) => page.PolicyNames)) {
    await iam.send(new DeleteRolePolicyCommand({ RoleName, PolicyName }));
  }
  await iam.send(new DeleteRoleCommand({ RoleName }));
}
