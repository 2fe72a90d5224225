import type { EngineSession, SessionContext } from '../engines/contract.js';
import type { SessionRecord } from '../model/session-record.js';
import type { SessionPlan } from './cells.js';
import type { RunFacts } from './result-rows.js';

/** What is stored of a session that was opened: what it was to be given, and what it says it has. */
export function sessionRecord(run: RunFacts, plan: SessionPlan, context: SessionContext, session: EngineSession, opening: { readonly number: number; readonly at: Date }): SessionRecord {
  const { openStages, parity } = session;
  return {
    record_version: 1,
    run_id: run.runId,
    session_id: context.sessionId,
    opening: opening.number,
    engine: plan.runner.id,
    variant: plan.variant,
    tier: plan.tier,
    replica: plan.replica,
    executor: plan.executor,
    assignment: plan.assignment,
    workers: plan.workers,
    threads_per_worker: plan.threadsPerWorker,
    cluster_id: run.clusterId,
    opened_at: opening.at.toISOString(),
    engine_label: session.label,
    engine_version: session.version,
    open_ms: session.openMs,
    open_stages: { start_ms: openStages.startMs, session_ms: openStages.sessionMs, register_ms: openStages.registerMs, analyze_ms: openStages.analyzeMs },
    parity: {
      nodes: parity.nodes,
      threads_total: parity.threadsTotal,
      memory_limit_bytes_total: parity.memoryLimitBytesTotal,
      storage_medium: parity.storageMedium,
      dataset_id: parity.datasetId,
      parallelism: parity.parallelism,
      scratch_free_bytes: parity.scratchFreeBytes,
    },
    asked: { threads_total: plan.workers * plan.threadsPerWorker, memory_bytes_total: plan.workers * plan.memoryLimitBytes },
    settings: { ...session.settings },
    result_cache: session.resultCache,
  };
}
