import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Trust } from '../workloads/campaign/trust.js';
import { loadAnswer } from '../workloads/dataset/answers.js';
import { type EngineSession, type QuerySuccess, type QueryText, type SessionContext } from '../workloads/engines/contract.js';
import { localPlaces } from '../workloads/engines/local-places.js';
import { engineRunner } from '../workloads/engines/registry.js';
import { FlowbenchError } from '../workloads/model/errors.js';
import { type DatasetHandle } from '../workloads/model/manifest.js';
import { QUERY_IDS, type QueryId } from '../workloads/model/queries.js';
import { type EngineId } from '../workloads/model/result-row.js';
import { medianOf } from '../workloads/results/statistics.js';
import { queryText } from '../workloads/tpch/query-text.js';
import { renderTable, type Measurement } from './measurement.js';

/** Two workers of one thread against one process of two: the same cores, the same memory. */
const WORKERS = 2;
const MEMORY_PER_WORKER_BYTES = 700e6;
const TIMEOUT_MS = 120_000;

export interface SideBySideOptions {
  readonly dataset: DatasetHandle;
  readonly scratchDir: string;
  /** Warm repetitions per engine and query. */
  readonly runs: number;
  readonly log: (line: string) => void;
}

interface QueryTimes {
  readonly query: QueryId;
  readonly duckdbMs: number;
  readonly flowMs: number;
  readonly gateAndProofMs: number;
  readonly maxRssBytes: number;
}

/**
 * The 22 queries on both engines in turn, one repetition of the one and one of the other, so that
 * whatever else the machine does in that second hits both. Every answer is gated; a wrong one ends it.
 */
export async function measureSideBySide(options: SideBySideOptions): Promise<Measurement[]> {
  const duckdb = await open('duckdb', options);
  const flow = await open('flow', options);
  try {
    const times: QueryTimes[] = [];
    for (const query of QUERY_IDS) times.push(await measureQuery(query, duckdb, flow, options));
    options.log(describe(times, duckdb, flow));
    return summarise(times);
  } finally {
    await flow.close();
    await duckdb.close();
  }
}

async function open(id: EngineId, { dataset, scratchDir, log }: SideBySideOptions): Promise<EngineSession> {
  const runner = engineRunner(id, { enginesDir: scratchDir });
  const folder = join(scratchDir, id);
  mkdirSync(folder, { recursive: true });
  const shape = runner.scaling === 'fixed'
    ? { workers: 1, threadsPerWorker: WORKERS, memoryLimitBytes: WORKERS * MEMORY_PER_WORKER_BYTES, executor: null, assignment: null }
    : { workers: WORKERS, threadsPerWorker: 1, memoryLimitBytes: MEMORY_PER_WORKER_BYTES, executor: 'warm' as const, assignment: 'balanced' as const };
  const context: SessionContext = { dataset, runId: 'bench', variant: runner.variants[0] ?? '', tier: 'default', sessionId: id, ...localPlaces(folder), seed: 1, log, ...shape };
  return runner.open(context);
}

async function measureQuery(id: QueryId, duckdb: EngineSession, flow: EngineSession, options: SideBySideOptions): Promise<QueryTimes> {
  const { dataset, runs } = options;
  const query: QueryText = { id, text: queryText(id, dataset.manifest.scale_factor) };
  const trust = new Trust(dataset, new Map([[id, await loadAnswer(dataset, id, query.text)]]));
  const found: Record<'duckdb' | 'flow', Repetition[]> = { duckdb: [], flow: [] };
  // Repetition 0 warms both up and is left out.
  for (let repetition = 0; repetition <= runs; repetition += 1) {
    const order = repetition % 2 === 0 ? (['duckdb', 'flow'] as const) : (['flow', 'duckdb'] as const);
    for (const engine of order) {
      const result = await runOnce(engine === 'flow' ? flow : duckdb, query, trust, repetition);
      if (repetition > 0) found[engine].push(result);
    }
  }
  return {
    query: id,
    duckdbMs: middle(found.duckdb, (result) => result.success.durationMs),
    flowMs: middle(found.flow, (result) => result.success.durationMs),
    gateAndProofMs: middle(found.flow, (result) => result.judgeMs + (result.success.stages.proof_ms ?? 0)),
    maxRssBytes: Math.max(...found.flow.map((result) => result.success.usage.maxRssBytes ?? 0)),
  };
}

