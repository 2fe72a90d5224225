import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FlowbenchError } from '../model/errors.js';
import { RESULTS_FILE, RUN_RECORD_FILE, SESSIONS_FILE, UNITS_FILE } from '../model/names.js';
import type { ResultRow } from '../model/result-row.js';
import type { RunRecord } from '../model/run-record.js';
import type { SessionRecord } from '../model/session-record.js';
import { joinUri } from '../model/storage-uri.js';
import type { UnitRecord } from '../model/unit-timeline.js';
import type { Storage } from '../storage/storage.js';
import { inOrder, listRowIds, readSessions, readStoredRows, rowUri, sessionUri, storedRowText, storedSessionText, type StoredRow } from './object-run.js';
import type { RunStore } from './run-store.js';
import { linesOf, runExistsError, runRecordText } from './stored-run.js';

export interface ObjectRunStoreOptions {
  readonly storage: Storage;
  /** `s3://…/runs/<id>`. */
  readonly uri: string;
  /** Where the folder for temporary files is made; default: that of the system. */
  readonly scratchRoot?: string;
  /** How often `results.ndjson` is put together while the run goes on (default 10 minutes); each time it is loaded again. */
  readonly putTogetherEveryMs?: number;
}

const PUT_TOGETHER_EVERY_MS = 600_000;

/**
 * A run in S3. Each row is an object that is written once and only where there is none, so that neither a
 * coordinator killed at any moment nor a second one of the same run loses or doubles a row.
 */
export class ObjectRunStore implements RunStore {
  readonly uri: string;
  readonly scratchDir: string;
  private readonly storage: Storage;
  private readonly known = new Map<string, StoredRow>();
  private isBehind = true;
  private putTogetherAtMs = performance.now();

  constructor(private readonly options: ObjectRunStoreOptions) {
    this.uri = options.uri;
    this.storage = options.storage;
    const root = options.scratchRoot ?? tmpdir();
    mkdirSync(root, { recursive: true });
    this.scratchDir = mkdtempSync(join(root, 'flowbench-run-'));
  }

  /** Throws `configuration` when another run is recorded there. */
  async writeRecord(record: RunRecord): Promise<void> {
    if (await this.writeOnce(joinUri(this.uri, RUN_RECORD_FILE), runRecordText(record))) return;
    // The run of somebody else: nothing of it is put together here.
    this.isBehind = false;
    throw runExistsError(this.uri);
  }

  async append(row: ResultRow, units: readonly UnitRecord[]): Promise<void> {
    const stored: StoredRow = { row, units };
    const uri = rowUri(this.uri, row.row_id);
    if (!(await this.writeOnce(uri, storedRowText(stored)))) {
      throw otherCoordinator(`The row "${uri}" (${row.query}, repetition ${row.repetition})`);
    }
    this.known.set(row.row_id, stored);
    this.isBehind = true;
    await this.putTogetherWhenDue();
  }

  async appendSession(session: SessionRecord): Promise<void> {
    const uri = sessionUri(this.uri, session);
    if (await this.writeOnce(uri, storedSessionText(session))) {
      this.isBehind = true;
      return;
    }
    throw otherCoordinator(`The session "${uri}"`);
  }

  async close(): Promise<void> {
    rmSync(this.scratchDir, { recursive: true, force: true });
    if (this.isBehind) await this.putTogether();
  }

  /** True also when it is there already as it is written now: the answer to a write may have been lost. */
  private async writeOnce(uri: string, content: string): Promise<boolean> {
    if ((await this.storage.write(uri, content, { ifAbsent: true })) === 'written') return true;
    return (await this.storage.read(uri))?.toString('utf8') === content;
  }

  private async putTogetherWhenDue(): Promise<void> {
    if (performance.now() - this.putTogetherAtMs < (this.options.putTogetherEveryMs ?? PUT_TOGETHER_EVERY_MS)) return;
    try {
      await this.putTogether();
    } catch {
      // The rows are stored; the next time, or the end of the run, does it.
      this.putTogetherAtMs = performance.now();
    }
  }

  /** All rows of the run, those of other coordinators too. The units come first: where a row is, its units are. */
  private async putTogether(): Promise<void> {
    const missing = (await listRowIds(this.storage, this.uri)).filter((rowId) => !this.known.has(rowId));
    for (const stored of await readStoredRows(this.storage, this.uri, missing)) this.known.set(stored.row.row_id, stored);
    const rows = inOrder([...this.known.values()]);
    const units = rows.flatMap((stored) => stored.units);
    if (units.length > 0) await this.storage.write(joinUri(this.uri, UNITS_FILE), linesOf(units));
    const sessions = await readSessions(this.storage, this.uri);
    if (sessions.length > 0) await this.storage.write(joinUri(this.uri, SESSIONS_FILE), linesOf(sessions));
    if (rows.length > 0) await this.storage.write(joinUri(this.uri, RESULTS_FILE), linesOf(rows.map(({ row }) => row)));
    this.isBehind = false;
    this.putTogetherAtMs = performance.now();
  }
}

function otherCoordinator(what: string): FlowbenchError {
  return new FlowbenchError('storage_write', `${what} was stored by another coordinator of the run.`, {
    remedy: 'Let one coordinator measure a run; go on with --resume once the other has ended.',
    // Not this write, but whoever goes on with the run finds it there.
    retryable: true,
  });
}
