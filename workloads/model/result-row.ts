import { createHash } from 'node:crypto';
import * as z from 'zod';

/** One repetition of one cell. Absent is null; a failure has a status and no duration. */
export const CELL_STATUSES = [
  'ok', 'wrong_answer', 'timeout', 'out_of_memory', 'out_of_disk', 'unsupported', 'unavailable', 'engine_error', 'infrastructure_error',
] as const;
export type CellStatus = (typeof CELL_STATUSES)[number];

export const ENGINE_IDS = ['flow', 'duckdb', 'spark', 'trino', 'daft', 'ematix'] as const;
export type EngineId = (typeof ENGINE_IDS)[number];

export const cellKeySchema = z.strictObject({
  dataset_id: z.string(),
  protocol_id: z.string(),
  engine: z.string(),
  variant: z.string().describe('Switches of the engine that make a series of their own: `metadata-cache=off`.'),
  tier: z.string().describe('A set of settings of the engine: `default`, `tuned`, or another that it names; each is a series of its own.'),
  replica: z.int().positive().describe('1, or 2 for the second series of the null run: the very same engine and settings once more, which shows the noise.'),
  executor: z.string().nullable().describe('`process`, `warm`, …; null for an engine without work units.'),
  assignment: z.string().nullable().describe('`balanced`, `contiguous`; null for an engine without work units.'),
  workers: z.int().positive(),
  threads_per_worker: z.int().positive(),
  query: z.string(),
});
export type CellKey = z.infer<typeof cellKeySchema>;

const ms = z.number().nonnegative().nullable();

/** Where the time of one repetition went. Per-unit times are of the slowest unit of each stage, summed over stages. */
export const stageTimesSchema = z.strictObject({
  plan_ms: ms,
  // Parts of spawn_ms on a cluster: until the pod had a node, until its image was there, until its container ran.
  schedule_ms: ms, pull_ms: ms, start_ms: ms,
  spawn_ms: ms, open_ms: ms, scan_ms: ms, proof_ms: ms, write_ms: ms, wait_ms: ms, merge_ms: ms, fetch_ms: ms, gate_ms: ms,
});
export type StageTimes = z.infer<typeof stageTimesSchema>;

export const resultRowSchema = z.strictObject({
  row_version: z.literal(1),
  row_id: z.string(),
  cell_id: z.string(),
  run_id: z.string(),
  repetition: z.int().positive(),
  ...cellKeySchema.shape,
  scale_factor: z.number().positive(),
  cluster_id: z.string().nullable(),
  node_shape: z.string(),
  engine_label: z.string(),
  engine_version: z.string().nullable(),
  session_id: z.string().describe('Which session of the run it was measured in; what that had is in its session record.'),
  storage_medium: z.string(),
  cold: z.boolean(),
  interrupted: z.boolean().describe('The coordinator was restarted, or the cluster did not answer, while it ran: its times include that, and no statistic counts them.'),
  started_at: z.iso.datetime(),
  status: z.enum(CELL_STATUSES),
  duration_ms: z.number().nonnegative().nullable().describe('Query text handed to an open session → last row decoded in that process; null unless ok.'),
  end_to_end_ms: z.number().nonnegative().nullable().describe("The same on the coordinator's clock, around everything incl. session calls; null unless ok."),
  engine_ms: z.number().nonnegative().nullable().describe("The engine's own account of the duration, where it gives one; never used instead of duration_ms."),
  stages: stageTimesSchema,
  bytes_read: z.int().nullable(),
  bytes_exchanged: z.int().nullable(),
  cpu_ms: z.number().nullable(),
  max_rss_bytes: z.int().nullable(),
  peak_memory_bytes: z.int().nullable().describe('Memory the engine reserved for the query at its peak, by its own account.'),
  nodes_used: z.int().nullable(),
  splits_per_node: z.array(z.int()).nullable().describe('Splits or tasks of the scans that each node did, largest first, where the engine tells.'),
  worker_busy_ms: z.array(z.number()).nullable().describe('Busy ms of each worker, the input of the skew picture.'),
  rows: z.int().nullable(),
  precision: z.enum(['exact', 'double', 'rounded']).nullable().describe('What the engine can promise of this answer.'),
  rewrite: z.string().nullable().describe('How the text that ran differs from that of the suite; null for the very text.'),
  spec_ok: z.boolean().nullable(),
  strict_ok: z.boolean().nullable(),
  coverage_ok: z.boolean().nullable().describe('Set when every planned row group was measured read exactly once. Null where an engine has no units.'),
  max_node_share: z.number().nullable().describe("Largest share of the driver's rows that one node read; null where not measured."),
  result_hash: z.string().nullable(),
  cost_usd: z.number().nullable(),
  usd_per_tb_scanned: z.number().nullable(),
  trace_link: z.string().nullable(),
  error: z.string().nullable(),
});
export type ResultRow = z.infer<typeof resultRowSchema>;

function shortHash(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 24);
}

/** Stable over runs: the same question asked of the same engine in the same way. */
export function cellId(key: CellKey): string {
  return shortHash([
    key.dataset_id, key.protocol_id, key.engine, key.variant, key.tier, key.replica, key.executor, key.assignment, key.workers, key.threads_per_worker, key.query,
  ]);
}

export function rowId(runId: string, cell: string, repetition: number): string {
  return shortHash([runId, cell, repetition]);
}
