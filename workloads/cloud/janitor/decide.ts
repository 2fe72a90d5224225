import { standingOf } from '../../model/tags.js';
import { clusterOfTags } from '../inventory/belonging.js';
import { type ResourceKind, RESOURCE_KINDS } from '../inventory/resource.js';
import { type BlindSpot, type Inventory, type OwnResource } from '../inventory/take-inventory.js';
import { deletionRank, holds, isDeletable, isSlow } from './order.js';

export type Action =
  /** Expired, ours by tag, and nothing holds it. */
  | 'delete'
  /** To be deleted, once what holds it is gone: a later pass does it. */
  | 'wait'
  /** Somebody has to look: no program may delete it. */
  | 'report'
  /** As it should be. */
  | 'leave';

export interface Decision {
  readonly resource: OwnResource;
  readonly action: Action;
  readonly reason: string;
}

export interface DecisionInput {
  readonly project: string;
  readonly nowMs: number;
}

/** Kinds that carry no tags at all, so that their lack of a Project tag says nothing. */
const UNTAGGABLE: readonly ResourceKind[] = ['schedule'];

/** One decision for each thing of the project, deletions first and in the order they have to be made. */
export function decide(inventory: Inventory, input: DecisionInput): Decision[] {
  const first = inventory.resources.map((resource) => judge(resource, inventory.resources, input));
  const decisions = first.map((decision) => (decision.action === 'delete' ? orWait(decision, first, inventory.blindSpots) : decision));
  const rank = ({ action, resource }: Decision): number => (action === 'delete' ? deletionRank(resource.kind) : Infinity);
  // Infinity minus itself is no order: equal ranks keep the order of the inventory.
  return decisions.sort((a, b) => (rank(a) === rank(b) ? 0 : rank(a) - rank(b)));
}

function judge(resource: OwnResource, all: readonly OwnResource[], input: DecisionInput): Decision {
  if (resource.leaving !== undefined) return { resource, action: 'leave', reason: `on its way out: ${resource.leaving}` };
  return resource.belonging.by === 'tag' ? judgeTagged(resource, input) : judgeUntagged(resource, all, input);
}

function judgeTagged(resource: OwnResource, { project, nowMs }: DecisionInput): Decision {
  const standing = standingOf(resource.tags, project, nowMs);
  switch (standing) {
    case 'foreign':
      return { resource, action: 'leave', reason: 'somebody else\'s' };
    case 'retained':
      return { resource, action: 'leave', reason: 'kept on purpose (Lifecycle=retained)' };
    case 'alive':
      return { resource, action: 'leave', reason: `may live until ${resource.tags.ExpiresAt}` };
    case 'unreadable':
      return { resource, action: 'report', reason: `carries Project=${project}, but Lifecycle and ExpiresAt do not say when it may go` };
    case 'expired':
      return isDeletable(resource.kind)
        ? { resource, action: 'delete', reason: `expired at ${resource.tags.ExpiresAt}` }
        : { resource, action: 'report', reason: `expired at ${resource.tags.ExpiresAt}, but no program deletes a ${RESOURCE_KINDS[resource.kind]}` };
  }
}

/** Ours by name, cluster or network alone. Never deleted: a name proves nothing. */
function judgeUntagged(resource: OwnResource, all: readonly OwnResource[], input: DecisionInput): Decision {
  if (UNTAGGABLE.includes(resource.kind)) return { resource, action: 'leave', reason: 'its kind carries no tags' };
  const keeper = all.find((other) => isKeeper(other, resource, input));
  if (keeper !== undefined) return { resource, action: 'leave', reason: `goes with ${RESOURCE_KINDS[keeper.kind]} ${keeper.name ?? keeper.id}` };
  const { belonging } = resource;
  const why = belonging.by === 'cluster' ? `made for cluster ${belonging.cluster}` : belonging.by === 'network' ? `stands in ${belonging.vpcId}` : 'has a name of the project';
  return { resource, action: 'report', reason: `${why}, but carries no Project tag: no program deletes it` };
}

/** A cluster or VPC that is not expired yet keeps what was made for it, in it, or by it. */
function isKeeper(other: OwnResource, resource: OwnResource, { project, nowMs }: DecisionInput): boolean {
  if (other === resource || !['alive', 'retained'].includes(standingOf(other.tags, project, nowMs))) return false;
  if (other.kind === 'eks-cluster') return clusterOfTags(resource.tags) === other.id || (other.uses ?? []).includes(resource.id);
  return other.kind === 'vpc' && resource.vpcId === other.id;
}

function orWait(decision: Decision, all: readonly Decision[], blindSpots: readonly BlindSpot[]): Decision {
  const { resource } = decision;
  const reason = busy(resource) ?? managed(resource, all) ?? held(resource, all) ?? unseen(resource, blindSpots);
  return reason === undefined ? decision : { resource, action: 'wait', reason: `${decision.reason}, but ${reason}` };
}

function busy({ kind, facts }: OwnResource): string | undefined {
  if (kind === 'network-interface' && facts?.status === 'in-use') return 'still attached';
  if (kind === 'volume' && (facts?.attachedTo ?? '') !== '') return `still attached to ${facts?.attachedTo}`;
  return undefined;
}

/** EKS takes its nodes along with their node group; deleting them under it makes it fail. */
function managed({ tags }: OwnResource, all: readonly Decision[]): string | undefined {
  const cluster = clusterOfTags(tags);
  const there = cluster !== undefined && all.some(({ resource }) => resource.kind === 'eks-cluster' && resource.id === cluster);
  return there ? `EKS takes it with cluster ${cluster}` : undefined;
}

/** Held by what stays, or by what takes minutes to go. What goes at once, and before it in the order, holds nothing. */
function held(resource: OwnResource, all: readonly Decision[]): string | undefined {
  const holder = all.find((other) => holds(other.resource, resource) && (other.action !== 'delete' || isSlow(other.resource.kind)));
  return holder === undefined ? undefined : `${RESOURCE_KINDS[holder.resource.kind]} ${holder.resource.name ?? holder.resource.id} still uses it`;
}

/** Where machines and clusters could not be looked at, nothing that one may use is touched. */
function unseen({ kind }: OwnResource, blindSpots: readonly BlindSpot[]): string | undefined {
  const blind = isSlow(kind) ? undefined : blindSpots.find((spot) => isSlow(spot.kind));
  return blind === undefined ? undefined : `${RESOURCE_KINDS[blind.kind]}s could not be looked at, and one may use it`;
}
