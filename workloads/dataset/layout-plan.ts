import { TABLE_NAMES, TPCH_SCHEMA, type TableName } from '../tpch/schema.js';

/** Design limit: about one row group a month at SF1, 62 at SF100. */
export const DEFAULT_ROW_GROUP_ROWS = 122_880;

/** A file of this many rows is some 200 MB: large enough to read well, small enough to copy and to retry. */
const ROWS_PER_FILE = 8_000_000;

/** One cut of lineitem (30 million rows, 1.2 GB raw) is what the disk holds besides the dataset. */
const SCALE_PER_LINEITEM_CUT = 5;

/** How one table is generated: in cuts that bound the disk a raw file takes and what an interruption costs. */
export interface TableJob {
  readonly table: TableName;
  readonly cuts: number;
  /** Expected rows, for progress. */
  readonly rows: number;
}

/**
 * What is generated at a scale factor, small tables first. lineitem's number of cuts may be chosen, as its
 * rows are sorted over all cuts; for the other tables a cut is a file, so the number belongs to the dataset.
 */
export function tableJobs(scaleFactor: number, lineitemCuts?: number): TableJob[] {
  return TABLE_NAMES.map((table) => {
    const { rowsAtScale1, fixed } = TPCH_SCHEMA[table];
    const rows = fixed ? rowsAtScale1 : Math.ceil(rowsAtScale1 * scaleFactor);
    const cuts = table === 'lineitem' ? (lineitemCuts ?? Math.ceil(scaleFactor / SCALE_PER_LINEITEM_CUT)) : Math.ceil(rows / ROWS_PER_FILE);
    return { table, cuts, rows };
  });
}

/** `part-001`: sorts as text up to 999 parts, more than any table has at SF1000. */
export function partName(cut: number): string {
  return `part-${String(cut).padStart(3, '0')}`;
}
