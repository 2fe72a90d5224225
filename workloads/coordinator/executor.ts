import type { UnitTimeline } from '../model/unit-timeline.js';
import type { WorkUnitV2 } from '../model/work-unit.js';
import type { WorkerMetrics } from '../model/worker-metrics.js';

/**
 * Carries out work units somewhere: local processes here, Kubernetes Jobs or functions elsewhere.
 * An executor owns placing, waiting, time limits and retries; it never looks inside a partial.
 */
export interface WorkUnitExecutor {
  readonly kind: string;
  /** Makes ready whatever outlives a unit (a warm pool); called once before the first `execute`. */
  start(): Promise<void>;
  /**
   * Runs the units of one stage, all of them, and answers in their order. Rejects only for a defect of
   * the executor: a unit that failed is an outcome.
   */
  execute(units: readonly WorkUnitV2[], options: ExecuteOptions): Promise<UnitOutcome[]>;
  /** Stops everything that still runs and removes what the executor made. */
  close(): Promise<void>;
}

export interface ExecuteOptions {
  /** What the units are for, such as `Q14-2-1` (query, repetition, stage): executors name what they make by it. */
  readonly name: string;
  /** Of one unit; a unit that has not ended by then is killed and `timeout`. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

export interface UnitOutcome {
  readonly unitId: string;
  /** 1 for a unit that worked at once. */
  readonly attempts: number;
  /** Start of a process until it could take the unit; 0 for a warm worker. */
  readonly spawnMs: number;
  /** From handing the unit over to the parsed metrics line. */
  readonly elapsedMs: number;
  /** Where the committed partial lies, when that is not where the unit said: a pod writes under its own uid. */
  readonly outputUri?: string;
  /** What became of the unit, step by step, where an executor sees it. */
  readonly timeline?: UnitTimeline;
  /** No clock saw the unit whole: a coordinator that started in the middle of it found it, or the place of execution did not answer meanwhile. */
  readonly isInterrupted?: boolean;
  readonly result: { readonly ok: true; readonly metrics: WorkerMetrics } | { readonly ok: false; readonly failure: UnitFailure };
}

export interface UnitFailure {
  /** `infrastructure`: the place of execution failed, not the worker (no node, no image, no right). `unsupported`: the engine at the worker does not take the unit's SQL. */
  readonly kind: 'infrastructure' | 'bad_input' | 'unsupported' | 'query_failed' | 'storage' | 'out_of_memory' | 'out_of_disk' | 'timeout' | 'cancelled' | 'worker_lost' | 'bad_report';
  readonly message: string;
  readonly exitCode: number | null;
  readonly signal: string | null;
}
