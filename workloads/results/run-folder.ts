import { closeSync, existsSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { FlowbenchError, messageOf } from '../model/errors.js';
import { RESULTS_FILE, RUN_RECORD_FILE } from '../model/names.js';
import type { ResultRow } from '../model/result-row.js';
import { runRecordSchema, type RunRecord } from '../model/run-record.js';
import { readResultRows } from './ndjson-reader.js';

/** What one folder of `runs/` holds. */
export interface StoredRun {
  readonly dir: string;
  readonly record: RunRecord;
  readonly rows: readonly ResultRow[];
}

/** Writes run.json whole or not at all. Throws `storage_write`. */
export function writeRunRecord(dir: string, record: RunRecord): void {
  const path = join(dir, RUN_RECORD_FILE);
  const draft = `${path}.draft`;
  try {
    const descriptor = openSync(draft, 'w');
    writeSync(descriptor, `${JSON.stringify(runRecordSchema.parse(record), null, 2)}\n`);
    fsyncSync(descriptor);
    closeSync(descriptor);
    renameSync(draft, path);
  } catch (cause) {
    throw new FlowbenchError('storage_write', `Cannot write the run record "${path}" (${messageOf(cause)}).`, {
      remedy: 'Name a folder that can be written with --out.',
      cause,
    });
  }
}

/** Throws `configuration` when the folder holds no run record of this version. */
export function readRunRecord(dir: string): RunRecord {
  const path = join(dir, RUN_RECORD_FILE);
  if (!existsSync(path)) {
    throw new FlowbenchError('configuration', `There is no run in "${dir}" (no ${RUN_RECORD_FILE}).`, {
      remedy: 'Name the folder of a run, as "flowbench run" printed it.',
    });
  }
  try {
    return runRecordSchema.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch (cause) {
    throw new FlowbenchError('configuration', `"${path}" is not a run record of this version (${messageOf(cause).split('\n').slice(0, 4).join(' ')}).`, {
      remedy: 'Use the flowbench version that wrote the run, or measure again.',
      cause,
    });
  }
}

/** Record and rows of a run; a run that was stopped before its first row has none. */
export function readRun(dir: string): StoredRun {
  const record = readRunRecord(dir);
  const results = join(dir, RESULTS_FILE);
  const rows = existsSync(results) ? readResultRows(results) : [];
  const foreign = rows.find((row) => row.run_id !== record.run_id);
  if (foreign !== undefined) {
    throw new FlowbenchError('configuration', `"${results}" holds a row of run ${foreign.run_id}, but the folder is of run ${record.run_id}.`, {
      remedy: 'Keep the rows of each run in its own folder.',
    });
  }
  return { dir, record, rows };
}
