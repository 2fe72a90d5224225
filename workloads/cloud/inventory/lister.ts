import { type CloudClients } from './clients.js';
import { type FoundResource, type ResourceKind } from './resource.js';

/** Whose things are looked for. */
export interface Search {
  readonly project: string;
}

/**
 * Lists what exists of one kind. Kinds whose tags take a call each are asked only for names of ours; all
 * others return everything in the region, and belonging.ts says what is ours.
 */
export interface Lister {
  readonly kind: ResourceKind;
  list(clients: CloudClients, search: Search): Promise<FoundResource[]>;
}

/** Items of all pages: `items(paginateX(...), (page) => page.Things)`. */
export async function items<Page, Item>(pages: AsyncIterable<Page>, of: (page: Page) => readonly Item[] | undefined): Promise<Item[]> {
  const all: Item[] = [];
  for await (const page of pages) all.push(...(of(page) ?? []));
  return all;
}

const CALLS_AT_ONCE = 8;

/** `each(item)` of every item, a few at a time, in the order of the items. The first failure fails all. */
export async function inTurn<Item, Result>(all: readonly Item[], each: (item: Item) => Promise<Result>): Promise<Result[]> {
  const results: Result[] = [];
  for (let from = 0; from < all.length; from += CALLS_AT_ONCE) {
    results.push(...(await Promise.all(all.slice(from, from + CALLS_AT_ONCE).map(each))));
  }
  return results;
}

/** A service that leaves out the id of a thing describes nothing that could be named or deleted. */
export function idOf(value: string | undefined, what: string): string {
  if (value === undefined || value === '') throw new Error(`The service described a ${what} without its id.`);
  return value;
}

/** Whether a call failed because the thing is not there (any more). A rule that is not found says nothing about its group. */
export function isGone(error: unknown): boolean {
  if (!(error instanceof Error) || error.name === 'InvalidPermission.NotFound') return false;
  return /NotFound|NoSuchEntity|NoSuchBucket|NoSuchTagSet|does not exist/i.test(`${error.name} ${error.message}`);
}

/** What `call` gives, or undefined when the thing went between listing it and asking. */
export async function unlessGone<Result>(call: () => Promise<Result>): Promise<Result | undefined> {
  try {
    return await call();
  } catch (error) {
    if (isGone(error)) return undefined;
    throw error;
  }
}
