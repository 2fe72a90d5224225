import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { FlowbenchError, type ErrorCode } from '../model/errors.js';

export interface ToolOptions {
  /** Aborting ends the tool and rejects with `cancelled`. */
  readonly signal: AbortSignal;
  /** Each line of the tool's standard output. */
  readonly onLine?: (line: string) => void;
}

/** How much of a tool's complaints is kept for the error message. */
const STDERR_TAIL_CHARS = 2000;

/**
 * Runs a program to its end. Rejects with `tool_missing` when it cannot be started, `cancelled` when
 * aborted, and otherwise by what its last words say: `out_of_disk`, `out_of_memory` or `internal`.
 */
export async function runTool(command: string, args: readonly string[], options: ToolOptions): Promise<void> {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], signal: options.signal });
  let stderrTail = '';
  child.stderr.on('data', (chunk: Buffer) => {
    stderrTail = (stderrTail + chunk.toString('utf8')).slice(-STDERR_TAIL_CHARS);
  });
  createInterface({ input: child.stdout }).on('line', (line) => options.onLine?.(line));
  await new Promise<void>((resolve, reject) => {
    let startError: Error | undefined;
    child.on('error', (cause) => {
      startError = cause;
      // A program that never started has no close event to wait for; one that is being killed has.
      if (child.pid === undefined) reject(options.signal.aborted ? cancelled() : cannotStart(command, cause));
    });
    child.on('close', (code, signal) => {
      if (options.signal.aborted) reject(cancelled());
      else if (code === 0 && startError === undefined) resolve();
      else reject(failureOf(command, code, signal, stderrTail));
    });
  });
}

function cancelled(): FlowbenchError {
  return new FlowbenchError('cancelled', 'Interrupted.', { remedy: 'The same command continues where it stopped.' });
}

function cannotStart(command: string, cause: Error): FlowbenchError {
  return new FlowbenchError('tool_missing', `${command} cannot be started (${cause.message}).`, { cause });
}

function failureOf(command: string, code: number | null, signal: NodeJS.Signals | null, stderrTail: string): FlowbenchError {
  const lastWords = stderrTail.trim().split('\n').slice(-3).join(' ').trim();
  const how = signal === null ? `exit code ${code}` : `signal ${signal}`;
  const said = lastWords === '' ? '' : `: ${lastWords}`;
  return new FlowbenchError(codeOf(signal, stderrTail), `${command} ended with ${how}${said}.`, {
    remedy: 'The same command continues where it stopped, once the cause is gone.',
  });
}

function codeOf(signal: NodeJS.Signals | null, stderr: string): ErrorCode {
  if (/no space left on device|disk quota exceeded/i.test(stderr)) return 'out_of_disk';
  if (signal === 'SIGKILL' || /MemoryError|Resources exhausted|out of memory/i.test(stderr)) return 'out_of_memory';
  return 'internal';
}
