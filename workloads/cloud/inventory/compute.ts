import { paginateDescribeAutoScalingGroups } from '@aws-sdk/client-auto-scaling';
import { paginateDescribeInstances, paginateDescribeLaunchTemplates, paginateDescribeSnapshots, paginateDescribeVolumes } from '@aws-sdk/client-ec2';
import { type CloudClients } from './clients.js';
import { idOf, items, type Lister } from './lister.js';
import { type FoundResource, tagMap } from './resource.js';

export const instances: Lister = { kind: 'instance', list: listInstances };
export const volumes: Lister = { kind: 'volume', list: listVolumes };
export const snapshots: Lister = { kind: 'snapshot', list: listSnapshots };
export const launchTemplates: Lister = { kind: 'launch-template', list: listLaunchTemplates };
export const autoScalingGroups: Lister = { kind: 'auto-scaling-group', list: listAutoScalingGroups };

/** A terminated instance is listed for about an hour; nothing of it is left. */
async function listInstances(clients: CloudClients): Promise<FoundResource[]> {
  const reservations = await items(paginateDescribeInstances({ client: clients.ec2 }, {}), (page) => page.Reservations);
  return reservations.flatMap((reservation) => reservation.Instances ?? []).filter((machine) => machine.State?.Name !== 'terminated').map((machine) => {
    const tags = tagMap(machine.Tags);
    const profile = machine.IamInstanceProfile?.Arn?.split('/').at(-1);
    const groups = (machine.SecurityGroups ?? []).flatMap(({ GroupId }) => GroupId ?? []);
    return {
      kind: 'instance' as const,
      id: idOf(machine.InstanceId, 'instance'),
      name: tags.Name,
      tags,
      createdAtMs: machine.LaunchTime?.getTime(),
      vpcId: machine.VpcId,
      uses: [machine.SubnetId, profile, ...groups].filter((used) => used !== undefined),
      leaving: machine.State?.Name === 'shutting-down' ? machine.State.Name : undefined,
      detail: `${machine.InstanceType ?? '?'}, ${machine.State?.Name ?? '?'}`,
    };
  });
}

async function listVolumes(clients: CloudClients): Promise<FoundResource[]> {
  return (await items(paginateDescribeVolumes({ client: clients.ec2 }, {}), (page) => page.Volumes)).filter((volume) => volume.State !== 'deleted').map((volume) => {
    const tags = tagMap(volume.Tags);
    return {
      kind: 'volume' as const,
      id: idOf(volume.VolumeId, 'volume'),
      name: tags.Name,
      tags,
      createdAtMs: volume.CreateTime?.getTime(),
      leaving: volume.State === 'deleting' ? volume.State : undefined,
      detail: `${volume.Size ?? '?'} GiB, ${volume.State ?? '?'}`,
      facts: { attachedTo: (volume.Attachments ?? []).map(({ InstanceId }) => InstanceId).join(',') },
    };
  });
}

async function listSnapshots(clients: CloudClients): Promise<FoundResource[]> {
  return (await items(paginateDescribeSnapshots({ client: clients.ec2 }, { OwnerIds: ['self'] }), (page) => page.Snapshots)).map((snapshot) => {
    const tags = tagMap(snapshot.Tags);
    return {
      kind: 'snapshot' as const,
      id: idOf(snapshot.SnapshotId, 'snapshot'),
      name: tags.Name,
      tags,
      createdAtMs: snapshot.StartTime?.getTime(),
      detail: `${snapshot.VolumeSize ?? '?'} GiB of ${snapshot.VolumeId ?? '?'}`,
    };
  });
}

async function listLaunchTemplates(clients: CloudClients): Promise<FoundResource[]> {
  return (await items(paginateDescribeLaunchTemplates({ client: clients.ec2 }, {}), (page) => page.LaunchTemplates)).map((template) => ({
    kind: 'launch-template' as const,
    id: idOf(template.LaunchTemplateId, 'launch template'),
    name: template.LaunchTemplateName,
    tags: tagMap(template.Tags),
    createdAtMs: template.CreateTime?.getTime(),
  }));
}

async function listAutoScalingGroups(clients: CloudClients): Promise<FoundResource[]> {
  return (await items(paginateDescribeAutoScalingGroups({ client: clients.autoScaling }, {}), (page) => page.AutoScalingGroups)).map((group) => ({
    kind: 'auto-scaling-group' as const,
    id: idOf(group.AutoScalingGroupName, 'Auto Scaling group'),
    arn: group.AutoScalingGroupARN,
    name: group.AutoScalingGroupName,
    tags: tagMap(group.Tags),
    createdAtMs: group.CreatedTime?.getTime(),
    uses: [group.LaunchTemplate?.LaunchTemplateId ?? group.MixedInstancesPolicy?.LaunchTemplate?.LaunchTemplateSpecification?.LaunchTemplateId]
      .filter((used) => used !== undefined),
    leaving: group.Status,
    detail: `${group.Instances?.length ?? 0} instances`,
  }));
}
