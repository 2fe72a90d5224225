import { readFileSync } from 'node:fs';
import { systemErrorCode } from './node-errors.js';

/**
 * Whether a process of this machine still runs. One that was killed can be signalled until its parent
 * takes note, which may be never in a container: only Linux tells such a zombie (proc(5), stat).
 */
export function isProcessRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    // A process of somebody else may not be signalled, but is there.
    return systemErrorCode(error) !== 'ESRCH';
  }
  return !isZombie(pid);
}

function isZombie(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 1).trim().startsWith('Z');
  } catch {
    return false;
  }
}
