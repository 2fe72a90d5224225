import { FlowbenchError, messageOf, type ErrorCode } from '../model/errors.js';
import { s3ReadError } from './s3-failures.js';

/** First match wins: a full spill folder also calls itself out of memory. */
const PATTERNS: readonly (readonly [RegExp, ErrorCode])[] = [
  [/^INTERRUPT Error/i, 'cancelled'],
  [/no space left|disk is full|failed to offload data block|max_temp_directory_size/i, 'out_of_disk'],
  [/^Out of Memory Error|failed to allocate|could not allocate/i, 'out_of_memory'],
  [/schema mismatch in glob/i, 'schema_mismatch'],
  [/too small to be a Parquet|No magic bytes|Failed to read Parquet|don't know what type|Invalid Input Error.*(parquet|footer)|TProtocolException|Snappy|ZSTD|decompress/i, 'dataset_invalid'],
  [/Could not (create|write|remove|move)|Read-only file system|for writing/i, 'storage_write'],
  [/^IO Error|^HTTP Error|Could not (read|open)|Cannot open file|No files found/i, 'storage_read'],
];

/** What another try may mend: a file system behind a network, a handle table that was full. */
const TRANSIENT = /timed? ?out|connection|temporarily|too many open files|input\/output error|stale file handle|resource busy/i;

/** Gives DuckDB's message its code; anything unknown is `query_failed`. */
export function duckdbError(cause: unknown): FlowbenchError {
  if (cause instanceof FlowbenchError) return cause;
  const ofS3 = s3ReadError(messageOf(cause), cause);
  if (ofS3 !== null) return ofS3;
  const message = messageOf(cause).split('\n')[0] ?? '';
  const code = PATTERNS.find(([pattern]) => pattern.test(message))?.[1] ?? 'query_failed';
  const retryable = (code === 'storage_read' || code === 'storage_write') && TRANSIENT.test(message);
  return new FlowbenchError(code, `DuckDB: ${message}`, { cause, retryable });
}
