import type { WorkUnitV2 } from '../../model/work-unit.js';
import type { ExecuteOptions, UnitOutcome, WorkUnitExecutor } from '../executor.js';
import { failed, type Verdict } from './failure.js';
import { mapConcurrent, withinLimits } from './limits.js';
import { judgeReport } from './report.js';
import { DEFAULT_RETRY_POLICY, runWithRetries, type Attempt, type RetryPolicy } from './retry.js';
import { MAX_REPORT_CHARS, WorkerProcess, type WorkerProgram } from './worker-program.js';

export interface ProcessExecutorOptions {
  readonly program: WorkerProgram;
  /** Processes that run at once. */
  readonly workers: number;
  readonly retry?: RetryPolicy;
}

/** One local process per work unit, gone when the unit is done. */
export class ProcessExecutor implements WorkUnitExecutor {
  readonly kind = 'process';
  private readonly running = new Set<WorkerProcess>();

  constructor(private readonly options: ProcessExecutorOptions) {}

  start(): Promise<void> {
    return Promise.resolve();
  }

  execute(units: readonly WorkUnitV2[], options: ExecuteOptions): Promise<UnitOutcome[]> {
    const policy = this.options.retry ?? DEFAULT_RETRY_POLICY;
    return mapConcurrent(units, this.options.workers, (unit) =>
      runWithRetries(unit, options, policy, (again, limits) => this.attempt(again, limits)));
  }

  async close(): Promise<void> {
    await Promise.all([...this.running].map((worker) => worker.stop()));
  }

  private async attempt(unit: WorkUnitV2, options: ExecuteOptions): Promise<Attempt> {
    const startedAt = performance.now();
    const worker = new WorkerProcess(this.options.program, '--work-unit-stdin');
    this.running.add(worker);
    try {
      let reportedAt = startedAt;
      let stdout = '';
      worker.child.stdout.on('data', (text: string) => {
        reportedAt = performance.now();
        stdout += text;
        if (stdout.length > MAX_REPORT_CHARS) void worker.stop();
      });
      worker.child.stdin.end(JSON.stringify(unit));
      const work = worker.ended.then(({ exitCode, signal }) => judgeEnd(unit, stdout, exitCode, signal, worker.lastWords));
      const verdict = await withinLimits(unit.id, options, work, () => worker.stop());
      // The worker's clock starts when it has the unit: what came before, until its line, was the start.
      const spawnMs = verdict.ok ? Math.max(0, reportedAt - startedAt - verdict.metrics.wall_ms) : 0;
      return { spawnMs, verdict };
    } finally {
      this.running.delete(worker);
    }
  }
}

function judgeEnd(unit: WorkUnitV2, stdout: string, exitCode: number | null, signal: string | null, lastWords: string): Verdict {
  if (stdout.length > MAX_REPORT_CHARS) return failed('bad_report', `The worker printed more than ${MAX_REPORT_CHARS} characters on ${unit.id}.`, { exitCode, signal });
  // 128 + n is how a shell or a container tells of a signal.
  if (signal !== null || exitCode === null || exitCode > 128) {
    return failed('worker_lost', `The worker of ${unit.id} was lost: it ended by ${signal ?? `exit code ${exitCode}`}${lastWords}.`, { exitCode, signal });
  }
  const lines = stdout.split('\n').filter((line) => line.trim() !== '');
  const [line] = lines;
  if (line === undefined || lines.length > 1) {
    return failed('bad_report', `The worker of ${unit.id} ended with exit code ${exitCode} and ${lines.length} lines on stdout instead of one${lastWords}.`, { exitCode });
  }
  return judgeReport(line, unit, exitCode);
}
