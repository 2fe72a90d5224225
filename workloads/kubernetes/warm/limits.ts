import { LOST_AFTER_MS, NEXT_WAIT_MS } from '../../model/warm-protocol.js';

/** How long what is waited for; tests take shorter times. */
export interface WarmLimits {
  /** Until every pod of a new Job has called: nodes and images may have to come first. */
  readonly startMs: number;
  /** A registry, or a container that cannot be made, may come right within this. */
  readonly shortTroubleMs: number;
  /** A pod may find no node for so long: those of the session before are leaving theirs. */
  readonly longTroubleMs: number;
  /** From a container's start to its first call. */
  readonly firstCallMs: number;
  /** A question for work is answered after this at the latest. */
  readonly nextWaitMs: number;
  /** Without a sign of life, a pod that has a unit is lost. */
  readonly lostAfterMs: number;
  /** A pod that was told to stop a unit has to ask for the next one within this. */
  readonly stopGraceMs: number;
  /** Until pods that were told to go have gone by themselves. */
  readonly leaveMs: number;
  /** Until pods of a deleted Job are gone. */
  readonly goneMs: number;
  /** How often pods are looked at. */
  readonly checkEveryMs: number;
  /** How often in a session the Job is made anew before the session is given up. */
  readonly remakes: number;
}

export const DEFAULT_WARM_LIMITS: WarmLimits = {
  startMs: 900_000,
  shortTroubleMs: 10_000,
  longTroubleMs: 30_000,
  firstCallMs: 60_000,
  nextWaitMs: NEXT_WAIT_MS,
  lostAfterMs: LOST_AFTER_MS,
  stopGraceMs: 15_000,
  leaveMs: 5_000,
  goneMs: 30_000,
  checkEveryMs: 250,
  remakes: 5,
};
