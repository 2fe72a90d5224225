import { existsSync, readFileSync } from 'node:fs';
import type { WorkerProgram } from '../../coordinator/executors/worker-program.js';

/** Where util-linux puts its programs. */
const FOLDERS = ['/usr/bin', '/bin'];

/**
 * How the program of one worker is started. It takes all processors that it may run on, whatever a unit's
 * `threads` says, so that it may run on those of its worker alone; and it ends with the process that started it,
 * as one that hangs would otherwise stay for ever.
 */
export function programOf(binary: string, processors: readonly number[]): WorkerProgram {
  const setpriv = toolOf('setpriv');
  const taskset = toolOf('taskset');
  const words = [
    ...(setpriv === null ? [] : [setpriv, '--pdeathsig', 'KILL']),
    ...(taskset === null || processors.length === 0 ? [] : [taskset, '--cpu-list', processors.join(',')]),
    binary,
  ];
  const [command = binary, ...args] = words;
  return { command, args };
}

/** Those of the worker at a place; workers share where there are too few. Empty where the system does not tell. */
export function processorsOf(position: number, threads: number): number[] {
  const allowed = allowedProcessors();
  const wanted = Array.from({ length: threads }, (_, index) => allowed[(position * threads + index) % allowed.length]);
  return [...new Set(wanted.filter((processor) => processor !== undefined))];
}

function allowedProcessors(): number[] {
  const list = /^Cpus_allowed_list:\s*(\S+)$/m.exec(readText('/proc/self/status') ?? '')?.[1];
  if (list === undefined) return [];
  return list.split(',').flatMap((range) => {
    const [from = 0, to = from] = range.split('-').map(Number);
    return Array.from({ length: to - from + 1 }, (_, index) => from + index);
  });
}

/** All memory of the machine, of which the program's limit is a fraction; null where the system does not tell. */
export function machineMemoryBytes(): number | null {
  const kibibytes = /^MemTotal:\s*(\d+) kB$/m.exec(readText('/proc/meminfo') ?? '')?.[1];
  return kibibytes === undefined ? null : Number(kibibytes) * 1_024;
}

/** Processes that the system has killed for want of memory, since it started. */
export function killedForMemory(): number {
  return Number(/^oom_kill (\d+)$/m.exec(readText('/proc/vmstat') ?? '')?.[1] ?? 0);
}

/** Processor time of this process's children that have ended, ms. */
export function endedChildrenCpuMs(): number | null {
  // After the name, which may hold blanks: field 16 and 17 of all, in hundredths of a second.
  const fields = readText('/proc/self/stat')?.split(') ').at(-1)?.split(' ');
  const [user, system] = [Number(fields?.[13]), Number(fields?.[14])];
  return Number.isFinite(user + system) ? (user + system) * 10 : null;
}

export interface ProcessGlance {
  /** Ticks of processor time so far. */
  readonly cpuTicks: number;
  /** Most memory it had so far. */
  readonly peakBytes: number;
}

/** Null for a process that is gone. */
export function glanceAt(pid: number): ProcessGlance | null {
  const fields = readText(`/proc/${pid}/stat`)?.split(') ').at(-1)?.split(' ');
  const peak = /^VmHWM:\s*(\d+) kB$/m.exec(readText(`/proc/${pid}/status`) ?? '')?.[1];
  return fields === undefined || peak === undefined ? null : { cpuTicks: Number(fields[11]) + Number(fields[12]), peakBytes: Number(peak) * 1_024 };
}

function toolOf(name: string): string | null {
  return FOLDERS.map((folder) => `${folder}/${name}`).find((path) => existsSync(path)) ?? null;
}

function readText(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}
