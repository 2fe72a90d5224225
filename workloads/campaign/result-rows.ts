import type { QueryFailure, QuerySuccess, SessionUnit } from '../engines/contract.js';
import { rowId, type ResultRow, type StageTimes } from '../model/result-row.js';
import type { UnitRecord } from '../model/unit-timeline.js';
import type { Cell } from './cells.js';
import { costUsd, usdPerTbScanned, type PricesUsed } from './cost.js';
import type { Verdict } from './trust.js';

/** What all rows of a run have in common. */
export interface RunFacts {
  readonly runId: string;
  readonly scaleFactor: number;
  readonly nodeShape: string;
  /** Null for a run on this machine. */
  readonly clusterId: string | null;
  readonly prices: PricesUsed | null;
}

/** What all rows of an open session have in common; unknown parts where it could not be opened. */
export interface SessionFacts {
  readonly label: string;
  readonly version: string | null;
  readonly sessionId: string;
  readonly storageMedium: string;
}

/** Which repetition, when. */
export interface Moment {
  readonly repetition: number;
  readonly startedAt: Date;
}

/** A repetition that gave rows: ok or wrong. A wrong answer has no duration, as nobody could use it. */
export function answeredRow(run: RunFacts, session: SessionFacts, cell: Cell, moment: Moment, outcome: QuerySuccess, verdict: Verdict, times: { endToEndMs: number; gateMs: number }): ResultRow {
  const { usage } = outcome;
  const wasInterrupted = outcome.wasInterrupted === true;
  // Of a repetition that began under another coordinator nobody knows how long the nodes were busy with it.
  const cost = run.prices === null || !verdict.isRight || wasInterrupted ? null : costUsd(run.prices, cell.key.workers, outcome.durationMs);
  return {
    ...emptyRow(run, session, cell, moment),
    interrupted: wasInterrupted,
    status: verdict.isRight ? 'ok' : 'wrong_answer',
    duration_ms: verdict.isRight ? rounded(outcome.durationMs) : null,
    end_to_end_ms: verdict.isRight ? rounded(times.endToEndMs) : null,
    stages: { ...stageTimes(outcome.stages), gate_ms: rounded(times.gateMs) },
    bytes_read: usage.bytesRead,
    bytes_exchanged: usage.bytesExchanged,
    cpu_ms: usage.cpuMs,
    max_rss_bytes: usage.maxRssBytes,
    engine_ms: outcome.engineMs === undefined ? null : rounded(outcome.engineMs),
    peak_memory_bytes: usage.peakMemoryBytes ?? null,
    splits_per_node: usage.splitsPerNode === undefined ? null : [...usage.splitsPerNode],
    precision: verdict.precision,
    rewrite: outcome.rewrite ?? null,
    trace_link: outcome.traceLink ?? null,
    nodes_used: verdict.nodesUsed,
    worker_busy_ms: usage.workerBusyMs?.map(rounded) ?? null,
    rows: outcome.rows.rows.length,
    spec_ok: verdict.specOk,
    strict_ok: verdict.strictOk,
    coverage_ok: verdict.coverageOk,
    max_node_share: verdict.maxNodeShare,
    result_hash: verdict.resultHash,
    cost_usd: cost,
    usd_per_tb_scanned: cost === null ? null : usdPerTbScanned(cost, usage.bytesRead),
    error: verdict.remark,
  };
}

/** A repetition without an answer: a status and a cause, and no number. */
export function failedRow(run: RunFacts, session: SessionFacts, cell: Cell, moment: Moment, failure: { status: Exclude<QueryFailure['status'], 'cancelled'>; error: string; stages: Partial<StageTimes>; traceLink?: string | undefined }): ResultRow {
  return { ...emptyRow(run, session, cell, moment), status: failure.status, stages: stageTimes(failure.stages), trace_link: failure.traceLink ?? null, error: failure.error };
}

/** The units of a row's repetition, as they are stored beside it. */
export function unitRecords(row: ResultRow, units: readonly SessionUnit[]): UnitRecord[] {
  return units.map((unit) => ({ run_id: row.run_id, cell_id: row.cell_id, query: row.query, repetition: row.repetition, ...unit }));
}

function emptyRow(run: RunFacts, session: SessionFacts, cell: Cell, moment: Moment): ResultRow {
  return {
    row_version: 1,
    row_id: rowId(run.runId, cell.id, moment.repetition),
    cell_id: cell.id,
    run_id: run.runId,
    repetition: moment.repetition,
    ...cell.key,
    scale_factor: run.scaleFactor,
    cluster_id: run.clusterId,
    node_shape: run.nodeShape,
    engine_label: session.label,
    engine_version: session.version,
    session_id: session.sessionId,
    storage_medium: session.storageMedium,
    cold: moment.repetition === 1,
    interrupted: false,
    started_at: moment.startedAt.toISOString(),
    status: 'infrastructure_error',
    duration_ms: null,
    end_to_end_ms: null,
    engine_ms: null,
    stages: stageTimes({}),
    bytes_read: null,
    bytes_exchanged: null,
    cpu_ms: null,
    max_rss_bytes: null,
    peak_memory_bytes: null,
    nodes_used: null,
    splits_per_node: null,
    worker_busy_ms: null,
    rows: null,
    precision: null,
    rewrite: null,
    spec_ok: null,
    strict_ok: null,
    coverage_ok: null,
    max_node_share: null,
    result_hash: null,
    cost_usd: null,
    usd_per_tb_scanned: null,
    trace_link: null,
    error: null,
  };
}

function stageTimes(given: Partial<StageTimes>): StageTimes {
  const at = (name: keyof StageTimes): number | null => {
    const value = given[name];
    return value == null ? null : rounded(value);
  };
  return {
    plan_ms: at('plan_ms'), schedule_ms: at('schedule_ms'), pull_ms: at('pull_ms'), start_ms: at('start_ms'), spawn_ms: at('spawn_ms'), open_ms: at('open_ms'), scan_ms: at('scan_ms'), proof_ms: at('proof_ms'),
    write_ms: at('write_ms'), wait_ms: at('wait_ms'), merge_ms: at('merge_ms'), fetch_ms: at('fetch_ms'), gate_ms: at('gate_ms'),
  };
}

/** Microseconds are what the clock gives; more digits only look precise. */
function rounded(valueMs: number): number {
  return Math.round(valueMs * 1000) / 1000;
}
