import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { literalList, readParquet } from '../duckdb/compose.js';
import type { DuckDBSession } from '../duckdb/session.js';
import { isMissing } from '../dataset/node-errors.js';
import { fileUri } from '../dataset/source.js';
import { FlowbenchError, messageOf } from '../model/errors.js';
import type { ManifestFile, ManifestTable } from '../model/manifest.js';
import { TPCH_SCHEMA } from '../tpch/schema.js';
import type { DatasetFacts } from './dataset-facts.js';

/**
 * What a work unit v1 needs to know of a folder that has no manifest, read from the Parquet footers:
 * files in the order of their relative names (`<table>/*.parquet`, or `<table>.parquet`), row groups with
 * their rows, column types. No invariant is taken for granted, so plans fall back on what is always right.
 */
export async function describeFolder(uri: string, tableNames: readonly string[], session: DuckDBSession): Promise<DatasetFacts> {
  const tables: Record<string, ManifestTable> = {};
  for (const name of tableNames) tables[name] = await describeTable(uri, await parquetFiles(uri, name), session);
  const money = Object.values(tables).flatMap((table) => table.columns).find((column) => MONEY_COLUMNS.has(column.name));
  return {
    tables,
    scaleFactor: scaleFactorOf(tables),
    numeric: money?.type === 'DOUBLE' ? 'double' : 'decimal',
    invariants: { unique_keys: {}, foreign_keys: {}, ship_minus_order: null, receipt_minus_ship: null, order_ship_spread_days: null },
  };
}

const MONEY_COLUMNS: ReadonlySet<string> = new Set(
  Object.values(TPCH_SCHEMA).flatMap((table) => table.columns.filter(([, type]) => type === 'DECIMAL(15,2)').map(([name]) => name)),
);

/** Paths relative to the folder, sorted as global row-group numbers want it. */
async function parquetFiles(uri: string, table: string): Promise<string[]> {
  const inFolder = (await list(join(uri, table)) ?? []).filter((file) => file.endsWith('.parquet')).map((file) => `${table}/${file}`).sort();
  if (inFolder.length > 0) return inFolder;
  const beside = await list(uri);
  if (beside === null) {
    throw new FlowbenchError('dataset_missing', `There is no folder ${uri}.`, { remedy: 'Give the folder that holds the tables.' });
  }
  if (beside.includes(`${table}.parquet`)) return [`${table}.parquet`];
  throw new FlowbenchError('dataset_missing', `${uri} has no table "${table}": neither ${table}/*.parquet nor ${table}.parquet is there.`, {
    remedy: 'Give the folder that holds the tables, each as a folder of Parquet files.',
  });
}

async function list(folder: string): Promise<string[] | null> {
  try {
    return await readdir(folder);
  } catch (cause) {
    if (isMissing(cause)) return null;
    throw new FlowbenchError('storage_read', `Cannot list ${folder} (${messageOf(cause)}).`, { cause });
  }
}

async function describeTable(uri: string, names: readonly string[], session: DuckDBSession): Promise<ManifestTable> {
  const uris = names.map((name) => fileUri(uri, name));
  const described = await session.query(`DESCRIBE SELECT * FROM ${readParquet(uris)}`);
  const footers = await session.query(
    `SELECT file_name, row_group_id, any_value(row_group_num_rows) FROM parquet_metadata(${literalList(uris)}) GROUP BY ALL ORDER BY ALL`,
  );
  const sizes = await Promise.all(uris.map(async (path) => (await stat(path)).size));
  const files = names.map((name, index) => manifestFile(name, sizes[index] ?? 0, footers.rows.filter(([file]) => file === uris[index])));
  return {
    columns: described.rows.map(([name, type]) => ({ name: name ?? '', type: type ?? '' })),
    primary_key: [],
    clustering_key: null,
    sorted: false,
    codec: 'unknown',
    page_index: false,
    rows: files.reduce((sum, file) => sum + file.rows, 0),
    size_bytes: files.reduce((sum, file) => sum + file.size_bytes, 0),
    files,
  };
}

function manifestFile(name: string, sizeBytes: number, groups: readonly (readonly (string | null)[])[]): ManifestFile {
  const rows = groups.map(([, , count]) => Number(count));
  return {
    name,
    size_bytes: sizeBytes,
    sha256: '',
    rows: rows.reduce((sum, count) => sum + count, 0),
    row_groups: rows.map((count) => ({ rows: count, column_bytes: [], cluster: null })),
  };
}

/** Nobody says it without a manifest, so it is told from a table whose size follows it exactly. */
function scaleFactorOf(tables: Readonly<Record<string, ManifestTable>>): number {
  for (const [name, schema] of Object.entries(TPCH_SCHEMA)) {
    const table = tables[name];
    if (table !== undefined && !schema.fixed && table.rows > 0) return table.rows / schema.rowsAtScale1;
  }
  return 1;
}
