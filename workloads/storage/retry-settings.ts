/** How long a call to a store is repeated before its failure is told: waits double, with full jitter. */
export interface RetrySettings {
  /** No further try starts once the waits would add up to more than this, ms. */
  readonly budgetMs: number;
  readonly firstDelayMs: number;
  readonly maxDelayMs: number;
}
