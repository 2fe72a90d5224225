import type { ExecuteOptions } from '../executor.js';
import { MAX_TIMER_MS } from '../interrupt.js';
import { failed, type Verdict } from './failure.js';

/**
 * Waits for `work`, or until the unit's time is up or the signal is raised; then `stop` is called and
 * the verdict says which it was. `work` must settle once `stop` has run.
 */
export async function withinLimits(unitId: string, options: ExecuteOptions, work: Promise<Verdict>, stop: () => Promise<void>): Promise<Verdict> {
  let timer: NodeJS.Timeout | undefined;
  let onAbort: (() => void) | undefined;
  const limit = new Promise<Verdict>((resolve) => {
    const limitMs = Math.min(MAX_TIMER_MS, Math.max(0, options.timeoutMs));
    timer = setTimeout(() => { resolve(failed('timeout', `${unitId} had not ended at its time limit and was stopped.`)); }, limitMs);
    onAbort = () => { resolve(failed('cancelled', `${unitId} was stopped on request.`)); };
    options.signal.addEventListener('abort', onAbort, { once: true });
    if (options.signal.aborted) onAbort();
  });
  try {
    const first = await Promise.race([work, limit]);
    if (first.ok || (first.failure.kind !== 'timeout' && first.failure.kind !== 'cancelled')) return first;
    await stop();
    return first;
  } finally {
    clearTimeout(timer);
    if (onAbort !== undefined) options.signal.removeEventListener('abort', onAbort);
  }
}

/** Runs `work` over all items, at most `limit` at once, and answers in their order. */
export async function mapConcurrent<T, R>(items: readonly T[], limit: number, work: (item: T, position: number) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  let next = 0;
  const lane = async (): Promise<void> => {
    for (let position = next++; position < items.length; position = next++) {
      results[position] = await work(items[position] as T, position);
    }
  };
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, lane));
  return results;
}
