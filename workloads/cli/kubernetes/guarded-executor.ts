import type { ExecuteOptions, UnitFailure, UnitOutcome, WorkUnitExecutor } from '../../coordinator/executor.js';
import { FlowbenchError } from '../../model/errors.js';
import type { WorkUnitV2 } from '../../model/work-unit.js';

/** Failures that an API which does not answer looks like: a unit whose end nobody could see has `timeout`. */
const OF_THE_PLACE: ReadonlySet<UnitFailure['kind']> = new Set(['infrastructure', 'timeout', 'worker_lost']);

export interface Guard {
  /** Raised when the run is to stop, whatever for. */
  readonly signal: AbortSignal;
  /**
   * Asked after a failure of the place of execution: whether the cluster itself does not answer. It raises the
   * signal then, so that nothing is recorded as measured which was not.
   */
  readonly isClusterGone: () => Promise<boolean>;
}

/**
 * An executor that a run can leave at any time, and whose failures are told apart: a worker that finds no node is
 * a result, an API that is gone is none.
 */
export class GuardedExecutor implements WorkUnitExecutor {
  readonly kind: string;

  constructor(
    private readonly inner: WorkUnitExecutor,
    private readonly guard: Guard,
  ) {
    this.kind = inner.kind;
  }

  /** Pods may take minutes to come: a run that is cancelled does not wait for them. */
  async start(): Promise<void> {
    const { signal, isClusterGone } = this.guard;
    let onAbort: (() => void) | undefined;
    const aborted = new Promise<never>((_resolve, reject) => {
      onAbort = (): void => {
        reject(stopped());
      };
      if (signal.aborted) onAbort();
      signal.addEventListener('abort', onAbort, { once: true });
    });
    try {
      await Promise.race([this.inner.start(), aborted]);
    } catch (error) {
      if (isInfrastructure(error)) await isClusterGone();
      throw error;
    } finally {
      if (onAbort !== undefined) signal.removeEventListener('abort', onAbort);
    }
  }

  async execute(units: readonly WorkUnitV2[], options: ExecuteOptions): Promise<UnitOutcome[]> {
    const outcomes = await this.inner.execute(units, options).catch(async (error: unknown) => {
      if (isInfrastructure(error)) await this.guard.isClusterGone();
      throw error;
    });
    const isDoubtful = outcomes.some(({ result }) => !result.ok && OF_THE_PLACE.has(result.failure.kind));
    if (isDoubtful && (await this.guard.isClusterGone())) throw stopped();
    return outcomes;
  }

  close(): Promise<void> {
    return this.inner.close();
  }
}

function isInfrastructure(error: unknown): boolean {
  return error instanceof FlowbenchError && error.code === 'infrastructure';
}

function stopped(): FlowbenchError {
  return new FlowbenchError('cancelled', 'The run was stopped.');
}
