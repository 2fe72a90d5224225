import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';

/** How a worker is started; its mode is appended to `args`. Tests plant faulty programs here. */
export interface WorkerProgram {
  readonly command: string;
  readonly args: readonly string[];
}

/** A worker that has not ended this long after SIGTERM is killed, ms. */
const TERM_GRACE_MS = 1_000;
/** Enough for the report on tens of thousands of row groups; more is no report. */
export const MAX_REPORT_CHARS = 16 * 1024 * 1024;
const STDERR_TAIL_CHARS = 2_000;

/** A running worker process: its end, and the tail of what it logged. */
export class WorkerProcess {
  readonly child: ChildProcessWithoutNullStreams;
  /** Resolves when the process has ended and its output is read to the end. Never rejects. */
  readonly ended: Promise<{ readonly exitCode: number | null; readonly signal: NodeJS.Signals | null }>;
  private stderrTail = '';
  private startError: Error | null = null;
  private hasEnded = false;

  constructor(program: WorkerProgram, mode: string) {
    this.child = spawn(program.command, [...program.args, mode], { stdio: ['pipe', 'pipe', 'pipe'] });
    this.child.stdout.setEncoding('utf8');
    this.child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.stderrTail = (this.stderrTail + text).slice(-STDERR_TAIL_CHARS);
    });
    // A worker that died cannot take its unit: its end says so, not the broken pipe.
    this.child.stdin.on('error', () => undefined);
    this.ended = new Promise((resolve) => {
      this.child.on('error', (error) => {
        this.startError = error;
        if (this.child.pid === undefined) resolve({ exitCode: null, signal: null });
      });
      this.child.on('close', (exitCode, signal) => {
        this.hasEnded = true;
        resolve({ exitCode, signal });
      });
    });
  }

  get isAlive(): boolean {
    return !this.hasEnded && this.startError === null && this.child.exitCode === null && this.child.signalCode === null;
  }

  /** What is known about why it ended, for a message. */
  get lastWords(): string {
    if (this.startError !== null) return ` (${this.startError.message})`;
    const line = this.stderrTail.trim().split('\n').at(-1) ?? '';
    return line === '' ? '' : ` (last log line: ${line})`;
  }

  /** Ends the process: SIGTERM, then SIGKILL; resolves when it is gone. */
  async stop(): Promise<void> {
    if (this.isAlive) this.child.kill('SIGTERM');
    const kill = setTimeout(() => this.child.kill('SIGKILL'), TERM_GRACE_MS);
    await this.ended;
    clearTimeout(kill);
  }
}
