import type { WorkUnitV2 } from '../../model/work-unit.js';
import type { ExecuteOptions } from '../executor.js';
import { failed, type Verdict } from './failure.js';
import { withinLimits } from './limits.js';
import { judgeReport } from './report.js';
import { MAX_REPORT_CHARS, WorkerProcess, type WorkerProgram } from './worker-program.js';

/**
 * A worker process that stays up: one work unit a line in, one metrics line out, in turn. Once it has
 * broken that rule it is not used again.
 */
export class WarmWorker {
  private readonly process: WorkerProcess;
  private buffer = '';
  private pending: { readonly unit: WorkUnitV2; readonly settle: (verdict: Verdict) => void } | null = null;
  private outOfStep = false;

  constructor(program: WorkerProgram) {
    this.process = new WorkerProcess(program, '--serve');
    this.process.child.stdout.on('data', (text: string) => { this.take(text); });
    void this.process.ended.then(({ exitCode, signal }) => { this.ended(exitCode, signal); });
  }

  /** False for a worker that has ended or that can no longer be believed. */
  get isUsable(): boolean {
    return this.process.isAlive && !this.outOfStep;
  }

  /** Hands over one unit and waits for its report. After a time-out or an abort the worker is gone. */
  run(unit: WorkUnitV2, options: ExecuteOptions): Promise<Verdict> {
    const work = new Promise<Verdict>((settle) => {
      this.pending = { unit, settle };
      this.process.child.stdin.write(`${JSON.stringify(unit)}\n`);
      if (!this.process.isAlive) void this.process.ended.then(({ exitCode, signal }) => { this.ended(exitCode, signal); });
    });
    return withinLimits(unit.id, options, work, () => this.stop());
  }

  async stop(): Promise<void> {
    this.outOfStep = true;
    await this.process.stop();
  }

  private take(text: string): void {
    this.buffer += text;
    if (this.buffer.length > MAX_REPORT_CHARS) {
      this.outOfStep = true;
      this.settle(failed('bad_report', `The worker printed more than ${MAX_REPORT_CHARS} characters without an end of line.`));
      return;
    }
    const end = this.buffer.indexOf('\n');
    if (end < 0) return;
    const line = this.buffer.slice(0, end);
    const rest = this.buffer.slice(end + 1);
    this.buffer = '';
    const unit = this.pending?.unit;
    if (unit === undefined || rest !== '') {
      this.outOfStep = true;
      this.settle(failed('bad_report', `The worker printed more than one line${unit === undefined ? '' : ` on ${unit.id}`}.`));
      return;
    }
    const verdict = judgeReport(line, unit, null);
    if (!verdict.ok && verdict.failure.kind === 'bad_report') this.outOfStep = true;
    this.settle(verdict);
  }

  private ended(exitCode: number | null, signal: string | null): void {
    const how = signal ?? (exitCode === null ? 'a failed start' : `exit code ${exitCode}`);
    this.settle(failed('worker_lost', `The worker of ${this.pending?.unit.id} was lost: it ended by ${how}${this.process.lastWords}.`, { exitCode, signal }));
  }

  private settle(verdict: Verdict): void {
    const settle = this.pending?.settle;
    this.pending = null;
    settle?.(verdict);
  }
}
