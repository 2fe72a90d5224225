import { rm } from 'node:fs/promises';
import type { WorkUnitExecutor } from '../coordinator/executor.js';
import { planQuery, type QueryPlan } from '../coordinator/plan.js';
import { processUsage, usageSince, type ProcessUsage } from '../coordinator/process-usage.js';
import { bytesExchanged, maxOverUnits, sumOverUnits, wasInterrupted, workerBusyMs } from '../coordinator/run-measures.js';
import type { RunProgress } from '../coordinator/run-plan.js';
import { FlowbenchError } from '../model/errors.js';
import { queryText } from '../tpch/query-text.js';
import { shardPlan } from '../tpch/shard-plans.js';
import type { EngineSession, OpenStages, Parity, Precision, QueryOutcome, QueryText, RunOptions, Usage } from './contract.js';
import { runInUnits, scansOf, type UnitSession } from './run-in-units.js';
import { sessionUnits } from './session-units.js';
import { embeddedSettings, NO_RESULT_CACHE } from './embedded-settings.js';
import { precisionOf } from './variants.js';

/** What an open session of the flow engine is made of. */
export interface FlowParts extends UnitSession {
  readonly parquetMetadataCache: boolean;
  readonly executor: WorkUnitExecutor;
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
    const { executor, context } = this.parts;
    const startedAt = performance.now();
    const usageBefore = processUsage();
    return runInUnits(this.parts, {
      name: `${query.id}-${options.repetition}`,
      startedAt,
      limits: { deadlineAtMs: startedAt + options.timeoutMs, signal: options.signal },
      executor,
      plan: (outputDir) => this.plan(query, outputDir),
      account: (plan, progress) => ({
        usage: usageOf(progress, usageBefore, context.workers),
        coverage: { stages: scansOf(plan, progress) },
        units: sessionUnits(progress, startedAt),
        wasInterrupted: wasInterrupted(progress),
      }),
    });
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
