import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { request } from 'node:https';

/** A part that does not answer by then will not. */
const READY_TIMEOUT_MS = 60_000;
const READY_POLL_MS = 50;
/** Time to end by itself; the API server waits for its watches. */
const GRACE_MS = 5_000;

export interface PartSettings {
  /** Subcommand of the control plane's program. */
  readonly name: 'etcd' | 'kube-apiserver' | 'kube-controller-manager' | 'kube-scheduler';
  readonly args: readonly string[];
  readonly logFile: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** Whether it does its work by now. */
  isReady(): Promise<boolean>;
}

/**
 * One program of the control plane. Its standard input is a pipe whose other end only this process holds: when
 * this process ends, however it does, so does the program.
 */
export class ControlPlanePart {
  private child: ChildProcess | null = null;

  constructor(private readonly binary: string, private readonly settings: PartSettings) {}

  get isRunning(): boolean {
    return this.child !== null;
  }

  /** Starts it and waits until it works. Throws with the end of its log when it does not. */
  async start(): Promise<void> {
    const { name, args, logFile, environment } = this.settings;
    const log = openSync(logFile, 'a');
    const child = spawn(this.binary, [name, ...args], { stdio: ['pipe', log, log], env: { PATH: process.env.PATH, HOME: process.env.HOME, TMPDIR: process.env.TMPDIR, ...environment } });
    closeSync(log);
    this.child = child;
    child.once('exit', () => { if (this.child === child) this.child = null; });
    child.once('error', () => { if (this.child === child) this.child = null; });
    await this.untilReady();
  }

  /** Ends it: asked to, then by force. */
  async stop(signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> {
    const { child } = this;
    if (child?.pid === undefined) return;
    const gone = new Promise<void>((resolve) => { child.once('exit', () => { resolve(); }); });
    child.kill(signal);
    const force = setTimeout(() => { child.kill('SIGKILL'); }, GRACE_MS);
    await gone;
    clearTimeout(force);
  }

  private async untilReady(): Promise<void> {
    const deadline = Date.now() + READY_TIMEOUT_MS;
    while (!(await this.settings.isReady())) {
      if (!this.isRunning || Date.now() > deadline) {
        await this.stop('SIGKILL');
        throw new Error(`${this.settings.name} did not start:\n${lastLines(this.settings.logFile)}`);
      }
      await new Promise((resolve) => setTimeout(resolve, READY_POLL_MS));
    }
  }
}

function lastLines(file: string): string {
  return readFileSync(file, 'utf8').trimEnd().split('\n').slice(-10).join('\n');
}

/** Whether a server with a certificate of its own answers this path with 200. */
export function answers(port: number, path: string, token: string): Promise<boolean> {
  return new Promise((resolve) => {
    // The certificate is the server's own and not known yet; this is the loopback address.
    const asked = request({ host: '127.0.0.1', port, path, rejectUnauthorized: false, timeout: 2_000, headers: { authorization: `Bearer ${token}` } }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    asked.on('timeout', () => { asked.destroy(); });
    asked.on('error', () => { resolve(false); });
    asked.end();
  });
}
