import { quoteLiteral, withSources } from '../../duckdb/compose.js';
import type { DuckDBSession } from '../../duckdb/session.js';
import { rowsOf, scanOf } from '../../dataset/source.js';
import type { DatasetIndex } from '../../coordinator/dataset-index.js';
import { bucketsOf } from '../../coordinator/committed.js';
import type { TypedRows } from '../../model/typed-rows.js';
import type { WorkUnitV2 } from '../../model/work-unit.js';
import { TABLE_NAMES, type TableName } from '../../tpch/schema.js';

/**
 * An answer without a row comes from the program without its columns. They are what the text makes of tables
 * without rows, which the coordinator's engine tells.
 */
export async function emptyAnswer(sql: string, tables: readonly string[], { session, index }: { readonly session: DuckDBSession; readonly index: DatasetIndex }): Promise<TypedRows> {
  return session.query(typedEmpty(sql, tables, index));
}

/** The partial of a unit whose answer had no row: with its columns, in each of its files. */
export async function writeEmptyPartial(unit: WorkUnitV2, sql: string, { session, index }: { readonly session: DuckDBSession; readonly index: DatasetIndex }): Promise<number[]> {
  const files = bucketsOf(unit.output.uri, unit.output.buckets);
  const sides = new Map(unit.input.side_inputs.map(({ name, uris }) => [name, uris]));
  for (const file of files) await session.execute(`COPY (${typedEmpty(sql, unit.input.tables, index, sides)}) TO ${quoteLiteral(file)} (FORMAT parquet)`);
  return files.map(() => 0);
}

function typedEmpty(sql: string, tables: readonly string[], index: DatasetIndex, sides: ReadonlyMap<string, readonly string[]> = new Map()): string {
  const sources = new Map<string, string>();
  for (const name of tables.filter((table): table is TableName => TABLE_NAMES.some((known) => known === table))) {
    const { table } = index.table(name);
    sources.set(name, rowsOf(scanOf('', name, table, []), table.columns.map((column) => column.name)));
  }
  for (const [name, uris] of sides) sources.set(name, `SELECT * FROM read_parquet([${uris.map(quoteLiteral).join(', ')}]) LIMIT 0`);
  return `SELECT * FROM (${withSources(sources, sql)}) LIMIT 0`;
}
