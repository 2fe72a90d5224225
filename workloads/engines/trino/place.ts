import type { FlowbenchError } from '../../model/errors.js';
import type { TrinoClient } from './client.js';
import type { TrinoTable } from './tables.js';

/** A Trino to open a session on: one of our own on this machine, or a cluster's. */
export interface TrinoPlace {
  readonly client: TrinoClient;
  readonly schema: string;
  /** The release that was asked for: another one is refused. */
  readonly version: string;
  /** Workers that must be active; the coordinator counts only where it is alone. */
  readonly workers: number;
  /** Tables to make known; null where the catalog has those of the manifest already. */
  readonly tables: readonly TrinoTable[] | null;
  readonly readyWithinMs: number;
  /** Every setting in which the server is not as it comes. */
  readonly settings: Readonly<Record<string, string>>;
  /** The server itself, where it is the session's own. */
  readonly process?: TrinoProcess;
}

/** The process of a server that a session has to itself. */
export interface TrinoProcess {
  /** What it writes to as it runs. */
  readonly logFile: string;
  /** Why it is gone, once it is. */
  lost(): FlowbenchError | null;
  pause(): void;
  resume(): void;
  /** Memory it had resident at its peak; null where the system does not tell. */
  maxRssBytes(): Promise<number | null>;
  stop(): Promise<void>;
  /** Removes its files. */
  remove(): Promise<void>;
}
