import { type OwnResource } from '../inventory/take-inventory.js';
import { type ResourceKind } from '../inventory/resource.js';

/** What a program may delete, in the order that dependencies allow. All else is only reported. */
export const DELETION_ORDER = [
  'eks-node-group', 'eks-cluster', 'auto-scaling-group', 'instance', 'load-balancer', 'target-group', 'nat-gateway', 'elastic-ip', 'volume', 'snapshot',
  'network-interface', 'vpc-endpoint', 'security-group', 'internet-gateway', 'route-table', 'subnet', 'vpc', 'launch-template', 'log-group',
  'instance-profile', 'iam-role', 'oidc-provider', 'kms-key',
] as const satisfies readonly ResourceKind[];
export type DeletableKind = (typeof DELETION_ORDER)[number];

export const isDeletable = (kind: ResourceKind): kind is DeletableKind => (DELETION_ORDER as readonly ResourceKind[]).includes(kind);
export const deletionRank = (kind: ResourceKind): number => (DELETION_ORDER as readonly ResourceKind[]).indexOf(kind);

/** Asked to go, these are still there for minutes, and so is what they hold on to. */
const SLOW: readonly ResourceKind[] = ['eks-node-group', 'eks-cluster', 'auto-scaling-group', 'instance', 'load-balancer', 'nat-gateway', 'vpc-endpoint'];
export const isSlow = (kind: ResourceKind): boolean => SLOW.includes(kind);

/** Machines and what starts them: while one is in a VPC, the VPC keeps its routes, gateways and groups, or draining hangs. */
const RUNNING: readonly ResourceKind[] = ['eks-cluster', 'instance', 'load-balancer', 'nat-gateway'];
const NETWORK: readonly ResourceKind[] = ['vpc-endpoint', 'security-group', 'internet-gateway', 'route-table', 'subnet', 'vpc'];

/** Whether `user` keeps `used` from being deleted. */
export function holds(user: OwnResource, used: OwnResource): boolean {
  if (user === used) return false;
  const names = [used.id, used.arn, used.name].filter((name) => name !== undefined);
  if ((user.uses ?? []).some((name) => names.includes(name))) return true;
  return NETWORK.includes(used.kind) && RUNNING.includes(user.kind) && user.vpcId !== undefined && user.vpcId === used.vpcId;
}
