import { seededRandom } from '../model/seeded-random.js';

/**
 * Deals row groups to workers. Every function answers one list of global row-group numbers per worker,
 * rising, some possibly empty, together holding each given number exactly once.
 */
export type Shards = number[][];

/** How much heavier than LPT's heaviest worker a preferred shape may be and still be taken. */
export const SHAPE_MARGIN = 0.05;

/**
 * What is taken instead of LPT over single row groups where it balances as well: `runs` of neighbours, or
 * whole `files`, `fileOf` a row group telling which.
 */
export type PreferredShape =
  | { readonly kind: 'runs' }
  | { readonly kind: 'files'; readonly fileOf: (group: number) => string };

/**
 * By bytes, heaviest first, each to the worker with the least so far (LPT: at most 4/3 of the best possible
 * maximum). The preferred shape is taken where its heaviest worker is within {@link SHAPE_MARGIN} of that.
 */
export function assignBalanced(groups: readonly number[], bytes: Float64Array, workers: number, shape: PreferredShape): Shards {
  const spread = heaviestFirst(groups.map((group) => [group]), bytes, workers);
  const preferred = shape.kind === 'runs' ? balancedRuns(groups, bytes, workers) : heaviestFirst(byFile(groups, shape.fileOf), bytes, workers);
  const loaded = (shards: Shards): number => shards.filter((shard) => shard.length > 0).length;
  return maxLoad(preferred, bytes) <= maxLoad(spread, bytes) * (1 + SHAPE_MARGIN) && loaded(preferred) === loaded(spread) ? preferred : spread;
}

/** Equal half-open ranges over all row groups of the table, whatever survives in them: `--partitions 0:21`. */
export function assignContiguous(groups: readonly number[], rowGroupCount: number, workers: number): Shards {
  const shards = emptyShards(workers);
  for (let worker = 0; worker < workers; worker += 1) {
    const from = Math.floor((worker * rowGroupCount) / workers);
    const to = Math.floor(((worker + 1) * rowGroupCount) / workers);
    shards[worker] = groups.filter((group) => group >= from && group < to);
  }
  return shards;
}

/** Each row group to a worker drawn by the seed. */
export function assignRandom(groups: readonly number[], workers: number, seed: number): Shards {
  const shards = emptyShards(workers);
  const random = seededRandom(seed);
  for (const group of groups) shards[Math.floor(random() * workers)]?.push(group);
  return shards;
}

/** Bytes of the heaviest shard. */
export function maxLoad(shards: Shards, bytes: Float64Array): number {
  return Math.max(0, ...shards.map((shard) => loadOf(shard, bytes)));
}

export function loadOf(shard: readonly number[], bytes: Float64Array): number {
  return shard.reduce((sum, group) => sum + (bytes[group] ?? 0), 0);
}

/** LPT over clumps of row groups, each of which stays together. */
function heaviestFirst(clumps: readonly (readonly number[])[], bytes: Float64Array, workers: number): Shards {
  const shards = emptyShards(workers);
  const loads = new Float64Array(workers);
  const weighed = clumps.map((clump) => ({ clump, weight: loadOf(clump, bytes) }));
  weighed.sort((a, b) => b.weight - a.weight || (a.clump[0] ?? 0) - (b.clump[0] ?? 0));
  for (const { clump, weight } of weighed) {
    const lightest = lightestOf(loads);
    shards[lightest]?.push(...clump);
    loads[lightest] = (loads[lightest] ?? 0) + weight;
  }
  for (const shard of shards) shard.sort((a, b) => a - b);
  return shards;
}

function lightestOf(loads: Float64Array): number {
  let lightest = 0;
  for (let worker = 1; worker < loads.length; worker += 1) {
    if ((loads[worker] ?? 0) < (loads[lightest] ?? 0)) lightest = worker;
  }
  return lightest;
}

function byFile(groups: readonly number[], fileOf: (group: number) => string): number[][] {
  const files = new Map<string, number[]>();
  for (const group of groups) {
    const file = fileOf(group);
    const known = files.get(file);
    if (known === undefined) files.set(file, [group]);
    else known.push(group);
  }
  return [...files.values()];
}

/** The contiguous runs with the smallest possible maximum, found by bisection over the cap of a run. */
function balancedRuns(groups: readonly number[], bytes: Float64Array, workers: number): Shards {
  let low = groups.reduce((max, group) => Math.max(max, bytes[group] ?? 0), 0);
  let high = loadOf(groups, bytes);
  while (low < high) {
    const cap = Math.floor((low + high) / 2);
    if (cutAtCap(groups, bytes, workers, cap) === null) low = cap + 1;
    else high = cap;
  }
  return cutAtCap(groups, bytes, workers, low) ?? emptyShards(workers);
}

/** Runs of at most `cap` bytes, as many as there are workers or groups; null when that many do not suffice. */
function cutAtCap(groups: readonly number[], bytes: Float64Array, workers: number, cap: number): Shards | null {
  const shards = emptyShards(workers);
  let worker = 0;
  let load = 0;
  for (const [position, group] of groups.entries()) {
    const size = bytes[group] ?? 0;
    const full = load + size > cap;
    // Cutting early where no more groups are left than workers to come keeps none of those idle.
    const leaveOneEach = groups.length - position <= workers - 1 - worker;
    if ((full || leaveOneEach) && (shards[worker]?.length ?? 0) > 0) {
      worker += 1;
      load = 0;
      if (worker === workers) return null;
    }
    shards[worker]?.push(group);
    load += size;
  }
  return shards;
}

function emptyShards(workers: number): Shards {
  return Array.from({ length: workers }, () => []);
}
