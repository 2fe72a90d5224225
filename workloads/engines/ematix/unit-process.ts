import { spawn } from 'node:child_process';
import type { WorkerProgram } from '../../coordinator/executors/worker-program.js';
import { MAX_TIMER_MS } from '../../coordinator/interrupt.js';
import { glanceAt, killedForMemory } from './processors.js';

/** How a run of the program ended. */
export interface ProcessEnd {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Why it was stopped from here; null when it ended by itself. */
  readonly stopped: 'timeout' | 'cancelled' | null;
  readonly stdout: string;
  /** The last of what it logged, without colours. */
  readonly log: string;
  readonly elapsedMs: number;
  /** Most memory it was seen with; null when it ended before it was looked at. */
  readonly peakBytes: number | null;
  /** How long it had used no processor time when it ended. */
  readonly idleMs: number;
  /** The system killed some process for want of memory meanwhile. */
  readonly wasMemoryShort: boolean;
  /** It could not be started, and why. */
  readonly startError: string | null;
}

export interface ProcessLimits {
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

const LOG_TAIL_CHARS = 8_000;
const MAX_STDOUT_CHARS = 1_000_000;
const GLANCE_EVERY_MS = 50;
// The escape that starts a colour.
const COLOURS = new RegExp(`${String.fromCharCode(27)}\\[[0-9;]*m`, 'g');

/** Runs the program to its end, or kills it at its limit. Never rejects. */
export function runProcess({ command, args }: WorkerProgram, env: Readonly<Record<string, string>>, limits: ProcessLimits): Promise<ProcessEnd> {
  const startedAt = performance.now();
  const killsBefore = killedForMemory();
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], env });
  const seen = { stdout: '', log: '', cpuTicks: -1, peakBytes: null as number | null, busyAt: startedAt, startError: null as string | null };
  let stopped: ProcessEnd['stopped'] = null;
  child.stdout.setEncoding('utf8').on('data', (text: string) => { seen.stdout = (seen.stdout + text).slice(-MAX_STDOUT_CHARS); });
  child.stderr.setEncoding('utf8').on('data', (text: string) => { seen.log = (seen.log + text).slice(-LOG_TAIL_CHARS); });
  const look = (): void => {
    const glance = child.pid === undefined ? null : glanceAt(child.pid);
    if (glance === null) return;
    if (glance.cpuTicks !== seen.cpuTicks) seen.busyAt = performance.now();
    seen.cpuTicks = glance.cpuTicks;
    seen.peakBytes = glance.peakBytes;
  };
  const stop = (why: 'timeout' | 'cancelled'): void => {
    look();
    stopped ??= why;
    child.kill('SIGKILL');
  };
  const onAbort = (): void => { stop('cancelled'); };
  const watch = setInterval(look, GLANCE_EVERY_MS);
  const timer = setTimeout(() => { stop('timeout'); }, Math.min(MAX_TIMER_MS, Math.max(0, limits.timeoutMs)));
  limits.signal.addEventListener('abort', onAbort, { once: true });
  if (limits.signal.aborted) onAbort();
  return new Promise((resolve) => {
    const end = (exitCode: number | null, signal: NodeJS.Signals | null): void => {
      clearInterval(watch);
      clearTimeout(timer);
      limits.signal.removeEventListener('abort', onAbort);
      const endedAt = performance.now();
      resolve({
        exitCode, signal, stopped, stdout: seen.stdout, log: seen.log.replaceAll(COLOURS, ''), elapsedMs: endedAt - startedAt, peakBytes: seen.peakBytes,
        idleMs: endedAt - seen.busyAt, wasMemoryShort: killedForMemory() > killsBefore, startError: seen.startError,
      });
    };
    child.on('error', (error) => {
      seen.startError = error.message;
      if (child.pid === undefined) end(null, null);
    });
    child.on('close', end);
  });
}
