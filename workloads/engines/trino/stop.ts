import { MAX_TIMER_MS, type Limits } from '../../coordinator/interrupt.js';
import { FlowbenchError } from '../../model/errors.js';

/** Does what is asked until it is done, aborted or out of time, and then throws `cancelled` or `timeout`, whatever the work still does. */
export async function untilStopped<T>(limits: Limits, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const stop = new AbortController();
  const timedOut = (): void => { stop.abort(new FlowbenchError('timeout', 'The query had not ended at its time limit and was stopped.')); };
  const cancelled = (): void => { stop.abort(new FlowbenchError('cancelled', 'The query was stopped on request.')); };
  const timer = setTimeout(timedOut, Math.min(MAX_TIMER_MS, limits.deadlineAtMs - performance.now()));
  limits.signal.addEventListener('abort', cancelled, { once: true });
  const stopped = new Promise<never>((_resolve, reject) => {
    stop.signal.addEventListener('abort', () => { reject(stop.signal.reason as FlowbenchError); }, { once: true });
  });
  try {
    return await Promise.race([work(stop.signal), stopped]);
  } finally {
    clearTimeout(timer);
    limits.signal.removeEventListener('abort', cancelled);
    // Nobody waits for it any more.
    stopped.catch(() => undefined);
  }
}
