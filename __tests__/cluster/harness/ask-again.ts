import { setTimeout as sleep } from 'node:timers/promises';

/** Before the API server is asked again. */
const PAUSE_MS = 200;

/** Asks again whenever an asking is over, refused or cut off as it may be, until it is told to stop. */
export async function askAgain(signal: AbortSignal, ask: () => Promise<unknown>): Promise<void> {
  while (!signal.aborted) {
    await ask().catch(() => undefined);
    await sleep(PAUSE_MS, undefined, { signal }).catch(() => undefined);
  }
}
