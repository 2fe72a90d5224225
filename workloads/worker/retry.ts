import { FlowbenchError } from '../model/errors.js';

export interface RetryPolicy {
  /** No further try starts once the waits, or the time since the first failure, would add up to more than this. */
  readonly budgetMs: number;
  readonly firstDelayMs: number;
  readonly maxDelayMs: number;
  /** In [0, 1). */
  readonly random: () => number;
  /** Waits; rejects when the signal aborts. */
  readonly sleep: (durationMs: number, signal: AbortSignal) => Promise<void>;
}

export interface RetryHooks {
  readonly signal: AbortSignal;
  readonly onRetry: (error: FlowbenchError, delayMs: number) => void;
}

/**
 * Repeats work while it fails with a retryable error. Waits double from `firstDelayMs` up to `maxDelayMs`
 * and are drawn evenly from [0, that] (full jitter), so that workers which failed together do not come
 * back together.
 *
 * All work of one budget shares it, also work within work: a store that is gone is waited for once, not once
 * an upload times once an attempt.
 */
export class RetryBudget {
  private failures = 0;
  private waitedMs = 0;
  private firstFailureAtMs: number | null = null;

  constructor(
    private readonly policy: RetryPolicy,
    private readonly hooks: RetryHooks,
  ) {}

  async run<T>(work: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await work();
      } catch (error) {
        if (!(error instanceof FlowbenchError) || !error.retryable) throw error;
        const delayMs = this.nextDelayMs();
        if (delayMs === null) throw error;
        this.hooks.onRetry(error, delayMs);
        await this.policy.sleep(delayMs, this.hooks.signal);
      }
    }
  }

  /** Null when the budget is spent. */
  private nextDelayMs(): number | null {
    const { budgetMs, firstDelayMs, maxDelayMs, random } = this.policy;
    const nowMs = performance.now();
    this.firstFailureAtMs ??= nowMs;
    const delayMs = random() * Math.min(maxDelayMs, firstDelayMs * 2 ** this.failures);
    if (Math.max(this.waitedMs, nowMs - this.firstFailureAtMs) + delayMs > budgetMs) return null;
    this.failures += 1;
    this.waitedMs += delayMs;
    return delayMs;
  }
}
