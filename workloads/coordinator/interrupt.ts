import type { DuckDBSession } from '../duckdb/session.js';
import { FlowbenchError } from '../model/errors.js';

/** Until when something may run. */
export interface Limits {
  /** On the clock of `performance.now()`, ms. */
  readonly deadlineAtMs: number;
  readonly signal: AbortSignal;
}

/** An interrupt that comes before a statement has begun is lost, so it is given again until the work ends. */
const INTERRUPT_AGAIN_MS = 20;

/** The longest that a timer can be set to; a longer one would fire at once. */
export const MAX_TIMER_MS = 2 ** 31 - 1;

/** Throws `cancelled` or `timeout` when there is no time left. */
export function checkLimits(limits: Limits): void {
  const reason = stopReason(limits);
  if (reason !== null) throw reason;
}

/**
 * Runs statements of an embedded session within limits: past them the running statement is interrupted
 * and the call ends with `timeout` or `cancelled`, whatever the statement said.
 */
export async function interruptible<T>(session: DuckDBSession, limits: Limits, work: () => Promise<T>): Promise<T> {
  checkLimits(limits);
  let again: NodeJS.Timeout | undefined;
  const interrupted: { for: FlowbenchError | null } = { for: null };
  const interrupt = (reason: FlowbenchError): void => {
    interrupted.for ??= reason;
    session.interrupt();
    again ??= setInterval(() => { session.interrupt(); }, INTERRUPT_AGAIN_MS);
  };
  const onAbort = (): void => { interrupt(cancelled()); };
  const timer = setTimeout(() => { interrupt(timedOut()); }, Math.min(MAX_TIMER_MS, limits.deadlineAtMs - performance.now()));
  limits.signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await work();
  } catch (error) {
    // Not by the clock alone: a timer may fire a moment before the deadline that the clock shows.
    throw interrupted.for ?? stopReason(limits) ?? error;
  } finally {
    clearTimeout(timer);
    clearInterval(again);
    limits.signal.removeEventListener('abort', onAbort);
  }
}

function stopReason(limits: Limits): FlowbenchError | null {
  if (limits.signal.aborted) return cancelled();
  return performance.now() >= limits.deadlineAtMs ? timedOut() : null;
}

function cancelled(): FlowbenchError {
  return new FlowbenchError('cancelled', 'The query was stopped on request.');
}

function timedOut(): FlowbenchError {
  return new FlowbenchError('timeout', 'The query had not ended at its time limit and was stopped.');
}
