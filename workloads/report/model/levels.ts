import { comparisonOf } from './comparison.js';
import type { Contender, Level, NullPair } from './engine-types.js';
import type { Series } from './series-types.js';

/**
 * What may be set against each other: all series at the same number of workers, and each single process
 * where the workers have as many cores in all, or come closest to it.
 */
export function levelsOf(series: readonly Series[], nullPairs: readonly NullPair[]): Level[] {
  const scaling = contenders(series.filter(({ singleProcess }) => !singleProcess));
  const single = contenders(series.filter(({ singleProcess }) => singleProcess));
  const workers = [...new Set(scaling.map(({ configuration }) => configuration.workers))].sort((a, b) => a - b);
  const levels = workers.length === 0 ? [1] : workers;
  return levels.map((count) => {
    const same = scaling.filter(({ configuration }) => configuration.workers === count);
    const members = [...same, ...single.filter((one) => levelFor(one, scaling, levels) === count)];
    return { workers: count, contenders: members, comparison: comparisonOf(members, nullPairs) };
  });
}

function contenders(series: readonly Series[]): Contender[] {
  return series.flatMap((one) => one.configurations.map((configuration) => ({ series: one, configuration, cores: configuration.workers * configuration.threadsPerWorker })));
}

function levelFor(single: Contender, scaling: readonly Contender[], levels: readonly number[]): number {
  const distance = (workers: number): number =>
    Math.min(Infinity, ...scaling.filter(({ configuration }) => configuration.workers === workers).map(({ cores }) => Math.abs(Math.log2(cores / single.cores))));
  return levels.reduce((best, workers) => (distance(workers) < distance(best) ? workers : best));
}

/** The level that says most: with the most contenders, of several the one with the most workers. */
export function mainLevel(levels: readonly Level[]): Level | null {
  return levels.reduce<Level | null>((best, level) => (best === null || level.contenders.length >= best.contenders.length ? level : best), null);
}
