import type { DuckDBSession } from '../duckdb/session.js';
import { FlowbenchError } from '../model/errors.js';
import type { Manifest, ManifestFile, ManifestTable } from '../model/manifest.js';
import { CLUSTERING_KEY, TABLE_NAMES, TPCH_SCHEMA, type TableName } from '../tpch/schema.js';
import { measureClusters } from './clusters.js';
import { datasetId, sealed } from './identity.js';
import { describeFile, type FileFacts } from './inventory.js';
import { INVARIANT_STEPS, measureInvariants } from './invariants.js';
import { checkSchemas } from './schema-check.js';
import { createTableViews } from './table-views.js';

export interface ManifestRequest {
  readonly dir: string;
  /** Files of every table, relative names in rising order. */
  readonly tables: ReadonlyMap<TableName, readonly string[]>;
  readonly scaleFactor: number;
  readonly origin: Manifest['origin'];
  readonly tools: Readonly<Record<string, string>>;
  readonly derivedFrom: Manifest['derived_from'];
  /** Its memory limit is what the measuring scans may take. */
  readonly session: DuckDBSession;
  /** Called before each of {@link manifestSteps} steps, for a progress line. */
  readonly onStep: (what: string) => void;
}

/**
 * Describes the files as they are: hashes, row groups, ranges and invariants are all measured, none is
 * taken from what made them. Leaves views of the eight tables in the session.
 * Throws `schema_mismatch` or `dataset_invalid` when the files are not TPC-H's tables.
 */
export async function buildManifest(request: ManifestRequest): Promise<Manifest> {
  requireAllTables(request);
  return measureManifest(request, await describeFiles(request));
}

/** The second half of {@link buildManifest}, for files that were described already. */
export async function measureManifest(request: ManifestRequest, facts: ReadonlyMap<TableName, readonly FileFacts[]>): Promise<Manifest> {
  const numeric = checkSchemas(facts);
  await createTableViews(request.session, request.dir, request.tables);
  await request.session.execute('SET preserve_insertion_order = true');
  const tables: Record<string, ManifestTable> = {};
  for (const [table, files] of facts) tables[table] = await describeTable(request, table, files);
  await request.session.execute('SET preserve_insertion_order = false');
  const invariants = await measureInvariants(request.session, request.onStep);
  const files = Object.values(tables).flatMap((table) => table.files);
  return sealed({
    manifest_version: 1,
    dataset_id: datasetId({ suite: 'tpch', scaleFactor: request.scaleFactor, numeric, files }),
    suite: 'tpch',
    scale_factor: request.scaleFactor,
    numeric,
    origin: request.origin,
    created_at: new Date().toISOString(),
    tools: { ...request.tools },
    derived_from: request.derivedFrom,
    tables,
    invariants,
  });
}

/** How often `onStep` is called for these tables. */
export function manifestSteps(tables: ReadonlyMap<TableName, readonly string[]>): number {
  let steps = INVARIANT_STEPS;
  for (const [table, names] of tables) steps += names.length * (CLUSTERING_KEY[table] === undefined ? 1 : 2);
  return steps;
}

function requireAllTables({ dir, tables }: ManifestRequest): void {
  const missing = TABLE_NAMES.filter((table) => (tables.get(table)?.length ?? 0) === 0);
  if (missing.length === 0) return;
  throw new FlowbenchError('schema_mismatch', `${dir} has no Parquet file for ${missing.join(', ')}.`, {
    remedy: 'Each table is <table>.parquet or a folder <table>/ with Parquet files.',
  });
}

async function describeFiles({ dir, tables, onStep }: ManifestRequest): Promise<Map<TableName, FileFacts[]>> {
  const facts = new Map<TableName, FileFacts[]>();
  for (const table of TABLE_NAMES) {
    const described: FileFacts[] = [];
    for (const name of tables.get(table) ?? []) {
      onStep(`hash of ${name}`);
      described.push(await describeFile(dir, name));
    }
    facts.set(table, described);
  }
  return facts;
}

async function describeTable(request: ManifestRequest, table: TableName, facts: readonly FileFacts[]): Promise<ManifestTable> {
  const clusteringKey = CLUSTERING_KEY[table] ?? null;
  const files: ManifestFile[] = [];
  let risingWithin = clusteringKey !== null;
  for (const file of facts) {
    const described = await clusteredFile(request, file, clusteringKey);
    files.push(described.file);
    risingWithin &&= described.risingWithin;
  }
  return {
    columns: (facts[0]?.footer.columns ?? []).map((column) => ({ ...column })),
    primary_key: [...TPCH_SCHEMA[table].primaryKey],
    clustering_key: clusteringKey,
    sorted: risingWithin && risesOver(files),
    codec: [...new Set(facts.flatMap((file) => [...file.footer.codecs]))].sort().join('+') || 'NONE',
    page_index: facts.every((file) => file.footer.pageIndex),
    rows: files.reduce((sum, file) => sum + file.rows, 0),
    size_bytes: files.reduce((sum, file) => sum + file.size_bytes, 0),
    files,
  };
}

async function clusteredFile(request: ManifestRequest, facts: FileFacts, key: string | null): Promise<{ file: ManifestFile; risingWithin: boolean }> {
  const groups = facts.footer.rowGroups;
  if (key !== null) request.onStep(`row groups of ${facts.name}`);
  const measured =
    key === null
      ? { clusters: groups.map(() => null), risingWithin: false }
      : await measureClusters(request.session, request.dir, facts.name, key, groups);
  const file: ManifestFile = {
    name: facts.name,
    size_bytes: facts.sizeBytes,
    sha256: facts.sha256,
    rows: facts.footer.rows,
    row_groups: groups.map((group, index) => ({
      rows: group.rows,
      column_bytes: [...group.columnBytes],
      cluster: measured.clusters[index] ?? null,
    })),
  };
  return { file, risingWithin: measured.risingWithin };
}

/** Whether each row group starts where the one before it ended, or later. ISO dates compare as text. */
function risesOver(files: readonly ManifestFile[]): boolean {
  const clusters = files.flatMap((file) => file.row_groups.map((group) => group.cluster));
  return clusters.every((cluster, index) => cluster !== null && (index === 0 || (clusters[index - 1]?.max ?? '') <= cluster.min));
}
