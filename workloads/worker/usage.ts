import { readFileSync } from 'node:fs';

/** What this process used between two points in time, by the operating system's own counts. */
export interface Usage {
  /** Bytes the process read through system calls, whether from disk or page cache; null where /proc is missing. */
  readonly bytesRead: number | null;
  /** User and system time of all threads. */
  readonly cpuMs: number;
  /** The highest resident size since the process started, not since the meter did. */
  readonly maxRssBytes: number;
}

/** Starts counting; the function it returns tells what was used since. */
export function startUsageMeter(): () => Usage {
  const cpu = process.cpuUsage();
  const readBefore = bytesReadSoFar();
  return () => {
    const readAfter = bytesReadSoFar();
    const { user, system } = process.cpuUsage(cpu);
    return {
      bytesRead: readBefore === null || readAfter === null ? null : readAfter - readBefore,
      cpuMs: (user + system) / 1000,
      maxRssBytes: process.resourceUsage().maxRSS * 1024,
    };
  };
}

function bytesReadSoFar(): number | null {
  try {
    const found = /^rchar: (\d+)$/m.exec(readFileSync('/proc/self/io', 'utf8'));
    return found === null ? null : Number(found[1]);
  } catch {
    return null;
  }
}
