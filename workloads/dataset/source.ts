import { quoteIdentifier, readParquet } from '../duckdb/compose.js';
import { FlowbenchError } from '../model/errors.js';
import { locateRowGroups, type LocatedRowGroup, type ManifestFile, type ManifestTable } from '../model/manifest.js';
import type { TypedRows } from '../model/typed-rows.js';

/**
 * How the chosen row groups of a table are read, and how it is measured that just those were.
 *
 * A {@link TableScan} is built once. The partial's query and the counting query both take their rows from
 * {@link rowsOf} of that scan, so whatever is wrong with what is read (a row group lost, read twice,
 * everything read) is wrong in the count too.
 */
export interface TableScan {
  readonly tableUri: string;
  readonly table: ManifestTable;
  /** `read_parquet([…])`, with `WHERE …` on file_row_number where a file is read in part. Together: the rows. */
  readonly reads: readonly string[];
}

/** Rows `[from, to)` of a file, counted from 0. */
type RowRange = readonly [from: number, to: number];

/** Where the file of a manifest lies. `uri` is the dataset's. */
export function fileUri(uri: string, name: string): string {
  return `${uri.replace(/\/+$/, '')}/${name}`;
}

/**
 * The scan of the chosen row groups (global numbers) of a table. Whole files share one read_parquet, and so
 * do files of which the same range of rows is kept; the range makes the reader skip the other row groups
 * unread. A file with several ranges is in several reads, as one read with OR between its ranges would
 * compare every row with each of them (measured: 1.5 times the time of the scan).
 * Throws `work_unit_invalid` for a number the table does not have.
 */
export function scanOf(uri: string, name: string, table: ManifestTable, rowGroups: 'all' | readonly number[]): TableScan {
  const chosen = rowGroups === 'all' ? null : new Set(rowGroups);
  refuseUnknown(name, table, rowGroups);
  const filesByFilter = new Map<string, string[]>();
  for (const [file, ranges] of keptRanges(table, chosen)) {
    for (const range of ranges) {
      const filter = filterOf(file, range);
      const files = filesByFilter.get(filter) ?? [];
      files.push(fileUri(uri, file.name));
      filesByFilter.set(filter, files);
    }
  }
  return { tableUri: uri, table, reads: [...filesByFilter].map(([filter, files]) => `${readParquet(files)}${filter}`) };
}

/** Chosen rows of each file; neighbouring row groups are one range. */
function keptRanges(table: ManifestTable, chosen: ReadonlySet<number> | null): Map<ManifestFile, RowRange[]> {
  const kept = new Map<ManifestFile, RowRange[]>();
  for (const { number, file, firstRowInFile, group } of locateRowGroups(table)) {
    if (chosen !== null && !chosen.has(number)) continue;
    const ranges = kept.get(file) ?? [];
    const last = ranges.at(-1);
    const end = firstRowInFile + group.rows;
    if (last?.[1] === firstRowInFile) ranges[ranges.length - 1] = [last[0], end];
    else ranges.push([firstRowInFile, end]);
    kept.set(file, ranges);
  }
  return kept;
}

function filterOf(file: ManifestFile, [from, to]: RowRange): string {
  return from === 0 && to === file.rows ? '' : ` WHERE file_row_number >= ${from} AND file_row_number < ${to}`;
}

function refuseUnknown(name: string, table: ManifestTable, rowGroups: 'all' | readonly number[]): void {
  if (rowGroups === 'all') return;
  const count = table.files.reduce((sum, file) => sum + file.row_groups.length, 0);
  const outside = rowGroups.filter((number) => number >= count);
  if (outside.length === 0) return;
  throw new FlowbenchError('work_unit_invalid', `Row group ${outside[0]} is outside ${name}, which has ${count} row groups (0 to ${count - 1}).`, {
    remedy: 'Plan the work units again over this dataset.',
  });
}

/** The relation a query reads: the named columns of the scan's rows; typed and empty when nothing was chosen. */
export function rowsOf(scan: TableScan, columns: readonly string[]): string {
  if (scan.reads.length === 0) return emptyRelation(scan.table, columns);
  const list = columns.map(quoteIdentifier).join(', ');
  return scan.reads.map((read) => `SELECT ${list} FROM ${read}`).join(' UNION ALL ');
}

function emptyRelation(table: ManifestTable, columns: readonly string[]): string {
  const typed = columns.map((name) => {
    const type = table.columns.find((column) => column.name === name)?.type;
    if (type === undefined) throw new FlowbenchError('schema_mismatch', `The table has no column "${name}".`);
    return `NULL::${type} AS ${quoteIdentifier(name)}`;
  });
  return `SELECT ${typed.join(', ')} WHERE false`;
}

/**
 * The query that counts the scan's rows per file and stretch of rows; null when the scan reads nothing.
 * No column is decoded: filename and file_row_number come from the reader. The stretch is worked out only
 * where a file of the table has several row groups, as it costs as much again as the rest.
 */
export function countOf(scan: TableScan): string | null {
  if (scan.reads.length === 0) return null;
  const starts = stretchStarts(scan.table);
  const [columns, stretch] = starts.length === 1 ? [['filename'], '0'] : [['filename', 'file_row_number'], stretchOf(starts)];
  return `SELECT filename, ${stretch} AS first_row, count(*) AS counted FROM (${rowsOf(scan, columns)}) GROUP BY ALL`;
}

/** First rows of the row groups of all files: between two of them, no file changes its row group. */
function stretchStarts(table: ManifestTable): number[] {
  const starts = new Set([0]);
  for (const located of locateRowGroups(table)) starts.add(located.firstRowInFile);
  return [...starts].sort((a, b) => a - b);
}

/** Nested halving: a vector of rows lies in one stretch nearly always, so a row costs log2 comparisons. */
function stretchOf(starts: readonly number[]): string {
  if (starts.length === 1) return `${starts[0]}`;
  const middle = starts.length >> 1;
  return `CASE WHEN file_row_number < ${starts[middle]} THEN ${stretchOf(starts.slice(0, middle))} ELSE ${stretchOf(starts.slice(middle))} END`;
}

export interface CountedRowGroup {
  readonly number: number;
  readonly rows: number;
}

/**
 * What the counting query saw, as global row-group numbers in rising order. A row group read twice has
 * twice its rows. Throws `dataset_invalid` when rows came from a place the manifest does not know.
 */
export function countedRowGroups(scan: TableScan, counted: TypedRows): CountedRowGroup[] {
  const groupsByFile = new Map<string, LocatedRowGroup[]>(scan.table.files.map((file) => [fileUri(scan.tableUri, file.name), []]));
  for (const located of locateRowGroups(scan.table)) groupsByFile.get(fileUri(scan.tableUri, located.file.name))?.push(located);
  const rows = new Map<number, number>();
  for (const [file, firstRow, count] of counted.rows) {
    const located = groupsByFile.get(file ?? '')?.findLast((candidate) => candidate.firstRowInFile <= Number(firstRow));
    if (located === undefined) {
      throw new FlowbenchError('dataset_invalid', `The scan read ${count} rows of ${file}, which the manifest does not list.`);
    }
    rows.set(located.number, (rows.get(located.number) ?? 0) + Number(count));
  }
  return [...rows].map(([number, sum]) => ({ number, rows: sum })).sort((a, b) => a.number - b.number);
}
