import { type BlindSpot } from '../inventory/take-inventory.js';
import { type Decision } from './decide.js';

export type JanitorMode = 'report' | 'enforce';

/** What came of one decision. */
export type Outcome =
  | 'none'
  /** What a run in mode `enforce` would have deleted. */
  | 'dry-run'
  | 'deleted'
  /** The service refused: something unseen still uses it. A later run tries again. */
  | 'blocked'
  | 'failed'
  /** The time of this run was up; the next one goes on. */
  | 'out-of-time';

export interface Judged extends Decision {
  readonly outcome: Outcome;
  readonly problem?: string;
}

export interface JanitorOptions {
  readonly project: string;
  readonly mode: JanitorMode;
}

export interface JanitorResult {
  readonly passes: number;
  /** The last decision on each thing that was there at the end or was deleted. */
  readonly judged: readonly Judged[];
  readonly blindSpots: readonly BlindSpot[];
}
