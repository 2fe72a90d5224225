import { mkdirSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { FlowbenchError, messageOf } from '../model/errors.js';
import { RESULTS_FILE, SESSIONS_FILE, UNITS_FILE } from '../model/names.js';
import { resultRowSchema, type ResultRow } from '../model/result-row.js';
import type { RunRecord } from '../model/run-record.js';
import { sessionRecordSchema, type SessionRecord } from '../model/session-record.js';
import { unitRecordSchema, type UnitRecord } from '../model/unit-timeline.js';
import { NdjsonSink } from './ndjson-sink.js';
import { isRunFolder, writeRunRecord } from './run-folder.js';
import type { RunStore } from './run-store.js';
import { runExistsError } from './stored-run.js';

/** A run in a folder of this machine: each row is synced to disk before `append` returns. */
export class FolderRunStore implements RunStore {
  readonly scratchDir: string;
  /** Opened at the first row, which is when this process is known to be the only one that writes. */
  private rows: NdjsonSink | null = null;
  private units: NdjsonSink | null = null;
  private sessions: NdjsonSink | null = null;

  private constructor(readonly uri: string) {
    this.scratchDir = resolve(uri, 'scratch');
  }

  /** Makes the folder. Throws `configuration` where it cannot be made. */
  static open(dir: string): FolderRunStore {
    try {
      mkdirSync(dir, { recursive: true });
      return new FolderRunStore(dir);
    } catch (cause) {
      throw new FlowbenchError('configuration', `The run's folder "${dir}" cannot be made (${messageOf(cause)}).`, { remedy: 'Name a folder that can be written with --out.', cause });
    }
  }

  async writeRecord(record: RunRecord): Promise<void> {
    if (isRunFolder(this.uri)) throw runExistsError(this.uri);
    writeRunRecord(this.uri, record);
    await Promise.resolve();
  }

  async append(row: ResultRow, units: readonly UnitRecord[]): Promise<void> {
    const checked = units.map((unit) => unitRecordSchema.parse(unit));
    this.rows ??= NdjsonSink.open(join(this.uri, RESULTS_FILE));
    if (checked.length > 0) {
      this.units ??= NdjsonSink.open(join(this.uri, UNITS_FILE));
      this.units.append(...checked);
    }
    this.rows.append(resultRowSchema.parse(row));
    await Promise.resolve();
  }

  async appendSession(session: SessionRecord): Promise<void> {
    this.sessions ??= NdjsonSink.open(join(this.uri, SESSIONS_FILE));
    this.sessions.append(sessionRecordSchema.parse(session));
    await Promise.resolve();
  }

  async close(): Promise<void> {
    this.sessions?.close();
    this.rows?.close();
    this.units?.close();
    rmSync(this.scratchDir, { recursive: true, force: true });
    await Promise.resolve();
  }
}
