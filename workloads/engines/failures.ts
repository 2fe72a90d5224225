import { UnitFailedError } from '../coordinator/run-plan.js';
import type { UnitFailure } from '../coordinator/executor.js';
import { FlowbenchError, messageOf, type ErrorCode } from '../model/errors.js';
import type { StageTimes } from '../model/result-row.js';
import type { QueryFailure } from './contract.js';

type FailureStatus = QueryFailure['status'];

/** What the reader of a result row must know: is it the engine, or what it runs on? */
const STATUS_OF_UNIT: Readonly<Record<UnitFailure['kind'], FailureStatus>> = {
  unsupported: 'unsupported',
  query_failed: 'engine_error',
  out_of_memory: 'out_of_memory',
  out_of_disk: 'out_of_disk',
  timeout: 'timeout',
  cancelled: 'cancelled',
  infrastructure: 'infrastructure_error',
  bad_input: 'infrastructure_error',
  storage: 'infrastructure_error',
  worker_lost: 'infrastructure_error',
  bad_report: 'infrastructure_error',
};

const STATUS_OF_CODE: Readonly<Partial<Record<ErrorCode, FailureStatus>>> = {
  plan_unsupported: 'unsupported',
  query_failed: 'engine_error',
  internal: 'engine_error',
  out_of_memory: 'out_of_memory',
  out_of_disk: 'out_of_disk',
  timeout: 'timeout',
  cancelled: 'cancelled',
};

/** What became of a query whose only unit failed. */
export function statusOfUnit({ kind }: UnitFailure): FailureStatus {
  return STATUS_OF_UNIT[kind];
}

/** Anything thrown while a query ran, as the outcome of that query. */
export function failureOf(error: unknown, stages: Partial<StageTimes>): QueryFailure {
  if (error instanceof UnitFailedError) return { status: statusOfUnit(error.failure), error: `${error.unit.id}: ${error.failure.message}`, stages };
  if (error instanceof FlowbenchError) return { status: STATUS_OF_CODE[error.code] ?? 'infrastructure_error', error: error.sentence, stages };
  return { status: 'engine_error', error: messageOf(error), stages };
}
