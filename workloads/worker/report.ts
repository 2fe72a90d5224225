import { renameSync, writeFileSync } from 'node:fs';
import { FlowbenchError, messageOf } from '../model/errors.js';
import type { WorkUnit } from '../model/work-unit.js';
import { isV2 } from '../model/work-unit.js';
import { metricsUri, WORKER_EXIT, type WorkerMetrics } from '../model/worker-metrics.js';
import { isS3Uri } from '../model/storage-uri.js';
import { storageOf } from '../storage/storage-of.js';
import type { Job } from './job.js';

export const ENGINE_NAME = 'duckdb';

/** A report with nothing measured yet. `unit` is null when the text given was no work unit. */
export function emptyMetrics(unit: WorkUnit | null, node: string): WorkerMetrics {
  return {
    work_unit_id: unit?.id ?? null,
    query: unit === null ? null : unit.query.kind === 'tpch' ? unit.query.id : 'sql',
    stage: unit === null ? null : isV2(unit) ? unit.stage.id : 1,
    row_group_range: null,
    row_groups: {},
    rows_in: null,
    rows_out: null,
    wall_ms: 0,
    decode_ms: null,
    exec_ms: null,
    upload_ms: null,
    proof_ms: null,
    bytes_read: null,
    bytes_written: null,
    cpu_ms: null,
    max_rss_bytes: null,
    output_uri: null,
    output_files: [],
    engine: ENGINE_NAME,
    engine_version: null,
    node,
    ignored_options: [],
    error: null,
  };
}

/** The report of a unit that failed; what was measured until then stays. */
export function withError(metrics: WorkerMetrics, error: unknown): WorkerMetrics {
  const known = error instanceof FlowbenchError ? error : new FlowbenchError('internal', `A defect of flow-worker: ${messageOf(error)}.`, { cause: error });
  return { ...metrics, error: { code: known.code, message: known.sentence, retryable: known.retryable } };
}

/**
 * Exit code of a report. Storage is what reading or writing bytes ran into: a Parquet file that is
 * missing, truncated or of another size, an output folder that is missing or read-only, a full disk.
 * Input is what the unit or the dataset says: a wrong id, schema, table, or row group.
 */
export function exitCodeOf(metrics: WorkerMetrics): number {
  switch (metrics.error?.code) {
    case undefined:
      return WORKER_EXIT.ok;
    case 'storage_read':
    case 'storage_write':
    case 'out_of_disk':
      return WORKER_EXIT.storage;
    case 'query_failed':
    case 'out_of_memory':
    case 'cancelled':
    case 'internal':
    // A worker that stays up and whose coordinator is gone, or whose engine hangs: another one may do better.
    case 'infrastructure':
      return WORKER_EXIT.queryFailed;
    default:
      return WORKER_EXIT.badInput;
  }
}

/** The report as its one line; times to the microsecond, the clock knows no more. */
export function metricsLine(metrics: WorkerMetrics): string {
  const rounded = (_key: string, value: unknown): unknown => (typeof value === 'number' ? Math.round(value * 1000) / 1000 : value);
  return `${JSON.stringify(metrics, rounded)}\n`;
}

/** A store that does not answer must not keep a worker that has its report to give. */
const BESIDE_LIMIT_MS = 5_000;

/**
 * Writes the copy beside the output, where whoever started a pod reads it. A failure only loses the copy, as the
 * line on stdout is the report.
 */
export async function writeMetricsBeside(output: Pick<Job['output'], 'uri' | 'isOwn'>, metrics: WorkerMetrics, onFailure: (why: string) => void): Promise<void> {
  const uri = metricsUri(output.uri);
  try {
    if (isS3Uri(uri)) await withinLimit(storageOf(uri).write(uri, metricsLine(metrics), { ifAbsent: output.isOwn }));
    else writeLocal(uri, metricsLine(metrics));
  } catch (error) {
    onFailure(messageOf(error));
  }
}

function writeLocal(path: string, text: string): void {
  const pending = `${path}.tmp-${process.pid}`;
  writeFileSync(pending, text);
  renameSync(pending, path);
}

async function withinLimit(work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(() => { reject(new Error(`not written after ${BESIDE_LIMIT_MS} ms`)); }, BESIDE_LIMIT_MS);
  });
  try {
    await Promise.race([work, limit]);
  } finally {
    clearTimeout(timer);
  }
}
