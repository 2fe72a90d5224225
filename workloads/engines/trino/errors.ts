import { FlowbenchError, type ErrorCode } from '../../model/errors.js';

/** What Trino says of a query that failed. */
export interface TrinoError {
  readonly errorName: string;
  readonly errorType: string;
  readonly message: string;
  /** What caused it, as causes of causes. */
  readonly failureInfo?: unknown;
}

/** A server that answers may lose sight of its own worker for a moment after its start: the same statement may do next time. */
const NO_NODES = 'NO_NODES_AVAILABLE';

const CODE_OF_NAME: Readonly<Record<string, ErrorCode>> = {
  EXCEEDED_LOCAL_MEMORY_LIMIT: 'out_of_memory',
  EXCEEDED_GLOBAL_MEMORY_LIMIT: 'out_of_memory',
  CLUSTER_OUT_OF_MEMORY: 'out_of_memory',
  EXCEEDED_FUNCTION_MEMORY_LIMIT: 'out_of_memory',
  EXCEEDED_SPILL_LIMIT: 'out_of_disk',
  OUT_OF_SPILL_SPACE: 'out_of_disk',
  EXCEEDED_TIME_LIMIT: 'timeout',
  EXCEEDED_CPU_LIMIT: 'timeout',
  USER_CANCELED: 'cancelled',
  NOT_SUPPORTED: 'plan_unsupported',
  // What the engine runs on, or other users of it, rather than the query.
  [NO_NODES]: 'infrastructure',
  SERVER_STARTING_UP: 'infrastructure',
  SERVER_SHUTTING_DOWN: 'infrastructure',
  QUERY_QUEUE_FULL: 'infrastructure',
  // The file is there and is not what it should be, which the engine found out.
  HIVE_BAD_DATA: 'query_failed',
};

/** Something outside the engine failed it: storage, the catalogue. */
const EXTERNAL = 'EXTERNAL';
const NO_SPACE = /no space left on device/i;
const FORBIDDEN = /\b403\b|access ?denied|forbidden/i;
const HEAP_FULL = /OutOfMemoryError|Java heap space/;

/** Whether a statement was refused because no node was to be seen, before anything of it was done. */
export function isWithoutNodes(error: unknown): boolean {
  return error instanceof FlowbenchError && error.message.startsWith(`${NO_NODES}:`);
}

/** A failed query as one of the project's errors. */
export function queryError(error: TrinoError): FlowbenchError {
  const message = `${error.errorName}: ${firstLine(error.message)}`;
  const causes = [error.message, ...causesOf(error.failureInfo)].join('\n');
  if (NO_SPACE.test(causes)) return new FlowbenchError('out_of_disk', message);
  if (HEAP_FULL.test(causes)) return new FlowbenchError('out_of_memory', message);
  const known = Object.hasOwn(CODE_OF_NAME, error.errorName) ? CODE_OF_NAME[error.errorName] : undefined;
  if (known !== undefined) return new FlowbenchError(known, message);
  if (error.errorType !== EXTERNAL) return new FlowbenchError('query_failed', message);
  if (!FORBIDDEN.test(causes)) return new FlowbenchError('infrastructure', message);
  return new FlowbenchError('infrastructure', `Trino may not read the dataset's files. ${message}`, {
    remedy: 'Give its credentials, or the role of its pods, the right to list and read them.',
  });
}

/** Messages of the causes, the nearest first. */
function causesOf(failure: unknown): string[] {
  if (typeof failure !== 'object' || failure === null || !('cause' in failure)) return [];
  const { cause } = failure;
  const own = typeof cause === 'object' && cause !== null && 'message' in cause && typeof cause.message === 'string' ? [cause.message] : [];
  return [...own, ...causesOf(cause)];
}

function firstLine(text: string): string {
  const line = text.split('\n', 1)[0] ?? '';
  return /[.!?]$/.test(line) ? line : `${line}.`;
}
