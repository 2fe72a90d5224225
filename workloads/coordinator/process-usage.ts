import { readFileSync } from 'node:fs';

/** What this process has used so far. */
export interface ProcessUsage {
  readonly cpuMs: number;
  /** Bytes its read calls returned, from storage or the page cache; null where the system does not say. */
  readonly bytesRead: number | null;
}

export function processUsage(): ProcessUsage {
  const { user, system } = process.cpuUsage();
  return { cpuMs: (user + system) / 1_000, bytesRead: bytesReadSoFar() };
}

/** What was used between two readings. */
export function usageSince(before: ProcessUsage): ProcessUsage {
  const now = processUsage();
  return {
    cpuMs: now.cpuMs - before.cpuMs,
    bytesRead: now.bytesRead === null || before.bytesRead === null ? null : now.bytesRead - before.bytesRead,
  };
}

function bytesReadSoFar(): number | null {
  try {
    const rchar = /^rchar: (\d+)$/m.exec(readFileSync('/proc/self/io', 'utf8'))?.[1];
    return rchar === undefined ? null : Number(rchar);
  } catch {
    return null;
  }
}
