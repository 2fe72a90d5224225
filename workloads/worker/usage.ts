import { readFileSync } from 'node:fs';

/** What this process used between two points in time, by the operating system's own counts. */
export interface Usage {
  /** See {@link ReadsFrom}; null where it cannot be told. */
  readonly bytesRead: number | null;
  /** User and system time of all threads. */
  readonly cpuMs: number;
  /** The highest resident size since the process started, not since the meter did. */
  readonly maxRssBytes: number;
}

/**
 * How bytes read are counted: `files` by the process's own system calls, whether from disk or page cache;
 * `network` as what a pod's interfaces received, as what comes through sockets is not among those calls (packets'
 * headers are counted too); `shared`: over interfaces that others use as well, so not at all.
 */
export type ReadsFrom = 'files' | 'network' | 'shared';

/** Starts counting; the function it returns tells what was used since. */
export function startUsageMeter(from: ReadsFrom): () => Usage {
  const cpu = process.cpuUsage();
  const readBefore = bytesReadSoFar(from);
  return () => {
    const readAfter = bytesReadSoFar(from);
    const { user, system } = process.cpuUsage(cpu);
    return {
      bytesRead: readBefore === null || readAfter === null ? null : readAfter - readBefore,
      cpuMs: (user + system) / 1000,
      maxRssBytes: process.resourceUsage().maxRSS * 1024,
    };
  };
}

function bytesReadSoFar(from: ReadsFrom): number | null {
  try {
    if (from === 'shared') return null;
    if (from === 'network') return receivedBytes(readFileSync('/proc/net/dev', 'utf8'));
    const found = /^rchar: (\d+)$/m.exec(readFileSync('/proc/self/io', 'utf8'));
    return found === null ? null : Number(found[1]);
  } catch {
    return null;
  }
}

/** What all interfaces but the loopback received, of the text of /proc/net/dev. */
export function receivedBytes(text: string): number | null {
  const received = [...text.matchAll(/^\s*([^\s:|]+):\s*(\d+)/gm)].filter(([, name]) => name !== 'lo').map(([, , bytes]) => Number(bytes));
  return received.length === 0 ? null : received.reduce((sum, bytes) => sum + bytes, 0);
}
