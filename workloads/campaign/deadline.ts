import type { EngineSession, QueryOutcome, QueryText, RunOptions } from '../engines/contract.js';
import { messageOf } from '../model/errors.js';

/** How much longer than its time limit an engine may take to notice it. */
export const GRACE_MS = 15_000;

/**
 * Runs a query so that the campaign goes on whatever the engine does: one that throws against its contract
 * is an engine error, one that does not come back at its time limit is a timeout.
 */
export async function runGuarded(session: EngineSession, query: QueryText, options: RunOptions, graceMs = GRACE_MS): Promise<QueryOutcome> {
  let timer: NodeJS.Timeout | undefined;
  const overdue = new Promise<QueryOutcome>((resolve) => {
    timer = setTimeout(() => {
      resolve({ status: 'timeout', error: `The engine did not stop at its time limit of ${options.timeoutMs} ms and was given up ${graceMs} ms later.`, stages: {} });
    }, options.timeoutMs + graceMs);
  });
  try {
    return await Promise.race([session.run(query, options), overdue]);
  } catch (error) {
    return { status: 'engine_error', error: `The engine failed outside its contract: ${messageOf(error)}`, stages: {} };
  } finally {
    clearTimeout(timer);
  }
}
