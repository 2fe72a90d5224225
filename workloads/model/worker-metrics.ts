import * as z from 'zod';

/** Exit codes of `flow-worker`; the coordinator's retry rules are written against them. */
export const WORKER_EXIT = { ok: 0, badInput: 2, queryFailed: 3, storage: 4 } as const;

/**
 * The one JSON line a worker prints, on failure too. What it says was read is counted from the data by a
 * scan, never copied from the work unit; bytes come from the operating system.
 */
export const workerMetricsSchema = z.strictObject({
  work_unit_id: z.string().nullable(),
  query: z.string().nullable(),
  stage: z.int().nullable(),
  /** v1 only: the measured half-open range of the driver table, null if what was read is no single range. */
  row_group_range: z.tuple([z.int(), z.int()]).nullable(),
  /** Table → global numbers of the row groups that the scan saw, with the rows counted in each. */
  row_groups: z.record(z.string(), z.array(z.strictObject({ number: z.int(), rows: z.int() }))),
  /** Σ of the rows counted in the driver table's row groups. */
  rows_in: z.int().nullable(),
  rows_out: z.int().nullable(),
  wall_ms: z.number(),
  /** Opening files and reading footers until the query was bound. */
  decode_ms: z.number().nullable(),
  exec_ms: z.number().nullable(),
  /** Writing and publishing the output, where it can be told apart from executing. */
  upload_ms: z.number().nullable(),
  /** The counting scan behind row_groups. */
  proof_ms: z.number().nullable(),
  bytes_read: z.int().nullable(),
  bytes_written: z.int().nullable(),
  cpu_ms: z.number().nullable(),
  max_rss_bytes: z.int().nullable(),
  /** Where the partial lies; with several buckets, bucket 0 (see bucketUri). */
  output_uri: z.string().nullable(),
  /** One entry a bucket. */
  output_files: z.array(z.strictObject({ uri: z.string(), size_bytes: z.int(), rows: z.int() })),
  engine: z.string(),
  engine_version: z.string().nullable(),
  /** The machine or pod that did the work. */
  node: z.string(),
  ignored_options: z.array(z.string()),
  error: z.strictObject({ code: z.string(), message: z.string(), retryable: z.boolean() }).nullable(),
});
export type WorkerMetrics = z.infer<typeof workerMetricsSchema>;

/** Where the copy of a report lies that a worker keeps beside its output: `x.parquet` → `x.parquet.metrics.json`. */
export function metricsUri(outputUri: string): string {
  return `${outputUri}.metrics.json`;
}
