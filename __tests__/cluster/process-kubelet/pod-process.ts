import { type ChildProcess, spawn } from 'node:child_process';
import { constants } from 'node:os';
import { type ContainerEnd } from './pod-status.js';
import { type PodLog } from './pod-log.js';

/** What runs in a pod. */
export interface Running {
  /** Resolves when it ended, however it did. */
  readonly end: Promise<ContainerEnd>;
  signal(name: NodeJS.Signals): void;
}

/** Nothing: ends well after some time, or at once by a signal. */
export class SimulatedProcess implements Running {
  readonly end: Promise<ContainerEnd>;
  private finish: (end: ContainerEnd) => void = () => undefined;

  constructor(runMs: number) {
    this.end = new Promise((resolve) => { this.finish = resolve; });
    setTimeout(() => { this.finish({ exitCode: 0, reason: 'Completed' }); }, runMs);
  }

  signal(name: NodeJS.Signals): void {
    this.finish(endOf(null, name));
  }
}

/** The process of a pod, in a group of its own. */
export class PodProcess implements Running {
  readonly end: Promise<ContainerEnd>;
  /** Resolves when it runs; rejects when it could not be started. */
  readonly started: Promise<void>;
  private readonly child: ChildProcess;

  constructor(command: readonly [string, ...string[]], environment: Readonly<Record<string, string>>, log: PodLog) {
    const [program, ...args] = command;
    const child = spawn(program, args, { env: environment, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
    this.child = child;
    child.stdout.on('data', (chunk: Buffer) => { log.write(chunk); });
    child.stderr.on('data', (chunk: Buffer) => { log.write(chunk); });
    this.started = new Promise((resolve, reject) => {
      child.once('spawn', resolve);
      child.once('error', reject);
    });
    this.end = new Promise((resolve) => {
      child.once('error', (error) => { resolve({ exitCode: 128, reason: 'StartError', message: error.message }); });
      child.once('close', (code, signal) => { resolve(endOf(code, signal)); });
    });
    void this.end.then(() => { log.end(); });
  }

  /** To the whole group; a process that is gone takes none. */
  signal(name: NodeJS.Signals): void {
    if (this.child.pid === undefined) return;
    try {
      process.kill(-this.child.pid, name);
    } catch {
      // Ended meanwhile.
    }
  }
}

function endOf(code: number | null, signal: NodeJS.Signals | null): ContainerEnd {
  const exitCode = signal === null ? code ?? 1 : 128 + constants.signals[signal];
  return { exitCode, reason: exitCode === 0 ? 'Completed' : 'Error' };
}
