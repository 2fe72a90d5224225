import { type Inventory, type OwnResource, ownAmong } from '../../workloads/cloud/inventory/take-inventory.js';
import { type FoundResource } from '../../workloads/cloud/inventory/resource.js';

export const PROJECT = 'bench';
export const NOW_MS = Date.parse('2026-11-21T12:00:00Z');
const HOUR_MS = 3_600_000;

const tags = (lifecycle: string, expiresInHours: number): Record<string, string> => ({
  Project: PROJECT, Owner: 'someone@example.org', Lifecycle: lifecycle, MaxLifetimeHours: '8',
  CreatedAt: new Date(NOW_MS + (expiresInHours - 8) * HOUR_MS).toISOString(), ExpiresAt: new Date(NOW_MS + expiresInHours * HOUR_MS).toISOString(),
});
export const EXPIRED = tags('ephemeral', -1);
export const ALIVE = tags('ephemeral', 1);
export const RETAINED = tags('retained', -1_000);

export function inventoryOf(...found: readonly FoundResource[]): Inventory {
  return { resources: ownAmong(found, PROJECT), blindSpots: [] };
}

/** The decision-relevant half of a resource, with an id that tells its kind. */
export function thing(kind: FoundResource['kind'], more: Partial<FoundResource> = {}): FoundResource {
  return { kind, id: `${kind}-1`, tags: EXPIRED, ...more };
}

export const owned = (resource: FoundResource): OwnResource => ({ ...resource, belonging: { by: 'tag' } });
