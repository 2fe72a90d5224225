import { closeSync, existsSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { FlowbenchError, messageOf } from '../model/errors.js';
import { RESULTS_FILE, RUN_RECORD_FILE, SESSIONS_FILE, UNITS_FILE } from '../model/names.js';
import type { RunRecord } from '../model/run-record.js';
import { readResultRows, readSessionRecords, readUnitRecords } from './ndjson-reader.js';
import { noRunError, parseRunRecord, runRecordText, storedRun, type StoredRun } from './stored-run.js';

/** Writes run.json whole or not at all. Throws `storage_write`. */
export function writeRunRecord(dir: string, record: RunRecord): void {
  writeWhole(join(dir, RUN_RECORD_FILE), runRecordText(record));
}

/** Writes a file of a run so that a reader sees all of it or what was there before. Throws `storage_write`. */
export function writeWhole(path: string, text: string): void {
  const draft = `${path}.draft`;
  try {
    const descriptor = openSync(draft, 'w');
    const content = Buffer.from(text);
    for (let offset = 0; offset < content.length; ) offset += writeSync(descriptor, content, offset);
    fsyncSync(descriptor);
    closeSync(descriptor);
    renameSync(draft, path);
  } catch (cause) {
    throw new FlowbenchError('storage_write', `Cannot write "${path}" of the run (${messageOf(cause)}).`, {
      remedy: 'Name a folder that can be written with --out.',
      cause,
    });
  }
}

export function isRunFolder(dir: string): boolean {
  return existsSync(join(dir, RUN_RECORD_FILE));
}

/** Throws `configuration` when the folder holds no run record of this version. */
export function readRunRecord(dir: string): RunRecord {
  if (!isRunFolder(dir)) throw noRunError(dir);
  const path = join(dir, RUN_RECORD_FILE);
  return parseRunRecord(readFileSync(path, 'utf8'), path);
}

/** Record and rows of a run; a run that was stopped before its first row has none. */
export function readRun(dir: string): StoredRun {
  const record = readRunRecord(dir);
  const read = <T>(file: string, readFile: (path: string) => T[]): T[] => (existsSync(join(dir, file)) ? readFile(join(dir, file)) : []);
  return storedRun(dir, record, { rows: read(RESULTS_FILE, readResultRows), units: read(UNITS_FILE, readUnitRecords), sessions: read(SESSIONS_FILE, readSessionRecords) });
}
