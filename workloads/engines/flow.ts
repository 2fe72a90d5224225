import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { DatasetIndex } from '../coordinator/dataset-index.js';
import type { WorkUnitExecutor } from '../coordinator/executor.js';
import { ProcessExecutor } from '../coordinator/executors/process-executor.js';
import { WarmExecutor } from '../coordinator/executors/warm-executor.js';
import type { WorkerProgram } from '../coordinator/executors/worker-program.js';
import { DuckDBSession } from '../duckdb/session.js';
import { configurationError } from '../model/errors.js';
import { s3AccessFor } from '../storage/s3-access.js';
import type { EngineRunner, EngineSession, SessionContext } from './contract.js';
import { closeParts, FlowSession } from './flow-session.js';
import { OutputPlaces } from './output-places.js';
import { probeWorkers } from './probe-workers.js';
import { METADATA_CACHE_VARIANTS, usesMetadataCache } from './variants.js';
import { bundledWorker } from './worker-program.js';

export interface FlowRunnerOptions {
  /** The worker to start; the bundled one by default. */
  readonly worker?: WorkerProgram;
  /** Replaces the executors that the context names, for a place of execution of one's own. */
  readonly createExecutor?: (context: SessionContext) => WorkUnitExecutor;
}

/** This project's own engine: work units over row groups, carried out by workers, merged here. */
export class FlowRunner implements EngineRunner {
  readonly id = 'flow';
  readonly scaling = 'units';
  readonly variants = METADATA_CACHE_VARIANTS;
  readonly tiers = ['default'];

  constructor(private readonly options: FlowRunnerOptions = {}) {}

  /** Throws when the workers cannot be started or say they are not what was asked for. */
  async open(context: SessionContext): Promise<EngineSession> {
    const startedAt = performance.now();
    const parquetMetadataCache = usesMetadataCache(context.variant);
    const scratchDir = join(context.scratchDir, 'flow');
    await mkdir(scratchDir, { recursive: true });
    const s3 = await s3AccessFor([context.dataset.uri, context.partialsUri]);
    const executor = this.executorFor(context);
    const session = await DuckDBSession.open({
      // The workers are idle while the coordinator merges; on a machine of its own they lend it nothing.
      threads: context.coordinatorThreads ?? context.workers * context.threadsPerWorker,
      memoryLimitBytes: context.coordinatorMemoryBytes ?? context.memoryLimitBytes,
      spillDir: join(scratchDir, 'spill'),
      parquetMetadataCache,
      ...(s3 === undefined ? {} : { s3 }),
    });
    const parts = { context, scratchDir, places: new OutputPlaces(context), parquetMetadataCache, executor, session, index: new DatasetIndex(context.dataset.manifest) };
    try {
      await executor.start();
      const startMs = performance.now() - startedAt;
      const parity = await probeWorkers(parts);
      const openMs = performance.now() - startedAt;
      return new FlowSession(parts, parity, openMs, { startMs, sessionMs: openMs - startMs, registerMs: null, analyzeMs: null });
    } catch (error) {
      await closeParts(parts);
      throw error;
    }
  }

  private executorFor(context: SessionContext): WorkUnitExecutor {
    if (this.options.createExecutor !== undefined) return this.options.createExecutor(context);
    const program = this.options.worker ?? bundledWorker();
    switch (context.executor) {
      case 'process':
        return new ProcessExecutor({ program, workers: context.workers });
      case 'warm':
        return new WarmExecutor({ program, workers: context.workers });
      case 'job':
      case 'warm-job':
        throw configurationError([`Executor "${context.executor}" needs a cluster.`], 'Give --target kubernetes.');
      case null:
        throw configurationError(['The flow engine needs an executor.'], 'Give "process" or "warm".');
    }
  }
}
