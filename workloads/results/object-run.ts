import * as z from 'zod';
import { FlowbenchError } from '../model/errors.js';
import { RESULTS_FILE, ROWS_FOLDER, RUN_RECORD_FILE, UNITS_FILE } from '../model/names.js';
import { resultRowSchema } from '../model/result-row.js';
import { joinUri } from '../model/storage-uri.js';
import { unitRecordSchema } from '../model/unit-timeline.js';
import type { Storage } from '../storage/storage.js';
import { parseStored, resultRowsOf, unitRecordsOf } from './ndjson-reader.js';
import { parseRunRecord, storedRun, type StoredRun } from './stored-run.js';

/** One object of `rows/`: a row and its units, there together or not at all. */
export const storedRowSchema = z.strictObject({ row: resultRowSchema, units: z.array(unitRecordSchema).readonly() });
export type StoredRow = z.infer<typeof storedRowSchema>;

/** Reads at once; enough that a run of thousands of rows comes in seconds, few enough for any store. */
const READS_AT_ONCE = 16;

export function rowUri(run: string, rowId: string): string {
  return joinUri(run, ROWS_FOLDER, `${rowId}.json`);
}

export function storedRowText(stored: StoredRow): string {
  return `${JSON.stringify(storedRowSchema.parse(stored))}\n`;
}

/** Ids of the rows that have an object of their own. */
export async function listRowIds(storage: Storage, run: string): Promise<string[]> {
  const files = await storage.list(joinUri(run, ROWS_FOLDER));
  return files.map(({ uri }) => uri.slice(uri.lastIndexOf('/') + 1)).filter((name) => name.endsWith('.json')).map((name) => name.slice(0, -'.json'.length));
}

/** Throws `configuration` for an object that is not the row that its name says. */
export async function readStoredRows(storage: Storage, run: string, rowIds: readonly string[]): Promise<StoredRow[]> {
  const rows: StoredRow[] = [];
  for (let next = 0; next < rowIds.length; next += READS_AT_ONCE) {
    rows.push(...(await Promise.all(rowIds.slice(next, next + READS_AT_ONCE).map((rowId) => readStoredRow(storage, run, rowId)))));
  }
  return rows;
}

async function readStoredRow(storage: Storage, run: string, rowId: string): Promise<StoredRow> {
  const uri = rowUri(run, rowId);
  const content = await storage.read(uri);
  if (content === null) throw new FlowbenchError('storage_read', `The row "${uri}" was listed and is gone.`, { retryable: true });
  const stored = parseStored(content.toString('utf8'), storedRowSchema, 'stored row', uri);
  if (stored.row.row_id === rowId) return stored;
  throw new FlowbenchError('configuration', `"${uri}" holds row ${stored.row.row_id}.`, { remedy: 'Remove the object: a row is stored under its own id.' });
}

/** In the order in which they were measured, whoever measured them. */
export function inOrder(rows: readonly StoredRow[]): StoredRow[] {
  return [...rows].sort((a, b) => compare(a.row.started_at, b.row.started_at) || a.row.repetition - b.row.repetition || compare(a.row.row_id, b.row.row_id));
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

/**
 * A run in S3, or null where there is none. Its rows are those of `results.ndjson` and, after a coordinator
 * that was killed, the objects of `rows/` that are not in it yet.
 */
export async function readObjectRun(storage: Storage, run: string): Promise<StoredRun | null> {
  const [record, results] = await Promise.all([storage.read(joinUri(run, RUN_RECORD_FILE)), storage.read(joinUri(run, RESULTS_FILE))]);
  if (record === null) return null;
  // After the rows, as they are written before them: of a run that goes on, each row that was read has its units here.
  const [units, rowIds] = await Promise.all([storage.read(joinUri(run, UNITS_FILE)), listRowIds(storage, run)]);
  const together = results === null ? [] : resultRowsOf(results.toString('utf8'), joinUri(run, RESULTS_FILE));
  const known = new Set(together.map((row) => row.row_id));
  const added = await readStoredRows(storage, run, rowIds.filter((rowId) => !known.has(rowId)));
  const rows = inOrder([...together.map((row) => ({ row, units: [] })), ...added]).map(({ row }) => row);
  const unitRecords = units === null ? [] : unitRecordsOf(units.toString('utf8'), joinUri(run, UNITS_FILE));
  return storedRun(run, parseRunRecord(record.toString('utf8'), joinUri(run, RUN_RECORD_FILE)), rows, [...unitRecords, ...added.flatMap((one) => one.units)]);
}
