import { quoteIdentifier } from '../duckdb/compose.js';
import type { DuckDBSession } from '../duckdb/session.js';
import { FlowbenchError } from '../model/errors.js';
import type { ManifestRowGroup } from '../model/manifest.js';
import { readFiles } from './table-views.js';

type Cluster = ManifestRowGroup['cluster'];

export interface MeasuredClusters {
  /** One a row group, in order. */
  readonly clusters: readonly Cluster[];
  /** Whether the rows of every row group lie in rising order and none is NULL. */
  readonly risingWithin: boolean;
}

/** Row groups measured by one statement: enough to keep both cores busy, few enough to plan quickly. */
const GROUPS_PER_STATEMENT = 32;

/**
 * Measures the range of the clustering key in every row group of one file by reading the key's values:
 * the statistics in a footer are what the file's writer claims, and pruning must not rest on a claim.
 */
export async function measureClusters(session: DuckDBSession, dir: string, name: string, key: string, rowGroups: readonly { readonly rows: number }[]): Promise<MeasuredClusters> {
  const clusters: Cluster[] = [];
  let risingWithin = true;
  const selects = selectPerGroup(readFiles(dir, [name]), key, rowGroups);
  for (let from = 0; from < selects.length; from += GROUPS_PER_STATEMENT) {
    const { rows } = await session.query(`${selects.slice(from, from + GROUPS_PER_STATEMENT).join('\nUNION ALL ')}\nORDER BY 1`);
    for (const [index, counted, min, max, nulls, falls] of rows) {
      if (Number(counted) !== rowGroups[Number(index)]?.rows) {
        throw new FlowbenchError('dataset_invalid', `Row group ${index} of ${name} holds ${counted} rows where its footer says ${rowGroups[Number(index)]?.rows}.`);
      }
      clusters.push(min === null || min === undefined || max === null || max === undefined ? null : { min, max, nulls: Number(nulls) });
      risingWithin &&= nulls === '0' && falls === '0';
    }
  }
  return { clusters, risingWithin };
}

/** `lag() OVER ()` looks at the row before in the order of the file, which needs preserve_insertion_order. */
function selectPerGroup(source: string, key: string, rowGroups: readonly { readonly rows: number }[]): string[] {
  const column = quoteIdentifier(key);
  let firstRow = 0;
  return rowGroups.map(({ rows }, index) => {
    const from = firstRow;
    firstRow += rows;
    return (
      `SELECT ${index} AS row_group, count(*), min(k)::VARCHAR, max(k)::VARCHAR, count(*) - count(k), count(*) FILTER (fell)` +
      ` FROM (SELECT k, coalesce(k < lag(k) OVER (), false) AS fell FROM` +
      ` (SELECT ${column} AS k FROM ${source} WHERE file_row_number >= ${from} AND file_row_number < ${firstRow}))`
    );
  });
}
