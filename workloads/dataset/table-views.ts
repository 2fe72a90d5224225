import { quoteIdentifier, readParquet } from '../duckdb/compose.js';
import type { DuckDBSession } from '../duckdb/session.js';
import { locationIn } from './paths.js';

/** One relation over a dataset's files. */
export function readFiles(dir: string, names: readonly string[]): string {
  return readParquet(names.map((name) => locationIn(dir, name)));
}

/** Makes each table visible to SQL under its TPC-H name. */
export async function createTableViews(session: DuckDBSession, dir: string, tables: ReadonlyMap<string, readonly string[]>): Promise<void> {
  for (const [table, names] of tables) {
    await session.execute(`CREATE OR REPLACE VIEW ${quoteIdentifier(table)} AS SELECT * FROM ${readFiles(dir, names)}`);
  }
}
