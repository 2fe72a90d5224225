import { messageOf } from '../../model/errors.js';
import { type Belonging, belonging } from './belonging.js';
import { type CloudClients } from './clients.js';
import { autoScalingGroups, instances, launchTemplates, snapshots, volumes } from './compute.js';
import { eksClusters, eksNodeGroups } from './eks.js';
import { iamRoles, instanceProfiles, oidcProviders } from './iam.js';
import { kmsKeys } from './keys.js';
import { type Lister, type Search } from './lister.js';
import { loadBalancers, targetGroups } from './load-balancers.js';
import { logGroups } from './logs.js';
import { elasticIps, internetGateways, natGateways, networkInterfaces, routeTables, securityGroups, subnets, vpcEndpoints, vpcs } from './network.js';
import { budgets, parameters, topics } from './notices.js';
import { buildProjects, functions, schedules } from './programs.js';
import { queues } from './queues.js';
import { type FoundResource, type ResourceKind } from './resource.js';
import { buckets, ecrRepositories, glueDatabases } from './storage.js';

export const LISTERS: readonly Lister[] = [
  eksClusters, eksNodeGroups, autoScalingGroups, instances, volumes, snapshots, loadBalancers, targetGroups, natGateways, elasticIps, networkInterfaces,
  vpcEndpoints, securityGroups, internetGateways, routeTables, subnets, vpcs, launchTemplates, logGroups, instanceProfiles, iamRoles, oidcProviders,
  kmsKeys, glueDatabases, ecrRepositories, buckets, schedules, functions, topics, queues, parameters, buildProjects, budgets,
];

/** A thing of the project, and how it is known to be. */
export interface OwnResource extends FoundResource {
  readonly belonging: Belonging;
}

/** A kind that could not be looked at. Nothing is known about it: that is not the same as nothing being there. */
export interface BlindSpot {
  readonly kind: ResourceKind;
  readonly problem: string;
}

export interface Inventory {
  readonly resources: readonly OwnResource[];
  readonly blindSpots: readonly BlindSpot[];
}

const LISTERS_AT_ONCE = 6;

/** Everything of the project that exists in the region (and globally, where a service has no regions). */
export async function takeInventory(clients: CloudClients, search: Search, listers: readonly Lister[] = LISTERS): Promise<Inventory> {
  const found: FoundResource[] = [];
  const blindSpots: BlindSpot[] = [];
  const waiting = [...listers];
  const work = async (): Promise<void> => {
    for (let lister = waiting.shift(); lister !== undefined; lister = waiting.shift()) {
      try {
        found.push(...(await lister.list(clients, search)));
      } catch (error) {
        blindSpots.push({ kind: lister.kind, problem: problemOf(error) });
      }
    }
  };
  await Promise.all(Array.from({ length: LISTERS_AT_ONCE }, work));
  return { resources: ownAmong(found, search.project), blindSpots: inOrder(blindSpots) };
}

/** What is the project's among all that was found, in the order of the listers. */
export function ownAmong(found: readonly FoundResource[], project: string): OwnResource[] {
  const vpcIds = new Set(found.flatMap(({ kind, id, tags }) => (kind === 'vpc' && tags.Project === project ? [id] : [])));
  const own = found.flatMap((resource) => {
    const how = belonging(resource, project, vpcIds);
    return how === undefined ? [] : [{ ...resource, belonging: how }];
  });
  return inOrder(own);
}

function inOrder<Item extends { readonly kind: ResourceKind; readonly id?: string }>(all: readonly Item[]): Item[] {
  const order = LISTERS.map(({ kind }) => kind);
  return [...all].sort((a, b) => order.indexOf(a.kind) - order.indexOf(b.kind) || (a.id ?? '').localeCompare(b.id ?? ''));
}

function problemOf(error: unknown): string {
  return error instanceof Error && !error.message.includes(error.name) ? `${error.name}: ${error.message}` : messageOf(error);
}
