/**
 * The one shape of every failure the programs report: what happened (with the value), why, what to do,
 * and the exit code the command ends with. Anything else that escapes is a defect of ours.
 */
export type ErrorCode =
  | 'configuration'
  | 'work_unit_invalid'
  | 'dataset_missing'
  | 'dataset_invalid'
  | 'dataset_changed'
  | 'schema_mismatch'
  | 'answers_missing'
  | 'plan_unsupported'
  | 'query_failed'
  | 'out_of_memory'
  | 'out_of_disk'
  | 'storage_read'
  | 'storage_write'
  | 'timeout'
  | 'cancelled'
  | 'worker_lost'
  | 'tool_missing'
  | 'engine_unavailable'
  | 'infrastructure'
  | 'internal';

export interface FlowbenchErrorOptions {
  /** What the reader should do about it, one sentence. */
  readonly remedy?: string;
  /** Whether the same call may succeed when repeated (default false). */
  readonly retryable?: boolean;
  readonly cause?: unknown;
}

export class FlowbenchError extends Error {
  readonly retryable: boolean;
  readonly remedy: string | undefined;

  constructor(
    readonly code: ErrorCode,
    message: string,
    options: FlowbenchErrorOptions = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'FlowbenchError';
    this.retryable = options.retryable ?? false;
    this.remedy = options.remedy;
  }

  /** The sentence a person reads: what and why, then what to do. */
  get sentence(): string {
    return this.remedy === undefined ? this.message : `${this.message} ${this.remedy}`;
  }
}

/** Every problem of a configuration at once, rather than the first one found. */
export function configurationError(problems: readonly string[], remedy?: string): FlowbenchError {
  const text = problems.length === 1 ? `${problems[0]}` : `${problems.length} problems:\n${problems.map((p) => `  - ${p}`).join('\n')}`;
  return new FlowbenchError('configuration', text, remedy === undefined ? {} : { remedy });
}

/** The message of anything that was thrown, for wrapping into a {@link FlowbenchError}; by shape, as the error may come from another realm. */
export function messageOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'message' in error && typeof error.message === 'string' ? error.message : String(error);
}
