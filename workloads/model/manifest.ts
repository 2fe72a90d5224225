import * as z from 'zod';

/**
 * What a dataset is, measured once: its files with hashes, its row groups with bytes per column, and the
 * invariants that the planner may rely on. An invariant the manifest did not measure does not exist.
 */
const rowGroupSchema = z.strictObject({
  rows: z.int().positive(),
  /** Compressed bytes per column, in the order of the table's `columns`. */
  column_bytes: z.array(z.int().nonnegative()),
  /** Range of the table's clustering key, measured from the data; null where the table has none or the group holds only NULLs. */
  cluster: z.strictObject({ min: z.string(), max: z.string(), nulls: z.int().nonnegative() }).nullable(),
});

const fileSchema = z.strictObject({
  /**
   * Relative to the dataset, with forward slashes: `lineitem/1992-01.parquet`. Adopted data keeps whatever
   * layout it has (`lineitem.parquet`, `lineitem/year=1992/x.parquet`), but never leaves the dataset's folder.
   */
  name: z.string().regex(/^(?!\/)(?!(?:.*\/)?\.\.?\/).+\.parquet$/),
  size_bytes: z.int().nonnegative(),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  rows: z.int().nonnegative(),
  row_groups: z.array(rowGroupSchema),
});

const tableSchema = z.strictObject({
  columns: z.array(z.strictObject({ name: z.string(), type: z.string() })).min(1),
  primary_key: z.array(z.string()),
  /** The column row groups carry a range of (`l_shipdate` for lineitem), null for none. */
  clustering_key: z.string().nullable(),
  /** Whether rows lie in rising order of the clustering key over files and row groups. */
  sorted: z.boolean(),
  codec: z.string(),
  page_index: z.boolean(),
  rows: z.int().nonnegative(),
  size_bytes: z.int().nonnegative(),
  /** In the order of global row-group numbers: sorted by name. */
  files: z.array(fileSchema),
});

const dayRange = z.strictObject({ min_days: z.int(), max_days: z.int() });

export const invariantsSchema = z.strictObject({
  /** Table → its primary key is unique and never NULL. */
  unique_keys: z.record(z.string(), z.boolean()),
  /** `lineitem.l_orderkey->orders.o_orderkey` → every value of the left is found on the right, none NULL. */
  foreign_keys: z.record(z.string(), z.boolean()),
  /** l_shipdate − o_orderdate over lineitem ⋈ orders; null when not measured or a NULL date makes it void. */
  ship_minus_order: dayRange.nullable(),
  /** l_receiptdate − l_shipdate over lineitem; null as above. */
  receipt_minus_ship: dayRange.nullable(),
  /** Largest (max − min) l_shipdate within one l_orderkey, in days; null as above. */
  order_ship_spread_days: z.int().nullable(),
});
export type Invariants = z.infer<typeof invariantsSchema>;

export const manifestSchema = z.strictObject({
  manifest_version: z.literal(1),
  /** `sha256:…` over sorted relative names and file hashes, suite, scale factor, and numeric type. */
  dataset_id: z.string().regex(/^sha256:[0-9a-f]{64}$/),
  /** sha256 over everything else in the manifest: an edited range or invariant would change answers unseen. */
  content_sha256: z.string().regex(/^[0-9a-f]{64}$/),
  suite: z.literal('tpch'),
  scale_factor: z.number().positive(),
  /** How money and quantity columns are typed. */
  numeric: z.enum(['decimal', 'double']),
  origin: z.enum(['generated', 'adopted', 'derived']),
  created_at: z.iso.datetime(),
  /** Tool → version, of what made the files. */
  tools: z.record(z.string(), z.string()),
  derived_from: z
    .strictObject({
      dataset_id: z.string(),
      /** Table → order-independent checksum of its rows as they were before the change of type. */
      table_checksums: z.record(z.string(), z.string()),
    })
    .nullable(),
  tables: z.record(z.string(), tableSchema),
  invariants: invariantsSchema,
});
export type Manifest = z.infer<typeof manifestSchema>;
export type ManifestTable = z.infer<typeof tableSchema>;
export type ManifestFile = z.infer<typeof fileSchema>;
export type ManifestRowGroup = z.infer<typeof rowGroupSchema>;

/** An opened dataset: where it lies and what it is. */
export interface DatasetHandle {
  /** Folder (or `s3://…`) that holds the tables. */
  readonly uri: string;
  readonly manifest: Manifest;
}

/** A row group with its place: global number, file, index in the file, first row in the file. */
export interface LocatedRowGroup {
  readonly number: number;
  readonly file: ManifestFile;
  readonly indexInFile: number;
  readonly firstRowInFile: number;
  readonly group: ManifestRowGroup;
}

/** All row groups of a table in the order of their global numbers. */
export function locateRowGroups(table: ManifestTable): LocatedRowGroup[] {
  const located: LocatedRowGroup[] = [];
  for (const file of table.files) {
    let firstRowInFile = 0;
    for (const [indexInFile, group] of file.row_groups.entries()) {
      located.push({ number: located.length, file, indexInFile, firstRowInFile, group });
      firstRowInFile += group.rows;
    }
  }
  return located;
}
