import { literalList, readParquet } from '../duckdb/compose.js';
import type { DuckDBSession } from '../duckdb/session.js';
import { FlowbenchError } from '../model/errors.js';
import type { ManifestFile, ManifestTable } from '../model/manifest.js';
import { joinUri } from '../model/storage-uri.js';
import { storageOf } from '../storage/storage-of.js';
import type { StoredFile } from '../storage/storage.js';
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

/** The table's files, sorted as global row-group numbers want it. */
async function parquetFiles(uri: string, table: string): Promise<StoredFile[]> {
  const storage = storageOf(uri);
  const folder = joinUri(uri, table);
  const inFolder = (await storage.list(folder)).filter((file) => file.uri.endsWith('.parquet') && !nameBelow(folder, file).includes('/'));
  if (inFolder.length > 0) return inFolder;
  const single = joinUri(uri, `${table}.parquet`);
  const sizeBytes = await storage.size(single);
  if (sizeBytes !== null) return [{ uri: single, sizeBytes }];
  if ((await storage.list(uri)).length === 0) {
    throw new FlowbenchError('dataset_missing', `There is no folder ${uri}, or nothing is in it.`, { remedy: 'Give the folder that holds the tables.' });
  }
  throw new FlowbenchError('dataset_missing', `${uri} has no table "${table}": neither ${table}/*.parquet nor ${table}.parquet is there.`, {
    remedy: 'Give the folder that holds the tables, each as a folder of Parquet files.',
  });
}

/** `s3://b/x`, `s3://b/x/y/z.parquet` → `y/z.parquet`. */
function nameBelow(folder: string, file: StoredFile): string {
  return file.uri.slice(joinUri(folder, '').length);
}

async function describeTable(uri: string, stored: readonly StoredFile[], session: DuckDBSession): Promise<ManifestTable> {
  const uris = stored.map((file) => file.uri);
  const described = await session.query(`DESCRIBE SELECT * FROM ${readParquet(uris)}`);
  const footers = await session.query(
    `SELECT file_name, row_group_id, any_value(row_group_num_rows) FROM parquet_metadata(${literalList(uris)}) GROUP BY ALL ORDER BY ALL`,
  );
  const files = stored.map((file) => manifestFile(nameBelow(uri, file), file.sizeBytes, footers.rows.filter(([name]) => name === file.uri)));
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
