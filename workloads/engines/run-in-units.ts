import type { DatasetIndex } from '../coordinator/dataset-index.js';
import type { WorkUnitExecutor } from '../coordinator/executor.js';
import { checkLimits, type Limits } from '../coordinator/interrupt.js';
import { Merger } from '../coordinator/merge.js';
import type { QueryPlan } from '../coordinator/plan.js';
import { stageTimesOf } from '../coordinator/run-measures.js';
import { runPlan, type RunProgress } from '../coordinator/run-plan.js';
import type { DuckDBSession } from '../duckdb/session.js';
import type { CoverageEvidence, QueryOutcome, QuerySuccess, SessionContext } from './contract.js';
import { failureOf } from './failures.js';
import type { OutputPlaces } from './output-places.js';

/** What a session has for every query that it answers in units. */
export interface UnitSession {
  readonly context: SessionContext;
  /** The engine's own folder within the context's. */
  readonly scratchDir: string;
  readonly places: OutputPlaces;
  /** Merges what the units make. */
  readonly session: DuckDBSession;
  readonly index: DatasetIndex;
}

export interface UnitRun {
  /** `Q6-1`: the query and its repetition. */
  readonly name: string;
  /** By this process's monotonic clock. */
  readonly startedAt: number;
  readonly limits: Limits;
  readonly executor: WorkUnitExecutor;
  /** The units of the query, which write into the place given. Part of what is timed. */
  plan(outputDir: string): QueryPlan;
  /** What is told beside rows and times; asked once the clock has stopped. */
  account(plan: QueryPlan, progress: RunProgress): Omit<QuerySuccess, 'status' | 'rows' | 'durationMs' | 'stages'>;
}

/** Plans a query, has its units carried out, and merges what they made. Never throws: what fails is the outcome. */
export async function runInUnits({ context, scratchDir, places, session, index }: UnitSession, run: UnitRun): Promise<QueryOutcome> {
  const { startedAt, limits, executor } = run;
  const progress: RunProgress = { stages: [], mergeMs: 0, fetchMs: 0 };
  const { name, uri: outputDir } = places.next(run.name);
  let planMs = 0;
  try {
    checkLimits(limits);
    const plan = run.plan(outputDir);
    await places.make(outputDir);
    planMs = performance.now() - startedAt;
    const merger = new Merger(session, context.dataset.uri, index, plan, scratchDir);
    const rows = await runPlan(plan, { name, executor, session, merger, limits, progress });
    const durationMs = performance.now() - startedAt;
    return { status: 'ok', rows, durationMs, stages: stageTimesOf(planMs, progress), ...run.account(plan, progress) };
  } catch (error) {
    return failureOf(error, stageTimesOf(planMs, progress));
  } finally {
    await places.leave(outputDir);
  }
}

/** What was planned and what each unit measured, per scan stage. */
export function scansOf(plan: QueryPlan, progress: RunProgress): CoverageEvidence['stages'] {
  return progress.stages.filter(({ stage }) => stage.kind === 'scan').map(({ stage, units }) => ({
    stage: stage.id,
    table: plan.driver.table,
    planned: plan.driver.surviving,
    units: units.map(({ metrics }) => ({
      unitId: metrics.work_unit_id ?? '',
      node: metrics.node,
      rowGroups: metrics.row_groups[plan.driver.table] ?? [],
      rowsIn: metrics.rows_in,
    })),
  }));
}
