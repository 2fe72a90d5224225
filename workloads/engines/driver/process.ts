import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { open } from 'node:fs/promises';
import { DRIVER_TOKEN_VARIABLE } from '../../model/driver-protocol.js';
import { FlowbenchError, messageOf } from '../../model/errors.js';
import type { DriverHost } from './host.js';
import { endGroup, signalGroup, stopGroup } from './process-group.js';

/** How a driver program is started. Its environment is this and the token, and nothing of ours. */
export interface DriverProgram {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
}

const TAIL_BYTES = 8_192;
const TAIL_LINES = 5;

/**
 * A driver program as a child with a process group of its own, so that all it starts is stopped, resumed and ended
 * with it. What it prints goes to a file. It is given a pipe as standard input that only this process holds: its
 * guard ends the group when that closes.
 */
export class DriverProcess implements DriverHost {
  readonly ended: Promise<string>;
  private gone: Promise<void> | null = null;

  private constructor(
    private readonly child: ChildProcess,
    readonly pid: number,
    private readonly logFile: string,
  ) {
    this.ended = new Promise((resolve) => {
      child.once('exit', (code, signal) => { resolve(signal === null ? `exit code ${code}` : `signal ${signal}`); });
    });
    child.stdin?.on('error', () => undefined);
    // What it started must not outlive it.
    void this.ended.then(() => this.kill());
  }

  /** Throws `tool_missing` where there is no such program. */
  static async start(program: DriverProgram, logFile: string, token: string): Promise<DriverProcess> {
    const log = await open(logFile, 'a');
    try {
      const env = { ...program.env, [DRIVER_TOKEN_VARIABLE]: token };
      const child = spawn(program.command, program.args, { cwd: program.cwd, env, detached: true, stdio: ['pipe', log.fd, log.fd] });
      await once(child, 'spawn');
      return new DriverProcess(child, child.pid ?? 0, logFile);
    } catch (cause) {
      throw new FlowbenchError('tool_missing', `${program.command} cannot be started: ${messageOf(cause)}.`, { cause });
    } finally {
      await log.close();
    }
  }

  async lastLines(): Promise<string> {
    const file = await open(this.logFile, 'r');
    try {
      const { size } = await file.stat();
      const from = Math.max(0, size - TAIL_BYTES);
      const { buffer, bytesRead } = await file.read(Buffer.alloc(TAIL_BYTES), 0, TAIL_BYTES, from);
      // A progress bar writes over its line: only what it wrote last was there to see.
      const lines = buffer.toString('utf8', 0, bytesRead).split('\n').map((line) => line.split('\r').at(-1)?.trim() ?? '').filter((line) => line !== '');
      return lines.slice(-TAIL_LINES).join(' | ');
    } finally {
      await file.close();
    }
  }

  readonly suspend = (): Promise<void> => stopGroup(this.pid);

  readonly resume = (): void => { signalGroup(this.pid, 'SIGCONT'); };

  async kill(): Promise<void> {
    // Once: later, its number may be another's.
    this.gone ??= endGroup(this.pid);
    await this.gone;
    await this.ended;
    this.child.stdin?.destroy();
  }
}
