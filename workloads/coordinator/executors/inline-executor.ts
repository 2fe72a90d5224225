import { FlowbenchError, messageOf } from '../../model/errors.js';
import type { WorkUnitV2 } from '../../model/work-unit.js';
import type { WorkerMetrics } from '../../model/worker-metrics.js';
import type { ExecuteOptions, UnitOutcome, WorkUnitExecutor } from '../executor.js';
import { reportedFailure, type Verdict } from './failure.js';
import { withinLimits } from './limits.js';
import { judgeReport } from './report.js';
import { DEFAULT_RETRY_POLICY, runWithRetries, type RetryPolicy } from './retry.js';

/**
 * Runs units in this very process through a given function, one after the other: for tests, which plant
 * their faults there. A unit that is stopped is left to end by itself.
 */
export class InlineExecutor implements WorkUnitExecutor {
  readonly kind = 'inline';

  constructor(
    private readonly run: (unit: WorkUnitV2) => Promise<WorkerMetrics>,
    private readonly retry: RetryPolicy = { ...DEFAULT_RETRY_POLICY, backoffMs: 1 },
  ) {}

  start(): Promise<void> {
    return Promise.resolve();
  }

  async execute(units: readonly WorkUnitV2[], options: ExecuteOptions): Promise<UnitOutcome[]> {
    const outcomes: UnitOutcome[] = [];
    for (const unit of units) {
      outcomes.push(await runWithRetries(unit, options, this.retry, async (again, limits) => ({
        spawnMs: 0,
        verdict: await withinLimits(again.id, limits, this.attempt(again), () => Promise.resolve()),
      })));
    }
    return outcomes;
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  private async attempt(unit: WorkUnitV2): Promise<Verdict> {
    try {
      return judgeReport(JSON.stringify(await this.run(unit)), unit, null);
    } catch (error) {
      const code = error instanceof FlowbenchError ? error.code : 'internal';
      return reportedFailure({ code, message: messageOf(error), retryable: error instanceof FlowbenchError && error.retryable }, null);
    }
  }
}
