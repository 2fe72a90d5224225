import type { SessionContext } from '../engines/contract.js';
import type { QueryId } from '../model/queries.js';
import type { ResultRow } from '../model/result-row.js';
import type { SessionRecord } from '../model/session-record.js';
import type { UnitRecord } from '../model/unit-timeline.js';
import type { SessionPlan } from './cells.js';
import type { Progress } from './progress.js';
import type { RunFacts } from './result-rows.js';
import type { Trust } from './trust.js';

/** What measuring needs besides the plan. */
export interface Bench {
  readonly run: RunFacts;
  readonly trust: Trust;
  readonly texts: ReadonlyMap<QueryId, string>;
  readonly runs: number;
  readonly timeoutMs: number;
  readonly seed: number;
  /** What open sessions together may use of this machine's memory. */
  readonly memoryBudgetBytes: number;
  readonly signal: AbortSignal;
  /** Rows there are already, by cell. */
  readonly stored: ReadonlyMap<string, readonly ResultRow[]>;
  /** Makes the row and its units durable before it returns. */
  readonly store: (row: ResultRow, units: readonly UnitRecord[]) => Promise<void>;
  readonly storeSession: (session: SessionRecord) => Promise<void>;
  /** How often a session was opened in this run, this time included. */
  readonly nextOpening: (sessionId: string) => number;
  readonly contextOf: (plan: SessionPlan) => SessionContext;
  /** Throws `dataset_changed` when the data is no longer that of the manifest. */
  readonly checkData: () => Promise<void>;
  readonly progress: Progress;
  readonly log: (line: string) => void;
}
