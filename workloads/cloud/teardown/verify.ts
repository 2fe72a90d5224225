import { type CloudAccess } from '../access.js';
import { requireCaller } from '../caller.js';
import { cloudClients, type CloudClients } from '../inventory/clients.js';
import { prefixQueries } from '../inventory/plan-queries.js';
import { takeInventory } from '../inventory/take-inventory.js';
import { isClean, sortLeftovers, type Selection } from './leftovers.js';
import { renderVerification } from './render.js';

export interface Verification {
  readonly isClean: boolean;
  /** What a person reads. */
  readonly text: string;
}

/** Asks the AWS API what is left. Clean means: looked at everything, and nothing is there. */
export async function verifyTeardown(access: CloudAccess, selection: Selection): Promise<Verification> {
  const clients = cloudClients(access);
  await requireCaller(clients.sts);
  return verifyWith(clients, selection);
}

export async function verifyWith(clients: CloudClients, selection: Selection): Promise<Verification> {
  const [inventory, queries] = await Promise.all([takeInventory(clients, selection), prefixQueries(clients, selection.project)]);
  const leftovers = sortLeftovers(inventory, selection);
  return { isClean: isClean(leftovers) && queries.every(({ names }) => names !== undefined), text: renderVerification(leftovers, queries, selection) };
}
