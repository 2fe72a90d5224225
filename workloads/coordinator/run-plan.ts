import type { DuckDBSession } from '../duckdb/session.js';
import type { TypedRows } from '../model/typed-rows.js';
import type { WorkUnitV2 } from '../model/work-unit.js';
import { commit, readingCommitted, type CommittedUnit } from './committed.js';
import type { UnitFailure, WorkUnitExecutor } from './executor.js';
import { checkLimits, interruptible, type Limits } from './interrupt.js';
import { partialsOf, type Merger } from './merge.js';
import type { PlannedStage, QueryPlan } from './plan.js';

/** A unit that failed for good, and with it its query. */
export class UnitFailedError extends Error {
  constructor(
    readonly unit: WorkUnitV2,
    readonly failure: UnitFailure,
  ) {
    super(failure.message);
    this.name = 'UnitFailedError';
  }
}

/** What one stage came to. */
export interface StageReport {
  readonly stage: PlannedStage;
  /** From handing over the first unit until the last one's report, ms. */
  readonly wallMs: number;
  readonly units: readonly CommittedUnit[];
  /** When its partials were part of the merge, on the clock of `performance.now()`; null until then. */
  mergedAtMs: number | null;
}

/** Filled in as a query goes on, so that a failure still shows where the time went. */
export interface RunProgress {
  readonly stages: StageReport[];
  /** Time in the coordinator's session but for decoding, ms. */
  mergeMs: number;
  /** Decoding the rows of the answer, ms. */
  fetchMs: number;
}

export interface RunPlanOptions {
  /** What is run, such as `Q14-2` (query and repetition). */
  readonly name: string;
  readonly executor: WorkUnitExecutor;
  readonly session: DuckDBSession;
  readonly merger: Merger;
  readonly limits: Limits;
  readonly progress: RunProgress;
}

/**
 * Carries out a plan: stage after stage at the workers, side inputs and the final step at the coordinator.
 * Throws {@link UnitFailedError} for a unit that failed, FlowbenchError for what went wrong here.
 */
export async function runPlan(plan: QueryPlan, options: RunPlanOptions): Promise<TypedRows> {
  for (const stage of plan.stages) {
    if (stage.sideInputs.length > 0) await merging(options, () => options.merger.makeSideInputs(stage));
    const report = await runStage(stage, options);
    await merging(options, () => options.merger.add(partialsOf(stage, report.units)));
    report.mergedAtMs = performance.now();
  }
  let computedAtMs = performance.now();
  const rows = await merging(options, () => options.merger.final(() => { computedAtMs = performance.now(); }));
  options.progress.fetchMs = performance.now() - computedAtMs;
  options.progress.mergeMs -= options.progress.fetchMs;
  return rows;
}

async function runStage(stage: PlannedStage, options: RunPlanOptions): Promise<StageReport> {
  const { executor, limits, progress } = options;
  checkLimits(limits);
  const startedAt = performance.now();
  const earlier = progress.stages.flatMap(({ units }) => units);
  const asked = stage.units.map((unit) => readingCommitted(unit, earlier));
  const outcomes = await executor.execute(asked, { name: `${options.name}-${stage.id}`, timeoutMs: limits.deadlineAtMs - startedAt, signal: limits.signal });
  const wallMs = performance.now() - startedAt;
  const units = outcomes.map((outcome, position) => {
    const unit = asked[position];
    if (unit?.id !== outcome.unitId) throw new Error(`The executor answered for ${outcome.unitId} where ${unit?.id} was asked.`);
    if (!outcome.result.ok) throw new UnitFailedError(unit, outcome.result.failure);
    return commit(unit, outcome, outcome.result.metrics);
  });
  const report: StageReport = { stage, wallMs, units, mergedAtMs: null };
  progress.stages.push(report);
  return report;
}

async function merging<T>({ session, limits, progress }: RunPlanOptions, work: () => Promise<T>): Promise<T> {
  const startedAt = performance.now();
  try {
    return await interruptible(session, limits, work);
  } finally {
    progress.mergeMs += performance.now() - startedAt;
  }
}
