import type { ResultRow } from '../model/result-row.js';
import type { RunRecord } from '../model/run-record.js';
import type { SessionRecord } from '../model/session-record.js';
import type { UnitRecord } from '../model/unit-timeline.js';

/**
 * Where one run is kept while it is measured: a folder, or a prefix of S3. What `append` was given is stored
 * when it returns, whatever happens next; nothing is ever stored twice or changed.
 */
export interface RunStore {
  /** What a person names the run by: its folder, or `s3://…/runs/<id>`. */
  readonly uri: string;
  /** A local folder, absolute, for whatever is temporary; gone after {@link close}. */
  readonly scratchDir: string;
  writeRecord(record: RunRecord): Promise<void>;
  /** Throws `storage_write` when the row could not be stored; the rows before it stay as they were. */
  append(row: ResultRow, units: readonly UnitRecord[]): Promise<void>;
  /** The same for a session that was opened, before the first row that was measured in it. */
  appendSession(session: SessionRecord): Promise<void>;
  /** Ends the writing: in S3 the rows, one object each, become `results.ndjson` as a folder has it. */
  close(): Promise<void>;
}
