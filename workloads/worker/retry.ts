import { FlowbenchError } from '../model/errors.js';

export interface RetryPolicy {
  /** No further try starts once the waits would add up to more than this. */
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
 * Repeats `work` while it fails with a retryable error. Waits double from `firstDelayMs` up to `maxDelayMs`
 * and are drawn evenly from [0, that] (full jitter), so that workers which failed together do not come
 * back together.
 */
export async function withRetries<T>(work: () => Promise<T>, policy: RetryPolicy, hooks: RetryHooks): Promise<T> {
  let waitedMs = 0;
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof FlowbenchError) || !error.retryable) throw error;
      const delayMs = policy.random() * Math.min(policy.maxDelayMs, policy.firstDelayMs * 2 ** attempt);
      if (waitedMs + delayMs > policy.budgetMs) throw error;
      waitedMs += delayMs;
      hooks.onRetry(error, delayMs);
      await policy.sleep(delayMs, hooks.signal);
    }
  }
}
