const SIGNALS = { SIGTERM: 143, SIGINT: 130 } as const;

/** How long a unit may take to wind up after a signal; the whole process must be gone within a second. */
const GRACE_MS = 600;

export interface StopRequest {
  /** Aborted when a signal came. */
  readonly signal: AbortSignal;
  /** What the process ends with after a signal; null while none came. */
  readonly exitCode: number | null;
}

/**
 * Turns SIGTERM and SIGINT into a request to stop. When the work has not wound up after a grace period,
 * `force` reports and the process kills itself, as the engine's threads cannot be stopped from outside.
 */
export function onSignal(force: (exitCode: number) => void): StopRequest {
  const controller = new AbortController();
  let code: number | null = null;
  for (const [name, exitCode] of Object.entries(SIGNALS)) {
    process.on(name, () => {
      if (code !== null) return;
      code = exitCode;
      setTimeout(() => { force(exitCode); }, GRACE_MS).unref();
      controller.abort();
    });
  }
  return {
    signal: controller.signal,
    get exitCode() { return code; },
  };
}
