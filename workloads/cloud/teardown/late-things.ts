import { controlPlaneLogGroup } from '../../model/physical-names.js';
import { clusterOfTags } from '../inventory/belonging.js';
import { type CloudClients } from '../inventory/clients.js';
import { logGroups } from '../inventory/logs.js';
import { networkInterfaces, securityGroups } from '../inventory/network.js';
import { type FoundResource } from '../inventory/resource.js';
import { takeInventory } from '../inventory/take-inventory.js';
import { removeResource } from '../janitor/remove.js';

/**
 * What AWS leaves behind or makes again after a cluster is gone, none of it in a Terraform state and none of it
 * tagged by us: the log group that late audit events make anew, interfaces of nodes whose CNI ended before it
 * cleaned up, and the security group that EKS made.
 */
export function isLateThing(resource: FoundResource, cluster: string): boolean {
  const { id, kind, name, facts, tags } = resource;
  if (kind === 'log-group') return id === controlPlaneLogGroup(cluster);
  if (clusterOfTags(tags) !== cluster) return false;
  return kind === 'network-interface' ? facts?.status === 'available' : kind === 'security-group' && name?.startsWith(`eks-cluster-sg-${cluster}`) === true;
}

/** Interfaces first: they hold the groups. */
const LATE_LISTERS = [networkInterfaces, securityGroups, logGroups];

/**
 * Deletes the late things of one cluster by name. Only for a cluster that is gone: its interfaces and groups are in use before.
 *
 * @returns what was deleted
 */
export async function sweepLateThings(clients: CloudClients, project: string, cluster: string): Promise<FoundResource[]> {
  const { resources } = await takeInventory(clients, { project }, LATE_LISTERS);
  const late = LATE_LISTERS.flatMap(({ kind }) => resources.filter((resource) => resource.kind === kind && isLateThing(resource, cluster)));
  for (const resource of late) await removeResource(clients, resource);
  return late;
}
