import { FlowbenchError } from '../model/errors.js';
import { locateRowGroups, type Invariants, type LocatedRowGroup, type Manifest, type ManifestTable } from '../model/manifest.js';
import type { Reads } from '../tpch/plan.js';
import type { TableName } from '../tpch/schema.js';
import { dayNumber } from './dates.js';

/**
 * What planning asks of a manifest, worked out once per dataset: a plan over 10,000 row groups then costs
 * a few passes over arrays of numbers.
 */
export class DatasetIndex {
  readonly invariants: Invariants;
  private readonly tables = new Map<TableName, TableIndex>();

  constructor(readonly manifest: Manifest) {
    this.invariants = manifest.invariants;
  }

  /** Throws `dataset_invalid` for a table the manifest does not have. */
  table(name: TableName): TableIndex {
    const known = this.tables.get(name);
    if (known !== undefined) return known;
    const table = this.manifest.tables[name];
    if (table === undefined) {
      throw new FlowbenchError('dataset_invalid', `The manifest has no table "${name}".`, { remedy: 'Make the dataset again, or adopt it with all eight tables.' });
    }
    const index = new TableIndex(name, table);
    this.tables.set(name, index);
    return index;
  }

  /** Compressed bytes of the columns read of every table but the driver. */
  bytesBeside(driver: TableName, reads: Reads): number {
    let sum = 0;
    for (const [table, columns] of readEntries(reads)) {
      if (table !== driver) sum += this.table(table).totalBytes(columns);
    }
    return sum;
  }
}

/** One table's row groups as columns of numbers, indexed by global row-group number. */
export class TableIndex {
  readonly groups: readonly LocatedRowGroup[];
  readonly rowGroupCount: number;
  /** Range of the clustering key in days since 1970-01-01; NaN where a group has none. */
  readonly minDay: Float64Array;
  readonly maxDay: Float64Array;
  /** Whether the clustering key of a group holds a NULL. */
  readonly hasNulls: readonly boolean[];
  private readonly bytesByColumn = new Map<string, Float64Array>();

  constructor(
    readonly name: TableName,
    readonly table: ManifestTable,
  ) {
    this.groups = locateRowGroups(table);
    this.rowGroupCount = this.groups.length;
    this.minDay = Float64Array.from(this.groups, ({ group }) => (group.cluster === null ? Number.NaN : dayNumber(group.cluster.min)));
    this.maxDay = Float64Array.from(this.groups, ({ group }) => (group.cluster === null ? Number.NaN : dayNumber(group.cluster.max)));
    this.hasNulls = this.groups.map(({ group }) => group.cluster === null || group.cluster.nulls > 0);
  }

  /** Compressed bytes of the named columns per row group. */
  groupBytes(columns: readonly string[]): Float64Array {
    const sums = new Float64Array(this.rowGroupCount);
    for (const column of columns) {
      const bytes = this.columnBytes(column);
      for (let group = 0; group < sums.length; group += 1) sums[group] = (sums[group] ?? 0) + (bytes[group] ?? 0);
    }
    return sums;
  }

  totalBytes(columns: readonly string[]): number {
    return this.groupBytes(columns).reduce((sum, bytes) => sum + bytes, 0);
  }

  private columnBytes(column: string): Float64Array {
    const known = this.bytesByColumn.get(column);
    if (known !== undefined) return known;
    const position = this.table.columns.findIndex(({ name }) => name === column);
    if (position < 0) {
      throw new FlowbenchError('schema_mismatch', `Table "${this.name}" has no column "${column}" in the manifest.`, {
        remedy: 'The dataset is not TPC-H as the suite knows it: verify it, or adopt it again.',
      });
    }
    const bytes = Float64Array.from(this.groups, ({ group }) => group.column_bytes[position] ?? 0);
    this.bytesByColumn.set(column, bytes);
    return bytes;
  }
}

/** The tables of a {@link Reads} with their columns, typed. */
export function readEntries(reads: Reads): [TableName, readonly string[]][] {
  return Object.entries(reads) as [TableName, readonly string[]][];
}
