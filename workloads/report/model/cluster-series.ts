import { formatDuration, plural } from '../format.js';
import type { Series } from './series-types.js';
import type { Section } from './types.js';

/** What tells the two series of a cluster apart: they answer different questions and are never to be mistaken for each other. */
interface ClusterSeries {
  readonly executor: string;
  readonly label: string;
  readonly meaning: string;
}

const END_TO_END: ClusterSeries = {
  executor: 'job',
  label: 'Jobs, end to end with pod start',
  meaning: 'Each stage of each repetition is a Kubernetes Job of its own, made after the clock has started: waiting for a node, for the image and for the container are in every number.',
};
const EXECUTION_ONLY: ClusterSeries = {
  executor: 'warm-job',
  label: 'warm pods, execution only',
  meaning: 'The pods were up before the clock started and take their units over HTTP: what starting them costs is in no number of this series.',
};
const CLUSTER_SERIES = [END_TO_END, EXECUTION_ONLY];

/** Part of a series' label; null for what does not run on a cluster. */
export function clusterLabel(executor: string | null): string | null {
  return CLUSTER_SERIES.find((known) => known.executor === executor)?.label ?? null;
}

/** One sentence for each kind of cluster series that the section has. */
export function clusterNotes({ series }: Pick<Section, 'series'>): string[] {
  return CLUSTER_SERIES.filter((known) => series.some(({ executor }) => executor === known.executor)).map(({ label, meaning }) => `“${label}”: ${meaning}`);
}

/** Both series beside each other at the largest N that both completed; empty where there are not both. */
export function clusterSentences(section: Pick<Section, 'series' | 'commonQueries'>): string[] {
  const totalsOf = (wanted: ClusterSeries): Map<number, number> => new Map(section.series.filter(({ executor }) => executor === wanted.executor).flatMap(medians));
  const [endToEnd, execution] = [totalsOf(END_TO_END), totalsOf(EXECUTION_ONLY)];
  const workers = [...endToEnd.keys()].filter((count) => execution.has(count)).sort((a, b) => a - b).at(-1);
  if (workers === undefined) return [];
  const [withStart, without] = [endToEnd.get(workers) ?? 0, execution.get(workers) ?? 0];
  return [
    `On the cluster at N = ${workers}, ${plural(section.commonQueries.length, 'query takes', 'queries take')} ${formatDuration(withStart)} end to end with a Job a stage, pod start included, ` +
      `and ${formatDuration(without)} on pods that are up already: two questions, not two engines.`,
  ];
}

/** Of several series of one kind the fastest stands for it. */
function medians({ configurations }: Series, _index: number, all: readonly Series[]): [number, number][] {
  return configurations.flatMap(({ workers, totals }): [number, number][] => {
    const rivals = all.flatMap((one) => one.configurations).filter((other) => other.workers === workers).flatMap((other) => other.totals?.medianMs ?? []);
    return totals === null ? [] : [[workers, Math.min(...rivals)]];
  });
}
