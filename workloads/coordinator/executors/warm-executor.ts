import type { WorkUnitV2 } from '../../model/work-unit.js';
import type { ExecuteOptions, UnitOutcome, WorkUnitExecutor } from '../executor.js';
import { mapConcurrent } from './limits.js';
import { DEFAULT_RETRY_POLICY, runWithRetries, type Attempt, type RetryPolicy } from './retry.js';
import { WarmWorker } from './warm-worker.js';
import type { WorkerProgram } from './worker-program.js';

export interface WarmExecutorOptions {
  readonly program: WorkerProgram;
  /** Processes kept up. */
  readonly workers: number;
  readonly retry?: RetryPolicy;
}

/** A pool of local worker processes that stay up between units; one that is lost or stopped is replaced. */
export class WarmExecutor implements WorkUnitExecutor {
  readonly kind = 'warm';
  private readonly slots: Slot[] = [];
  private closed = false;

  constructor(private readonly options: WarmExecutorOptions) {}

  start(): Promise<void> {
    while (this.slots.length < this.options.workers) this.slots.push({ worker: new WarmWorker(this.options.program), busy: false });
    return Promise.resolve();
  }

  execute(units: readonly WorkUnitV2[], options: ExecuteOptions): Promise<UnitOutcome[]> {
    const policy = this.options.retry ?? DEFAULT_RETRY_POLICY;
    return mapConcurrent(units, this.slots.length, (unit) =>
      runWithRetries(unit, options, policy, (again, limits) => this.attempt(again, limits)));
  }

  async close(): Promise<void> {
    this.closed = true;
    await Promise.all(this.slots.map(({ worker }) => worker.stop()));
    this.slots.length = 0;
  }

  private async attempt(unit: WorkUnitV2, options: ExecuteOptions): Promise<Attempt> {
    // Always the first free one: unit i of every query meets the same worker, whose caches then serve it.
    const slot = this.slots.find(({ busy }) => !busy);
    if (slot === undefined) throw new Error('More units run than the pool has workers.');
    slot.busy = true;
    try {
      await this.replaceUnusable(slot);
      return { spawnMs: 0, verdict: await slot.worker.run(unit, options) };
    } finally {
      // At once rather than at the next unit, so that the start is not part of the next query's time.
      await this.replaceUnusable(slot);
      slot.busy = false;
    }
  }

  private async replaceUnusable(slot: Slot): Promise<void> {
    if (slot.worker.isUsable || this.closed) return;
    await slot.worker.stop();
    slot.worker = new WarmWorker(this.options.program);
  }
}

interface Slot {
  worker: WarmWorker;
  busy: boolean;
}
