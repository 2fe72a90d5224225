import type { ErrorCode } from '../../model/errors.js';
import { WORKER_EXIT, type WorkerMetrics } from '../../model/worker-metrics.js';
import type { UnitFailure } from '../executor.js';

/** What one try at a unit came to. `retryable` is the worker's own word on a storage failure. */
export type Verdict =
  | { readonly ok: true; readonly metrics: WorkerMetrics }
  | { readonly ok: false; readonly failure: UnitFailure; readonly retryable: boolean };

const BAD_INPUT_CODES: ReadonlySet<string> = new Set<ErrorCode>([
  'configuration', 'work_unit_invalid', 'dataset_missing', 'dataset_invalid', 'dataset_changed', 'schema_mismatch', 'plan_unsupported',
]);
const STORAGE_CODES: ReadonlySet<string> = new Set<ErrorCode>(['storage_read', 'storage_write']);
const OWN_KIND_CODES: ReadonlySet<string> = new Set<ErrorCode>(['out_of_memory', 'out_of_disk', 'cancelled', 'timeout']);

/** A verdict for a unit that failed; not to be retried unless said so. */
export function failed(kind: UnitFailure['kind'], message: string, details: { exitCode?: number | null; signal?: string | null; retryable?: boolean } = {}): Verdict {
  const { exitCode = null, signal = null, retryable = false } = details;
  return { ok: false, failure: { kind, message, exitCode, signal }, retryable };
}

/** The verdict on a failure that the worker itself reported. `exitCode` is null for a worker that stays up. */
export function reportedFailure(error: NonNullable<WorkerMetrics['error']>, exitCode: number | null): Verdict {
  return failed(kindOf(error.code, exitCode), error.message, { exitCode, retryable: error.retryable });
}

function kindOf(code: string, exitCode: number | null): UnitFailure['kind'] {
  if (OWN_KIND_CODES.has(code)) return code as UnitFailure['kind'];
  if (exitCode === WORKER_EXIT.badInput) return 'bad_input';
  if (exitCode === WORKER_EXIT.storage) return 'storage';
  if (exitCode === WORKER_EXIT.queryFailed) return 'query_failed';
  if (BAD_INPUT_CODES.has(code)) return 'bad_input';
  return STORAGE_CODES.has(code) ? 'storage' : 'query_failed';
}
