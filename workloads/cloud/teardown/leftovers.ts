import { RETAINED_STACKS, type StackName } from '../../model/physical-names.js';
import { type BlindSpot, type Inventory, type OwnResource } from '../inventory/take-inventory.js';
import { stackOf } from './stack-of.js';

/** What a verification counts. */
export interface Selection {
  readonly project: string;
  /** Only this stack; absent: every phase. */
  readonly stack?: StackName;
  /** Everything, what is kept on purpose included. */
  readonly all?: boolean;
}

export interface Placed {
  readonly resource: OwnResource;
  readonly stack: StackName | undefined;
}

/** The inventory, sorted by what it means for a teardown. */
export interface Leftovers {
  /** Should be gone. */
  readonly left: readonly Placed[];
  /** Of a retained stack: kept on purpose. */
  readonly kept: readonly Placed[];
  /** Of another phase, which has a teardown of its own. */
  readonly elsewhere: readonly Placed[];
  /** Cannot go faster: a key waits its days, and costs nothing while it does. */
  readonly leaving: readonly Placed[];
  readonly blindSpots: readonly BlindSpot[];
}

type Place = 'left' | 'kept' | 'elsewhere' | 'leaving';

export function sortLeftovers(inventory: Inventory, selection: Selection): Leftovers {
  const sorted: Record<Place, Placed[]> = { left: [], kept: [], elsewhere: [], leaving: [] };
  for (const resource of inventory.resources) {
    const placed = { resource, stack: stackOf(resource, selection.project, inventory.resources) };
    sorted[placeOf(placed, selection)].push(placed);
  }
  return { ...sorted, blindSpots: inventory.blindSpots };
}

function placeOf({ resource, stack }: Placed, selection: Selection): Place {
  if (resource.kind === 'kms-key' && resource.leaving !== undefined) return 'leaving';
  if (selection.all === true) return 'left';
  // The stack asked about is never kept on purpose: somebody wants it gone.
  if (selection.stack !== undefined && stack === selection.stack) return 'left';
  if (isRetained(resource, stack)) return 'kept';
  return selection.stack === undefined || stack === undefined ? 'left' : 'elsewhere';
}

/** By its tag, as the janitor reads it; by its name only where its kind has no tags or AWS made it without. */
function isRetained({ tags }: OwnResource, stack: StackName | undefined): boolean {
  if (tags.Lifecycle !== undefined) return tags.Lifecycle === 'retained';
  return stack !== undefined && (RETAINED_STACKS as readonly StackName[]).includes(stack);
}

/** Nothing left, and nothing that could not be looked at. */
export function isClean(leftovers: Leftovers): boolean {
  return leftovers.left.length === 0 && leftovers.blindSpots.length === 0;
}
