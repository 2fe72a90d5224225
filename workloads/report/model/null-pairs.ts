import type { ResultRow } from '../../model/result-row.js';
import { groupBy } from '../../results/group-by.js';
import { buildCell } from './cells.js';
import type { NullPair } from './engine-types.js';
import type { Configuration, Series } from './series-types.js';

/** Rows of the second series of the null run: the very same engine once more. */
export function isOfNullRun(row: ResultRow): boolean {
  return row.replica > 1;
}

/** Sets each second series of the null run beside its first, over the queries that both completed. */
export function nullPairsOf(rows: readonly ResultRow[], series: readonly Series[]): NullPair[] {
  const groups = groupBy(rows.filter(isOfNullRun), (row) => JSON.stringify([row.engine, row.variant, row.tier, row.executor, row.assignment, row.workers, row.threads_per_worker, row.replica]));
  return groups.flatMap((group) => {
    const first = group[0] as ResultRow;
    return series.filter((one) => isSeriesOf(one, first)).flatMap((one) => one.configurations.filter((configuration) => isAt(configuration, first)).flatMap((configuration) => pairOf(one, configuration, group)));
  });
}

export function isSeriesOf(series: Series, row: Pick<ResultRow, 'engine' | 'variant' | 'tier' | 'executor' | 'assignment'>): boolean {
  return series.engine === row.engine && series.variant === row.variant && series.tier === row.tier && series.executor === row.executor && series.assignment === row.assignment;
}

function isAt(configuration: Configuration, row: ResultRow): boolean {
  return configuration.workers === row.workers && configuration.threadsPerWorker === row.threads_per_worker;
}

function pairOf(series: Series, configuration: Configuration, again: readonly ResultRow[]): NullPair[] {
  const both = configuration.cells.flatMap(({ query, outcome }) => {
    const second = buildCell(query, again.filter((row) => row.query === query)).outcome;
    return outcome.kind === 'ok' && second.kind === 'ok' ? [{ query, firstMs: outcome.timing.median, secondMs: second.timing.median }] : [];
  });
  if (both.length === 0) return [];
  const sum = (read: (one: (typeof both)[number]) => number): number => both.reduce((total, one) => total + read(one), 0);
  return [{
    label: series.label, seriesId: series.id, workers: configuration.workers, at: series.singleProcess ? 'one process' : `N = ${configuration.workers}`,
    perQuery: both.map(({ query, firstMs, secondMs }) => ({ query, ratio: secondMs / firstMs })),
    total: sum(({ secondMs }) => secondMs) / sum(({ firstMs }) => firstMs),
  }];
}