interface Repetition {
  readonly success: QuerySuccess;
  /** Answer gate and proofs, after the clock has stopped. */
  readonly judgeMs: number;
}

async function runOnce(session: EngineSession, query: QueryText, trust: Trust, repetition: number): Promise<Repetition> {
  const outcome = await session.run(query, { timeoutMs: TIMEOUT_MS, signal: new AbortController().signal, repetition: repetition + 1 });
  if (outcome.status !== 'ok') throw new FlowbenchError('query_failed', `${query.id} on ${session.label}: ${outcome.error}`);
  const begin = performance.now();
  const verdict = trust.judge(query.id, outcome, session.precision(query.id), outcome.coverage !== null);
  const judgeMs = performance.now() - begin;
  if (!verdict.isRight) throw new FlowbenchError('query_failed', `${query.id} on ${session.label} is wrong: ${verdict.remark ?? ''}.`);
  return { success: outcome, judgeMs };
}

function middle(repetitions: readonly Repetition[], value: (repetition: Repetition) => number): number {
  return medianOf(repetitions.map(value)) ?? Number.NaN;
}

function total(times: readonly QueryTimes[], value: (time: QueryTimes) => number): number {
  return times.reduce((sum, time) => sum + value(time), 0);
}

function describe(times: readonly QueryTimes[], duckdb: EngineSession, flow: EngineSession): string {
  const rows = times.map(({ query, duckdbMs, flowMs, gateAndProofMs, maxRssBytes }) => [
    query, duckdbMs.toFixed(1), flowMs.toFixed(1), (flowMs / duckdbMs).toFixed(2), gateAndProofMs.toFixed(1), (maxRssBytes / 1e6).toFixed(0),
  ]);
  const sumDuckdb = total(times, (time) => time.duckdbMs);
  const sumFlow = total(times, (time) => time.flowMs);
  const peak = Math.max(...times.map((time) => time.maxRssBytes)) / 1e6;
  rows.push(['Σ', sumDuckdb.toFixed(1), sumFlow.toFixed(1), (sumFlow / sumDuckdb).toFixed(2), total(times, (time) => time.gateAndProofMs).toFixed(1), peak.toFixed(0)]);
  const head = ['Query', `${duckdb.label}, ${WORKERS} threads, ms`, `${flow.label}, N=${WORKERS}, ms`, 'ratio', 'gate + proofs, ms', 'worker max RSS, MB'];
  return `Medians, both engines in turn\n${renderTable(head, rows)}\nLargest worker over the 22: ${peak.toFixed(0)} MB with a limit of ${(MEMORY_PER_WORKER_BYTES / 1e6).toFixed(0)} MB (bound: 1000 MB)`;
}

function summarise(times: readonly QueryTimes[]): Measurement[] {
  const flowMs = total(times, (time) => time.flowMs);
  return [
    {
      key: 'flow_over_duckdb_n2', what: 'Σ of 22 medians, flow N=2 × 1 thread warm ÷ DuckDB 2 threads', unit: 'x',
      value: flowMs / total(times, (time) => time.duckdbMs), limit: { kind: 'at_most', value: 1.25 },
    },
    {
      key: 'gate_share', what: 'gate + proofs ÷ query time, Σ over the 22', unit: 'share',
      value: total(times, (time) => time.gateAndProofMs) / flowMs, limit: { kind: 'at_most', value: 0.05 },
    },
  ];
}
