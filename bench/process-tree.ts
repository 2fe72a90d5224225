import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { FlowbenchError } from '../workloads/model/errors.js';

const SAMPLE_EVERY_MS = 100;
const KIB = 1024;

/**
 * Runs a program to its end and answers the largest resident memory of it and all its descendants
 * together, in bytes, as seen every 100 ms in /proc (Linux only). Throws when the program fails.
 */
export async function peakMemoryOf(command: string, args: readonly string[]): Promise<number> {
  const child = spawn(command, [...args], { stdio: ['ignore', 'inherit', 'inherit'] });
  let peakBytes = 0;
  const timer = setInterval(() => {
    if (child.pid !== undefined) peakBytes = Math.max(peakBytes, treeMemory(child.pid));
  }, SAMPLE_EVERY_MS);
  const exitCode = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  }).finally(() => { clearInterval(timer); });
  if (exitCode !== 0) throw new FlowbenchError('tool_missing', `${command} ${args.join(' ')} ended with exit code ${exitCode}.`);
  return peakBytes;
}

function treeMemory(rootPid: number): number {
  const parents = new Map<number, number>();
  const memory = new Map<number, number>();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const status = readStatus(name);
    if (status === null) continue;
    parents.set(Number(name), status.parentPid);
    memory.set(Number(name), status.residentBytes);
  }
  const isInTree = (pid: number): boolean => {
    for (let at: number | undefined = pid; at !== undefined && at > 1; at = parents.get(at)) if (at === rootPid) return true;
    return false;
  };
  return [...memory].reduce((sum, [pid, bytes]) => (isInTree(pid) ? sum + bytes : sum), 0);
}

function readStatus(pid: string): { parentPid: number; residentBytes: number } | null {
  try {
    const text = readFileSync(`/proc/${pid}/status`, 'utf8');
    const field = (name: string): number => Number(new RegExp(`^${name}:\\s*(\\d+)`, 'm').exec(text)?.[1] ?? 0);
    return { parentPid: field('PPid'), residentBytes: field('VmRSS') * KIB };
  } catch {
    // It ended between the listing and the reading.
    return null;
  }
}
