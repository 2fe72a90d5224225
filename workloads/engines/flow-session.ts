import { rm } from 'node:fs/promises';
import type { DatasetIndex } from '../coordinator/dataset-index.js';
import type { WorkUnitExecutor } from '../coordinator/executor.js';
import { checkLimits } from '../coordinator/interrupt.js';
import { Merger } from '../coordinator/merge.js';
import { planQuery, type QueryPlan } from '../coordinator/plan.js';
import { processUsage, usageSince, type ProcessUsage } from '../coordinator/process-usage.js';
import { bytesExchanged, maxOverUnits, stageTimesOf, sumOverUnits, wasInterrupted, workerBusyMs } from '../coordinator/run-measures.js';
import { runPlan, type RunProgress } from '../coordinator/run-plan.js';
import type { DuckDBSession } from '../duckdb/session.js';
import { FlowbenchError } from '../model/errors.js';
import { queryText } from '../tpch/query-text.js';
import { shardPlan } from '../tpch/shard-plans.js';
import type { CoverageEvidence, EngineSession, OpenStages, Parity, Precision, QueryOutcome, QueryText, RunOptions, SessionContext, Usage } from './contract.js';
import { failureOf } from './failures.js';
import type { OutputPlaces } from './output-places.js';
import { sessionUnits } from './session-units.js';
import { embeddedSettings, NO_RESULT_CACHE } from './embedded-settings.js';
import { precisionOf } from './variants.js';

/** What an open session of the flow engine is made of. */
export interface FlowParts {
  readonly context: SessionContext;
  /** The engine's own folder within the context's, for this process alone. */
  readonly scratchDir: string;
  /** Where workers put what they make. */
  readonly places: OutputPlaces;
  readonly parquetMetadataCache: boolean;
  readonly executor: WorkUnitExecutor;
  readonly session: DuckDBSession;
  readonly index: DatasetIndex;
}

/** An open flow engine: executor with its workers, and the coordinator's own DuckDB for merging. */
export class FlowSession implements EngineSession {
  readonly version: string;
  readonly label: string;
  readonly settings: Readonly<Record<string, string>>;
  readonly resultCache = NO_RESULT_CACHE;

  constructor(
    private readonly parts: FlowParts,
    readonly parity: Parity,
    readonly openMs: number,
    readonly openStages: OpenStages,
  ) {
    this.settings = embeddedSettings(parts.context);
    this.version = parts.session.version;
    this.label = `flow (DuckDB ${parts.session.version})`;
  }

  precision(): Precision {
    return precisionOf(this.parts.context.dataset.manifest);
  }

  async run(query: QueryText, options: RunOptions): Promise<QueryOutcome> {
    const { executor, session, index, context, places, scratchDir } = this.parts;
    const startedAt = performance.now();
    const limits = { deadlineAtMs: startedAt + options.timeoutMs, signal: options.signal };
    const usageBefore = processUsage();
    const progress: RunProgress = { stages: [], mergeMs: 0, fetchMs: 0 };
    const { name, uri: outputDir } = places.next(`${query.id}-${options.repetition}`);
    let planMs = 0;
    try {
      checkLimits(limits);
      const plan = this.plan(query, outputDir);
      await places.make(outputDir);
      planMs = performance.now() - startedAt;
      const merger = new Merger(session, context.dataset.uri, index, plan, scratchDir);
      const rows = await runPlan(plan, { name, executor, session, merger, limits, progress });
      const durationMs = performance.now() - startedAt;
      const usage = usageOf(progress, usageBefore, context.workers);
      return {
        status: 'ok', rows, durationMs, stages: stageTimesOf(planMs, progress), usage, coverage: coverageOf(plan, progress),
        units: sessionUnits(progress, startedAt), wasInterrupted: wasInterrupted(progress),
      };
    } catch (error) {
      return failureOf(error, stageTimesOf(planMs, progress));
    } finally {
      await places.leave(outputDir);
    }
  }

  async tidy(): Promise<void> {
    await this.parts.places.tidy();
  }

  async close(): Promise<void> {
    await closeParts(this.parts);
  }

  private plan(query: QueryText, outputDir: string): QueryPlan {
    const { context, index, places, parquetMetadataCache } = this.parts;
    // What runs is the suite's shard plan, so that any other text would be answered by another query.
    if (query.text !== queryText(query.id, context.dataset.manifest.scale_factor)) {
      throw new FlowbenchError('plan_unsupported', `The flow engine has a shard plan of ${query.id} in the suite's own text only, and was given another.`);
    }
    return planQuery(
      shardPlan(query.id),
      index,
      { workers: context.workers, assignment: context.assignment ?? 'balanced', seed: context.seed },
      {
        runId: context.runId,
        datasetUri: context.dataset.uri,
        outputDir,
        outputPerPod: places.outputPerPod,
        spillDir: context.workerSpillDir,
        threadsPerWorker: context.threadsPerWorker,
        memoryLimitBytes: context.memoryLimitBytes,
        parquetMetadataCache,
      },
    );
  }
}

/** Ends workers and engine, and removes all that they left. */
export async function closeParts({ executor, session, places, scratchDir }: Pick<FlowParts, 'executor' | 'session' | 'places' | 'scratchDir'>): Promise<void> {
  await executor.close();
  session.close();
  await rm(scratchDir, { recursive: true, force: true });
  await places.close();
}

/** Of all processes that took part: the workers, and this one while the query ran. */
function usageOf(progress: RunProgress, before: ProcessUsage, workers: number): Usage {
  const coordinator = usageSince(before);
  const workersRead = sumOverUnits(progress, (metrics) => metrics.bytes_read);
  const workersCpuMs = sumOverUnits(progress, (metrics) => metrics.cpu_ms);
  const nodes = new Set(progress.stages.flatMap(({ units }) => units.map(({ metrics }) => metrics.node)));
  return {
    bytesRead: workersRead === null || coordinator.bytesRead === null ? null : workersRead + coordinator.bytesRead,
    bytesExchanged: bytesExchanged(progress),
    cpuMs: workersCpuMs === null ? null : workersCpuMs + coordinator.cpuMs,
    maxRssBytes: maxOverUnits(progress, (metrics) => metrics.max_rss_bytes),
    nodesUsed: nodes.size,
    workerBusyMs: workerBusyMs(progress, workers),
  };
}

/** What was planned and what each unit measured, per scan stage. */
function coverageOf(plan: QueryPlan, progress: RunProgress): CoverageEvidence {
  return {
    stages: progress.stages.filter(({ stage }) => stage.kind === 'scan').map(({ stage, units }) => ({
      stage: stage.id,
      table: plan.driver.table,
      planned: plan.driver.surviving,
      units: units.map(({ metrics }) => ({
        unitId: metrics.work_unit_id ?? '',
        node: metrics.node,
        rowGroups: metrics.row_groups[plan.driver.table] ?? [],
        rowsIn: metrics.rows_in,
      })),
    })),
  };
}
