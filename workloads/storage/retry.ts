import { setTimeout as sleepMs } from 'node:timers/promises';
import { FlowbenchError } from '../model/errors.js';
import type { RetrySettings } from './retry-settings.js';

/** Carries a store that is gone for half a minute, and tells of one that stays gone within a minute. */
export const DEFAULT_RETRY: RetrySettings = { budgetMs: 45_000, firstDelayMs: 100, maxDelayMs: 4_000 };

/** What waiting needs of the world; a test gives another one. */
export interface RetryClock {
  nowMs(): number;
  sleep(ms: number): Promise<unknown>;
  /** In [0, 1). */
  random(): number;
}

const REAL_CLOCK: RetryClock = { nowMs: () => performance.now(), sleep: (ms) => sleepMs(ms), random: () => Math.random() };

/** Failures that were repeated already: a call around the one that gave up does not begin again. */
const spent = new WeakSet<FlowbenchError>();

/**
 * Repeats `work` while it fails with a retryable FlowbenchError, until the budget is used up. Waits double
 * and are drawn from nothing to that (full jitter), so that many who lost one store do not return at once.
 *
 * @param work is told how many tries came before: something may have been done by one whose answer was lost
 */
export async function retrying<T>(work: (earlierTries: number) => Promise<T>, settings: RetrySettings, clock: RetryClock = REAL_CLOCK): Promise<T> {
  let firstFailureMs: number | null = null;
  for (let tries = 0; ; tries += 1) {
    try {
      return await work(tries);
    } catch (error) {
      if (!(error instanceof FlowbenchError) || !error.retryable || spent.has(error)) throw error;
      firstFailureMs ??= clock.nowMs();
      const elapsedMs = clock.nowMs() - firstFailureMs;
      const delayMs = clock.random() * Math.min(settings.maxDelayMs, settings.firstDelayMs * 2 ** tries);
      if (elapsedMs + delayMs > settings.budgetMs) throw givenUp(error, tries + 1, elapsedMs);
      await clock.sleep(delayMs);
    }
  }
}

function givenUp(error: FlowbenchError, tries: number, elapsedMs: number): FlowbenchError {
  const message = tries === 1 ? error.message : `${error.message} It was tried ${tries} times in ${Math.round(elapsedMs / 1000)} s.`;
  const last = new FlowbenchError(error.code, message, { retryable: true, cause: error, ...(error.remedy === undefined ? {} : { remedy: error.remedy }) });
  spent.add(last);
  return last;
}
