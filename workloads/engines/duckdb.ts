import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { interruptible } from '../coordinator/interrupt.js';
import { processUsage, usageSince } from '../coordinator/process-usage.js';
import { createTableViews } from '../dataset/table-views.js';
import { DuckDBSession } from '../duckdb/session.js';
import { s3AccessFor } from '../storage/s3-access.js';
import type { Parity, EngineRunner, OpenStages, EngineSession, Precision, QueryOutcome, QueryText, RunOptions, SessionContext } from './contract.js';
import { embeddedSettings, NO_RESULT_CACHE } from './embedded-settings.js';
import { failureOf } from './failures.js';
import { freeBytes } from './free-bytes.js';
import { LIVE_SETTINGS_SQL, readLiveSettings, storageMediumOf } from './live-settings.js';
import { precisionOf, METADATA_CACHE_VARIANTS, usesMetadataCache } from './variants.js';

/** The single-process baseline: DuckDB in this process, with all the threads and memory that the workers have together. */
export class DuckDBRunner implements EngineRunner {
  readonly id = 'duckdb';
  readonly scaling = 'fixed';
  readonly variants = METADATA_CACHE_VARIANTS;
  readonly tiers = ['default'];

  async open(context: SessionContext): Promise<EngineSession> {
    const startedAt = performance.now();
    const spillDir = join(context.scratchDir, 'duckdb-spill');
    await mkdir(spillDir, { recursive: true });
    const s3 = await s3AccessFor([context.dataset.uri]);
    const session = await DuckDBSession.open({
      threads: context.workers * context.threadsPerWorker,
      memoryLimitBytes: context.workers * context.memoryLimitBytes,
      spillDir,
      parquetMetadataCache: usesMetadataCache(context.variant),
      ...(s3 === undefined ? {} : { s3 }),
    });
    const sessionMs = performance.now() - startedAt;
    const { tables } = context.dataset.manifest;
    await createTableViews(session, context.dataset.uri, new Map(Object.entries(tables).map(([name, { files }]) => [name, files.map((file) => file.name)])));
    const registerMs = performance.now() - startedAt - sessionMs;
    const [live] = readLiveSettings(await session.query(LIVE_SETTINGS_SQL));
    const parity: Parity = {
      nodes: 1,
      threadsTotal: live?.threads ?? 0,
      memoryLimitBytesTotal: live?.memoryLimitBytes ?? 0,
      storageMedium: storageMediumOf(context.dataset.uri),
      datasetId: context.dataset.manifest.dataset_id,
      parallelism: live?.threads ?? null,
      scratchFreeBytes: freeBytes(spillDir),
    };
    return new DuckDBEngineSession(session, context, parity, spillDir, performance.now() - startedAt, { startMs: null, sessionMs, registerMs, analyzeMs: null });
  }
}

class DuckDBEngineSession implements EngineSession {
  readonly version: string;
  readonly label: string;
  readonly settings: Readonly<Record<string, string>>;
  readonly resultCache = NO_RESULT_CACHE;

  constructor(
    private readonly session: DuckDBSession,
    private readonly context: SessionContext,
    readonly parity: Parity,
    private readonly spillDir: string,
    readonly openMs: number,
    readonly openStages: OpenStages,
  ) {
    this.version = session.version;
    this.settings = embeddedSettings({ ...context, threadsPerWorker: context.workers * context.threadsPerWorker, memoryLimitBytes: context.workers * context.memoryLimitBytes });
    this.label = `DuckDB ${session.version}`;
  }

  precision(): Precision {
    return precisionOf(this.context.dataset.manifest);
  }

  async run(query: QueryText, options: RunOptions): Promise<QueryOutcome> {
    const startedAt = performance.now();
    const usageBefore = processUsage();
    try {
      const limits = { deadlineAtMs: startedAt + options.timeoutMs, signal: options.signal };
      let computedAtMs = startedAt;
      const rows = await interruptible(this.session, limits, () => this.session.query(query.text, () => { computedAtMs = performance.now(); }));
      const durationMs = performance.now() - startedAt;
      const scanMs = computedAtMs - startedAt;
      const { cpuMs, bytesRead } = usageSince(usageBefore);
      return {
        status: 'ok',
        rows,
        durationMs,
        stages: { scan_ms: scanMs, fetch_ms: durationMs - scanMs },
        usage: {
          bytesRead,
          bytesExchanged: 0,
          cpuMs,
          // The peak of this process so far: the engine lives in it, and the system keeps no other.
          maxRssBytes: process.resourceUsage().maxRSS * 1_024,
          nodesUsed: 1,
          workerBusyMs: [durationMs],
        },
        coverage: null,
      };
    } catch (error) {
      return failureOf(error, { scan_ms: performance.now() - startedAt });
    }
  }

  async close(): Promise<void> {
    this.session.close();
    await rm(this.spillDir, { recursive: true, force: true });
  }
}
