import * as z from 'zod';
import { FlowbenchError } from '../model/errors.js';
import { RESULTS_FILE, ROWS_FOLDER, RUN_RECORD_FILE, SESSIONS_FILE, SESSIONS_FOLDER, UNITS_FILE } from '../model/names.js';
import { resultRowSchema } from '../model/result-row.js';
import { sessionRecordSchema, type SessionRecord } from '../model/session-record.js';
import { joinUri } from '../model/storage-uri.js';
import { unitRecordSchema } from '../model/unit-timeline.js';
import type { Storage } from '../storage/storage.js';
import { parseStored, resultRowsOf, sessionRecordsOf, unitRecordsOf } from './ndjson-reader.js';
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

/** One opening of a session has one object. */
export function sessionUri(run: string, { session_id: sessionId, opening }: Pick<SessionRecord, 'session_id' | 'opening'>): string {
  return joinUri(run, SESSIONS_FOLDER, `${sessionId}.${opening}.json`);
}

export function storedSessionText(session: SessionRecord): string {
  return `${JSON.stringify(sessionRecordSchema.parse(session))}\n`;
}

/** Ids of the rows that have an object of their own. */
export async function listRowIds(storage: Storage, run: string): Promise<string[]> {
  return (await listNames(storage, joinUri(run, ROWS_FOLDER))).map((name) => name.slice(0, -'.json'.length));
}

async function listNames(storage: Storage, folder: string): Promise<string[]> {
  return (await storage.list(folder)).map(({ uri }) => uri.slice(uri.lastIndexOf('/') + 1)).filter((name) => name.endsWith('.json'));
}

async function inBatches<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const done: R[] = [];
  for (let next = 0; next < items.length; next += READS_AT_ONCE) done.push(...(await Promise.all(items.slice(next, next + READS_AT_ONCE).map(work))));
  return done;
}

async function readJson<T>(storage: Storage, uri: string, schema: z.ZodType<T>, what: string): Promise<T> {
  const content = await storage.read(uri);
  if (content === null) throw new FlowbenchError('storage_read', `The ${what} "${uri}" was listed and is gone.`, { retryable: true });
  return parseStored(content.toString('utf8'), schema, what, uri);
}

/** Throws `configuration` for an object that is not the row that its name says. */
export async function readStoredRows(storage: Storage, run: string, rowIds: readonly string[]): Promise<StoredRow[]> {
  return inBatches(rowIds, (rowId) => readStoredRow(storage, run, rowId));
}

async function readStoredRow(storage: Storage, run: string, rowId: string): Promise<StoredRow> {
  const uri = rowUri(run, rowId);
  const stored = await readJson(storage, uri, storedRowSchema, 'stored row');
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
  const [units, rowIds, sessions] = await Promise.all([storage.read(joinUri(run, UNITS_FILE)), listRowIds(storage, run), readSessions(storage, run)]);
  const together = results === null ? [] : resultRowsOf(results.toString('utf8'), joinUri(run, RESULTS_FILE));
  const known = new Set(together.map((row) => row.row_id));
  const added = await readStoredRows(storage, run, rowIds.filter((rowId) => !known.has(rowId)));
  const rows = inOrder([...together.map((row) => ({ row, units: [] })), ...added]).map(({ row }) => row);
  const unitRecords = units === null ? [] : unitRecordsOf(units.toString('utf8'), joinUri(run, UNITS_FILE));
  const contents = { rows, units: [...unitRecords, ...added.flatMap((one) => one.units)], sessions };
  return storedRun(run, parseRunRecord(record.toString('utf8'), joinUri(run, RUN_RECORD_FILE)), contents);
}

/** Those of `sessions.jsonl` and the objects that are not in it yet. */
export async function readSessions(storage: Storage, run: string): Promise<SessionRecord[]> {
  const file = await storage.read(joinUri(run, SESSIONS_FILE));
  const together = file === null ? [] : sessionRecordsOf(file.toString('utf8'), joinUri(run, SESSIONS_FILE));
  const known = new Set(together.map((session) => sessionUri(run, session)));
  const names = await listNames(storage, joinUri(run, SESSIONS_FOLDER));
  const missing = names.map((name) => joinUri(run, SESSIONS_FOLDER, name)).filter((uri) => !known.has(uri));
  return [...together, ...(await inBatches(missing, (uri) => readJson(storage, uri, sessionRecordSchema, 'session record')))];
}
