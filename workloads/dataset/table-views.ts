import { join } from 'node:path';
import { literalList, quoteIdentifier } from '../duckdb/compose.js';
import type { DuckDBSession } from '../duckdb/session.js';

/**
 * One relation over a dataset's files. Folder names like `year=1992` stay folder names: read as columns
 * they would change the table.
 */
export function readFiles(dir: string, names: readonly string[]): string {
  return `read_parquet(${literalList(names.map((name) => join(dir, name)))}, hive_partitioning = false)`;
}

/** Makes each table visible to SQL under its TPC-H name. */
export async function createTableViews(session: DuckDBSession, dir: string, tables: ReadonlyMap<string, readonly string[]>): Promise<void> {
  for (const [table, names] of tables) {
    await session.execute(`CREATE OR REPLACE VIEW ${quoteIdentifier(table)} AS SELECT * FROM ${readFiles(dir, names)}`);
  }
}
