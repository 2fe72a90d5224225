import * as z from 'zod';

const ms = z.number().nonnegative().nullable();

/**
 * One opened session of an engine, as it is stored beside the rows that were measured in it
 * (`sessions.jsonl`): what it cost to open, what it had by its own account, and every setting that is not as
 * the engine comes. Parity between engines is read off these, never off our own configuration.
 */
export const sessionRecordSchema = z.strictObject({
  record_version: z.literal(1),
  run_id: z.string(),
  session_id: z.string().describe('Of the series; a session opened again has the same.'),
  opening: z.int().positive().describe('1 for the first time it was opened in the run, 2 after a restart, …'),
  engine: z.string(),
  variant: z.string(),
  tier: z.string(),
  replica: z.int().positive(),
  executor: z.string().nullable(),
  assignment: z.string().nullable(),
  workers: z.int().positive(),
  threads_per_worker: z.int().positive(),
  cluster_id: z.string().nullable(),
  opened_at: z.iso.datetime(),
  engine_label: z.string(),
  engine_version: z.string(),
  open_ms: z.number().nonnegative(),
  open_stages: z.strictObject({ start_ms: ms, session_ms: ms, register_ms: ms, analyze_ms: ms }),
  parity: z.strictObject({
    nodes: z.int().positive(),
    threads_total: z.number().nonnegative(),
    memory_limit_bytes_total: z.int().nonnegative(),
    storage_medium: z.string(),
    dataset_id: z.string(),
    parallelism: z.int().positive().nullable(),
    scratch_free_bytes: z.int().nonnegative().nullable(),
  }),
  asked: z.strictObject({ threads_total: z.int().positive(), memory_bytes_total: z.int().positive() }).describe('What every engine of the run was to be given.'),
  settings: z.record(z.string(), z.string()),
  result_cache: z.string(),
});
export type SessionRecord = z.infer<typeof sessionRecordSchema>;
