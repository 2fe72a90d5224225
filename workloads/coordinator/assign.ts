/**
 * Deals row groups to workers. Every function answers one list of global row-group numbers per worker,
 * rising, some possibly empty, together holding each given number exactly once.
 */
export type Shards = number[][];

/** How much heavier than LPT's heaviest worker a run of neighbours may be and still be preferred. */
export const ORDERED_MARGIN = 0.05;

/**
 * By bytes, heaviest first, each to the worker with the least so far (LPT: at most 4/3 of the best possible
 * maximum). With `ordered` affinity, contiguous runs of the survivors are taken instead where their
 * heaviest worker is within {@link ORDERED_MARGIN} of LPT's: orders then straddle few shards.
 */
export function assignBalanced(groups: readonly number[], bytes: Float64Array, workers: number, affinity: 'spread' | 'ordered'): Shards {
  const spread = longestFirst(groups, bytes, workers);
  if (affinity === 'spread') return spread;
  const runs = balancedRuns(groups, bytes, workers);
  return maxLoad(runs, bytes) <= maxLoad(spread, bytes) * (1 + ORDERED_MARGIN) ? runs : spread;
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
  const random = mulberry32(seed);
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

function longestFirst(groups: readonly number[], bytes: Float64Array, workers: number): Shards {
  const shards = emptyShards(workers);
  const loads = new Float64Array(workers);
  const heaviestFirst = [...groups].sort((a, b) => (bytes[b] ?? 0) - (bytes[a] ?? 0) || a - b);
  for (const group of heaviestFirst) {
    const lightest = loads.indexOf(Math.min(...loads));
    shards[lightest]?.push(group);
    loads[lightest] = (loads[lightest] ?? 0) + (bytes[group] ?? 0);
  }
  for (const shard of shards) shard.sort((a, b) => a - b);
  return shards;
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

/** A small generator with 32 bits of state: the same seed deals the same way on every machine. */
function mulberry32(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
