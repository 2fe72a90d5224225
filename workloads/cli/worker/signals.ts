const SIGNALS = { SIGTERM: 143, SIGINT: 130 } as const;

/** How long a unit may take to wind up after a signal; the whole process must be gone within a second. */
const GRACE_MS = 600;

export interface StopRequest {
  /** Aborted when a signal came. */
  readonly signal: AbortSignal;
  /** What the process ends with after a signal; null while none came. */
  readonly exitCode: number | null;
}

const controller = new AbortController();
let exitCode: number | null = null;
let lastWords: () => void = () => undefined;

// At import, before the engine is loaded: a signal that comes meanwhile waits for the event loop instead
// of ending the process without its line.
for (const name of ['SIGTERM', 'SIGINT'] as const) {
  process.on(name, () => {
    if (exitCode !== null) return;
    exitCode = SIGNALS[name];
    setTimeout(() => { endAtOnce(name); }, GRACE_MS).unref();
    controller.abort();
  });
}

/** By the signal itself, as process.exit waits for the engine's threads: a shell sees the same 143 or 130. */
function endAtOnce(name: keyof typeof SIGNALS): void {
  lastWords();
  process.removeAllListeners(name);
  process.kill(process.pid, name);
}

/**
 * SIGTERM and SIGINT as a request to stop. When the work has not wound up after a grace period, `report`
 * is called and the process ends, as a busy engine cannot be stopped from outside.
 */
export function stopRequest(report: () => void): StopRequest {
  lastWords = report;
  return {
    signal: controller.signal,
    get exitCode() { return exitCode; },
  };
}
