/** How patient an engine on a cluster is waited for, ms. */
export interface EngineLimits {
  /** For a session to open, with its images pulled. */
  readonly openMs: number;
  /** For an operator to take up what was made for it. */
  readonly untouchedMs: number;
  /** For a registry, or a container that cannot be made. */
  readonly shortTroubleMs: number;
  /** For a pod that finds no node, or is on one that is silent. */
  readonly longTroubleMs: number;
  /** For what an operator says of a driver whose pod has ended. */
  readonly wordMs: number;
  /** For what was deleted, or scaled away, to be gone with its pods. */
  readonly goneMs: number;
  /** Between two looks where nothing can be watched. */
  readonly lookEveryMs: number;
}

export const DEFAULT_ENGINE_LIMITS: EngineLimits = {
  openMs: 900_000, untouchedMs: 90_000, shortTroubleMs: 30_000, longTroubleMs: 60_000, wordMs: 10_000, goneMs: 120_000, lookEveryMs: 500,
};
