import { access, mkdir, rename } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { quoteIdentifier } from '../duckdb/compose.js';
import type { DuckDBSession } from '../duckdb/session.js';
import type { Manifest } from '../model/manifest.js';
import { TABLE_NAMES, TPCH_SCHEMA, type TableName } from '../tpch/schema.js';
import { runLayout, type GenerateContext } from './generate-tables.js';
import { datasetId } from './identity.js';
import { describeFile } from './inventory.js';
import { numericColumns } from './schema-check.js';

/** The decimal dataset that a `double` one is made from. */
export interface DecimalSource {
  readonly dir: string;
  readonly tables: ReadonlyMap<TableName, readonly string[]>;
}

/**
 * Writes every file of the source again with money and quantities as DOUBLE, rows in their order, tables
 * that are there already left alone. Each table appears whole.
 */
export async function deriveTables(context: GenerateContext, source: DecimalSource): Promise<void> {
  context.progress.startPhase('Converting decimals to doubles');
  for (const table of TABLE_NAMES) {
    if (await access(join(context.targetDir, table)).then(() => true, () => false)) continue;
    const folder = join(context.workDir, 'double', table);
    await mkdir(folder, { recursive: true });
    for (const name of source.tables.get(table) ?? []) {
      context.progress.working(name);
      await runLayout(context, { operation: 'copy', input: join(source.dir, name), output: join(folder, basename(name)), double_columns: numericColumns(table) });
    }
    await rename(folder, join(context.targetDir, table));
  }
}

/** The id a folder of generated tables would have as a dataset, without describing more than its hashes. */
export async function decimalDatasetId(source: DecimalSource, scaleFactor: number): Promise<string> {
  const files: { name: string; sha256: string }[] = [];
  for (const name of [...source.tables.values()].flat()) files.push(await describeFile(source.dir, name));
  return datasetId({ suite: 'tpch', scaleFactor, numeric: 'decimal', files });
}

/**
 * Order-independent checksums of the eight tables as decimals: a sum over rows of the low half of the MD5
 * of the row's text. Taken over the source and, cast back, over the derived tables they must be equal.
 */
export async function tableChecksums(session: DuckDBSession): Promise<NonNullable<Manifest['derived_from']>['table_checksums']> {
  const checksums: Record<string, string> = {};
  for (const table of TABLE_NAMES) {
    const values = TPCH_SCHEMA[table].columns.map(([name, type]) => `CAST(${quoteIdentifier(name)} AS ${type})::VARCHAR`).join(', ');
    const { rows } = await session.query(`SELECT coalesce(sum(md5_number_lower(concat_ws('|', ${values}))), 0)::VARCHAR FROM ${quoteIdentifier(table)}`);
    checksums[table] = `md5-sum:${rows[0]?.[0] ?? ''}`;
  }
  return checksums;
}
