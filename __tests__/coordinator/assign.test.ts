import fc from 'fast-check';
import { assignBalanced, assignContiguous, assignRandom, maxLoad, SHAPE_MARGIN, type PreferredShape, type Shards } from '../../workloads/coordinator/assign.js';

const RUNS: PreferredShape = { kind: 'runs' };
/** Three row groups a file. */
const FILES: PreferredShape = { kind: 'files', fileOf: (group) => `file-${Math.floor(group / 3)}` };
/** Each its own file: plain LPT. */
const SINGLE: PreferredShape = { kind: 'files', fileOf: String };

const sizes = fc.array(fc.integer({ min: 0, max: 1_000_000 }), { maxLength: 60 });
const workerCounts = fc.integer({ min: 1, max: 16 });

/** Every second row group survived, so that numbers and positions differ. */
function survivorsOf(bytes: readonly number[]): { groups: number[]; bytes: Float64Array } {
  return { groups: bytes.map((_, position) => position * 2), bytes: Float64Array.from(bytes.flatMap((size) => [size, 7])) };
}

function dealtOnce(shards: Shards, groups: readonly number[]): boolean {
  const dealt = shards.flat().sort((a, b) => a - b);
  return dealt.length === groups.length && dealt.every((group, position) => group === groups[position]) && shards.every(rising);
}

function rising(shard: readonly number[]): boolean {
  return shard.every((group, position) => position === 0 || group > (shard[position - 1] ?? Infinity));
}

/** Graham: no worker of LPT has more than an equal share and the heaviest group on top of it. */
function lptBound(sizesOf: readonly number[], workers: number): number {
  const total = sizesOf.reduce((sum, size) => sum + size, 0);
  return total / workers + (1 - 1 / workers) * Math.max(0, ...sizesOf);
}

describe('assignment of row groups', () => {
  it('deals every surviving row group exactly once, rising, whatever the way', () => {
    fc.assert(fc.property(sizes, workerCounts, fc.integer(), (drawn, workers, seed) => {
      const { groups, bytes } = survivorsOf(drawn);
      const ways = [
        assignBalanced(groups, bytes, workers, SINGLE),
        assignBalanced(groups, bytes, workers, FILES),
        assignBalanced(groups, bytes, workers, RUNS),
        assignContiguous(groups, bytes.length, workers),
        assignRandom(groups, workers, seed),
      ];
      return ways.every((shards) => shards.length === workers && dealtOnce(shards, groups));
    }));
  });

  it('is noticed by that check when a row group is lost or dealt twice', () => {
    const groups = [0, 2, 4];
    expect(dealtOnce([[0, 4], [2]], groups)).toBe(true);
    expect(dealtOnce([[0], [2]], groups)).toBe(false);
    expect(dealtOnce([[0, 4], [2, 4]], groups)).toBe(false);
    expect(dealtOnce([[4, 0], [2]], groups)).toBe(false);
  });

  it('keeps the heaviest worker within the bound of longest-first', () => {
    fc.assert(fc.property(sizes, workerCounts, (drawn, workers) => {
      const { groups, bytes } = survivorsOf(drawn);
      const bound = lptBound(drawn, workers) + 1e-6;
      const spread = maxLoad(assignBalanced(groups, bytes, workers, SINGLE), bytes);
      return spread <= bound && [RUNS, FILES].every((shape) => maxLoad(assignBalanced(groups, bytes, workers, shape), bytes) <= spread * (1 + SHAPE_MARGIN) + 1e-6);
    }));
  });

  it('breaks that bound when dealt as contiguous ranges of a clustered table', () => {
    const bytes = Float64Array.from([1, 1, 1, 1, 0, 0, 0, 0]);
    expect(maxLoad(assignContiguous([0, 1, 2, 3], 8, 2), bytes)).toBeGreaterThan(lptBound([1, 1, 1, 1], 2) - 0.001);
    expect(maxLoad(assignContiguous([0, 1, 2, 3], 8, 2), bytes)).toBe(4);
    expect(maxLoad(assignBalanced([0, 1, 2, 3], bytes, 2, SINGLE), bytes)).toBe(2);
  });

  it('gives neighbours to one worker where affinity asks for it and balance allows it', () => {
    const groups = Array.from({ length: 12 }, (_, group) => group);
    const even = new Float64Array(12).fill(10);
    expect(assignBalanced(groups, even, 3, RUNS)).toEqual([[0, 1, 2, 3], [4, 5, 6, 7], [8, 9, 10, 11]]);
    const lopsided = Float64Array.from([9, 1, 9, 1, 9, 1, 1, 1, 1, 1, 1, 1]);
    const dealt = assignBalanced(groups, lopsided, 3, RUNS);
    expect(maxLoad(dealt, lopsided)).toBeLessThanOrEqual(12 * (1 + SHAPE_MARGIN));
  });

  it('keeps files whole where balance allows it', () => {
    const groups = Array.from({ length: 12 }, (_, group) => group);
    expect(assignBalanced(groups, new Float64Array(12).fill(10), 2, FILES)).toEqual([[0, 1, 2, 6, 7, 8], [3, 4, 5, 9, 10, 11]]);
    const dealt = assignBalanced(groups.slice(0, 3), new Float64Array(12).fill(10), 3, FILES);
    expect(dealt).toEqual([[0], [1], [2]]);
  });

  it('leaves no worker idle while there is a row group for each', () => {
    fc.assert(fc.property(sizes, workerCounts, (drawn, workers) => {
      const { groups, bytes } = survivorsOf(drawn.map((size) => size + 1));
      const busy = (shards: Shards): number => shards.filter((shard) => shard.length > 0).length;
      const expected = Math.min(workers, groups.length);
      return [SINGLE, FILES, RUNS].every((shape) => busy(assignBalanced(groups, bytes, workers, shape)) === expected);
    }));
  });

  it('deals the same way again for the same seed, and another way for another', () => {
    const groups = Array.from({ length: 40 }, (_, group) => group);
    expect(assignRandom(groups, 4, 7)).toEqual(assignRandom(groups, 4, 7));
    expect(assignRandom(groups, 4, 7)).not.toEqual(assignRandom(groups, 4, 8));
  });
});
