/** How patient a Job's executor is. */
export interface JobLimits {
  /** How often a pod of one index may be taken away by the node or the cluster. */
  readonly disruptionsPerUnit: number;
  /** How long a registry or a container that cannot be made is waited for, ms. */
  readonly shortTroubleMs: number;
  /** How long a pod may find no node, or be on one that is silent, ms. */
  readonly longTroubleMs: number;
  /**
   * How long a Job may be without a pod of each index when nothing says why, ms: controllers make about 20 pods a
   * second, and begin late after the API was away. A refusal to make one is told in events and found much sooner.
   */
  readonly noPodsMs: number;
  /** How long pods of a Job that is deleted are waited for, ms; their own grace time is 10 s. */
  readonly podsGoneMs: number;
  /** How long a Job and its logs stay after its results were taken over. */
  readonly keepSeconds: number;
  /** Reports that are read at once. */
  readonly reads: number;
}

export const DEFAULT_JOB_LIMITS: JobLimits = {
  disruptionsPerUnit: 3,
  shortTroubleMs: 10_000,
  longTroubleMs: 15_000,
  noPodsMs: 60_000,
  podsGoneMs: 25_000,
  keepSeconds: 300,
  reads: 16,
};

/** The Job's own deadline is behind ours, for a coordinator that is gone: so much, s. */
export const DEADLINE_MARGIN_SECONDS = 30;
