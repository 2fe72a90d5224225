import { totalmem } from 'node:os';

/** The rest is for the system, its file cache, and what engines use beside what they are limited to. */
const SHARE_FOR_SESSIONS = 0.7;

/** What open sessions together may use of this machine's memory, or of what this process is given of it. */
export function memoryBudgetBytes(machineBytes: number = totalmem(), constrainedBytes: number = process.constrainedMemory()): number {
  const isConstrained = constrainedBytes > 0 && constrainedBytes < machineBytes;
  return Math.floor((isConstrained ? constrainedBytes : machineBytes) * SHARE_FOR_SESSIONS);
}
