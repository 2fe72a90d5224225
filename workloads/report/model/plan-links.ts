import type { ResultRow } from '../../model/result-row.js';
import { isS3Uri, joinUri } from '../../model/storage-uri.js';
import { groupBy } from '../../results/group-by.js';
import type { PlanLink } from './engine-types.js';
import { isOfNullRun, isSeriesOf } from './null-pairs.js';
import type { Series } from './series-types.js';

const URL = /^https?:\/\//i;

/** One link a cell: to its last repetition that has one, as engines keep their last plans. */
export function planLinks(rows: readonly ResultRow[], series: readonly Series[], runUriOf: (runId: string) => string): PlanLink[] {
  const linked = rows.filter((row) => row.trace_link !== null && !isOfNullRun(row));
  return groupBy(linked, ({ cell_id: cell }) => cell).flatMap((cell) => {
    const row = cell.reduce((last, one) => (one.repetition > last.repetition ? one : last));
    const link = row.trace_link ?? '';
    return series.filter((one) => isSeriesOf(one, row)).map((one) => ({
      seriesLabel: one.label, seriesId: one.id, workers: row.workers, query: row.query, repetition: row.repetition,
      target: URL.test(link) || isS3Uri(link) || link.startsWith('/') ? link : joinUri(runUriOf(row.run_id), link),
      text: URL.test(link) ? 'page' : link.slice(link.lastIndexOf('/') + 1),
    }));
  });
}
