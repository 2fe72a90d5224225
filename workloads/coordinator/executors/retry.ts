import { setTimeout as sleep } from 'node:timers/promises';
import type { WorkUnitV2 } from '../../model/work-unit.js';
import type { ExecuteOptions, UnitOutcome } from '../executor.js';
import { failed, type Verdict } from './failure.js';

/** One try at a unit. `spawnMs` is what the start of a process took before it could take the unit. */
export interface Attempt {
  readonly spawnMs: number;
  readonly verdict: Verdict;
}

export interface RetryPolicy {
  /** Tries in all at a unit whose storage failed. */
  readonly storageAttempts: number;
  /** Tries in all at a unit whose worker was lost. */
  readonly lostAttempts: number;
  /** Wait before the second try, ms; doubles with each further one, times a random factor of 0.5 to 1.5. */
  readonly backoffMs: number;
}

/** Wrong input and a failed query stay so; storage may come back; a node is lost by chance, but rarely twice. */
export const DEFAULT_RETRY_POLICY: RetryPolicy = { storageAttempts: 3, lostAttempts: 2, backoffMs: 200 };

/**
 * Tries a unit until it works, may not be retried, or its time is up. `timeoutMs` covers all tries of the
 * unit together, so that a stage is never longer than its limit.
 */
export async function runWithRetries(
  unit: WorkUnitV2,
  options: ExecuteOptions,
  policy: RetryPolicy,
  attemptOnce: (unit: WorkUnitV2, options: ExecuteOptions) => Promise<Attempt>,
): Promise<UnitOutcome> {
  const startedAt = performance.now();
  let spawnMs = 0;
  for (let attempts = 1; ; attempts += 1) {
    const attempt = await attemptOnce(unit, { ...options, timeoutMs: options.timeoutMs - (performance.now() - startedAt) });
    spawnMs += attempt.spawnMs;
    // Ctrl-C reaches the workers too: one that ended by it was not lost.
    const verdict = attempt.verdict.ok || !options.signal.aborted ? attempt.verdict : failed('cancelled', `${unit.id} was stopped on request.`);
    const waitMs = policy.backoffMs * 2 ** (attempts - 1) * (0.5 + Math.random());
    const timeLeftMs = options.timeoutMs - (performance.now() - startedAt) - waitMs;
    if (verdict.ok || !mayRetry(verdict, attempts, policy) || timeLeftMs <= 0 || !(await waited(waitMs, options.signal))) {
      const result = verdict.ok ? verdict : { ok: false as const, failure: verdict.failure };
      return { unitId: unit.id, attempts, spawnMs, elapsedMs: performance.now() - startedAt - spawnMs, result };
    }
  }
}

function mayRetry(verdict: Extract<Verdict, { ok: false }>, attempts: number, policy: RetryPolicy): boolean {
  if (verdict.failure.kind === 'storage') return verdict.retryable && attempts < policy.storageAttempts;
  return verdict.failure.kind === 'worker_lost' && attempts < policy.lostAttempts;
}

/** False when the signal was raised meanwhile. */
async function waited(durationMs: number, signal: AbortSignal): Promise<boolean> {
  try {
    await sleep(durationMs, undefined, { signal });
    return true;
  } catch {
    return false;
  }
}
