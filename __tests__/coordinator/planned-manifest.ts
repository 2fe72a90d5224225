import type { Invariants, Manifest, ManifestRowGroup, ManifestTable } from '../../workloads/model/manifest.js';
import { CLUSTERING_KEY, FOREIGN_KEYS, TABLE_NAMES, TPCH_SCHEMA, type TableName } from '../../workloads/tpch/schema.js';

/** What a test says of one lineitem row group. */
export interface GroupSketch {
  readonly rows?: number;
  /** Compressed bytes of each column. */
  readonly columnBytes?: number;
  /** First and last l_shipdate; null for a group without a range. */
  readonly days: readonly [string, string] | null;
  readonly nulls?: number;
}

export const ALL_PROVEN: Invariants = {
  unique_keys: Object.fromEntries(TABLE_NAMES.map((table) => [table, true])),
  foreign_keys: Object.fromEntries(FOREIGN_KEYS.map(({ name }) => [name, true])),
  ship_minus_order: { min_days: 1, max_days: 121 },
  receipt_minus_ship: { min_days: 1, max_days: 30 },
  order_ship_spread_days: 120,
};

export interface ManifestSketch {
  readonly lineitem: readonly GroupSketch[];
  /** Row groups of orders, of partsupp: all alike. */
  readonly otherGroups?: number;
  readonly sorted?: boolean;
  readonly invariants?: Partial<Invariants>;
}

/** A manifest for planning only: no files lie behind it. */
export function sketchManifest(sketch: ManifestSketch): Manifest {
  const tables = Object.fromEntries(TABLE_NAMES.map((name): [TableName, ManifestTable] => {
    const groups = name === 'lineitem' ? sketch.lineitem.map((group) => rowGroup(name, group)) : others(name, sketch.otherGroups ?? 1);
    return [name, table(name, groups, sketch.sorted ?? false)];
  }));
  return {
    manifest_version: 1,
    dataset_id: `sha256:${'0'.repeat(64)}`,
    content_sha256: '0'.repeat(64),
    suite: 'tpch',
    scale_factor: 1,
    numeric: 'decimal',
    origin: 'generated',
    created_at: '2026-01-01T00:00:00Z',
    tools: {},
    derived_from: null,
    tables,
    invariants: { ...ALL_PROVEN, ...sketch.invariants },
  };
}

function others(name: TableName, count: number): ManifestRowGroup[] {
  return Array.from({ length: count }, () => rowGroup(name, { days: null }));
}

function rowGroup(name: TableName, sketch: GroupSketch): ManifestRowGroup {
  return {
    rows: sketch.rows ?? 100,
    column_bytes: TPCH_SCHEMA[name].columns.map(() => sketch.columnBytes ?? 1_000),
    cluster: sketch.days === null ? null : { min: sketch.days[0], max: sketch.days[1], nulls: sketch.nulls ?? 0 },
  };
}

function table(name: TableName, groups: ManifestRowGroup[], sorted: boolean): ManifestTable {
  const rows = groups.reduce((sum, group) => sum + group.rows, 0);
  return {
    columns: TPCH_SCHEMA[name].columns.map(([column, type]) => ({ name: column, type })),
    primary_key: [...TPCH_SCHEMA[name].primaryKey],
    clustering_key: CLUSTERING_KEY[name] ?? null,
    sorted,
    codec: 'ZSTD',
    page_index: true,
    rows,
    size_bytes: 1,
    files: [{ name: `${name}/part-000.parquet`, size_bytes: 1, sha256: '0'.repeat(64), rows, row_groups: groups }],
  };
}

/** A table as the layout makes it: one row group for each stretch of days, in rising order. */
export function sortedMonths(count: number, columnBytes: (group: number) => number = () => 1_000): GroupSketch[] {
  const start = Date.UTC(1992, 0, 2);
  const spanDays = 2_525;
  return Array.from({ length: count }, (_, group) => ({
    columnBytes: columnBytes(group),
    days: [dayAfter(start, Math.floor((group * spanDays) / count)), dayAfter(start, Math.floor(((group + 1) * spanDays) / count))],
  }));
}

function dayAfter(startMs: number, days: number): string {
  return new Date(startMs + days * 86_400_000).toISOString().slice(0, 10);
}
