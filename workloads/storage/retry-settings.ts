/** How long a call to a store is repeated before its failure is told: waits double, with full jitter. */
export interface RetrySettings {
  /** No further try starts later than this after the first failure, ms. */
  readonly budgetMs: number;
  readonly firstDelayMs: number;
  readonly maxDelayMs: number;
}
