import { DuckDBInstance, version as libraryVersion, type DuckDBConnection, type DuckDBPreparedStatement, type DuckDBResult } from '@duckdb/node-api';
import { FlowbenchError, messageOf, type ErrorCode } from '../model/errors.js';
import type { TypedRows } from '../model/typed-rows.js';
import { columnTypes, decodeColumn } from './decode.js';

/** The limits and caches of one embedded DuckDB. */
export interface DuckDBSettings {
  readonly threads: number;
  readonly memoryLimitBytes: number;
  /** Folder for spilling; created by DuckDB when needed. */
  readonly spillDir: string;
  /** Keep Parquet footers between queries of this session. */
  readonly parquetMetadataCache: boolean;
}

/**
 * An open embedded DuckDB with one connection. Data caches are off, so that every repetition reads its
 * bytes from storage again; extensions are never fetched behind one's back.
 */
export class DuckDBSession {
  private constructor(
    private readonly instance: DuckDBInstance,
    private readonly connection: DuckDBConnection,
    readonly version: string,
  ) {}

  static async open(settings: DuckDBSettings): Promise<DuckDBSession> {
    return guarded(async () => {
      const instance = await DuckDBInstance.create(':memory:', {
        threads: String(settings.threads),
        memory_limit: `${settings.memoryLimitBytes}B`,
        temp_directory: settings.spillDir,
        autoinstall_known_extensions: 'false',
        autoload_known_extensions: 'false',
        enable_external_file_cache: 'false',
        preserve_insertion_order: 'false',
      });
      const connection = await instance.connect();
      // An option of the Parquet reader, which is not there yet while the instance is made.
      await connection.run(`SET parquet_metadata_cache = ${settings.parquetMetadataCache}`);
      return new DuckDBSession(instance, connection, libraryVersion().replace(/^v/, ''));
    });
  }

  /** Runs one statement and drops its result. */
  async execute(sql: string): Promise<void> {
    await guarded(() => this.connection.run(sql));
  }

  /** Runs one query and decodes every row, typed. `onComputed` is called when all rows are there, before decoding. */
  async query(sql: string, onComputed?: () => void): Promise<TypedRows> {
    return guarded(async () => {
      const result = await this.connection.run(sql);
      onComputed?.();
      return readTyped(result);
    });
  }

  /** Binds and plans a statement without running it: files are opened, footers read, names checked. */
  async prepare(sql: string): Promise<PreparedStatement> {
    const statement = await guarded(() => this.connection.prepare(sql));
    return new PreparedStatement(statement);
  }

  /** For readers that want the column chunks themselves (Arrow). */
  async stream(sql: string): Promise<DuckDBResult> {
    return guarded(() => this.connection.stream(sql));
  }

  /** Makes the running statement end with `cancelled`. */
  interrupt(): void {
    this.connection.interrupt();
  }

  close(): void {
    this.connection.closeSync();
    this.instance.closeSync();
  }
}

/** A statement that is bound; runs once or more. */
export class PreparedStatement {
  constructor(private readonly statement: DuckDBPreparedStatement) {}

  /** Runs it and decodes every row, typed. */
  query(): Promise<TypedRows> {
    return guarded(async () => readTyped(await this.statement.run()));
  }

  /** Runs it for readers that want the column chunks themselves. */
  stream(): Promise<DuckDBResult> {
    return guarded(() => this.statement.stream());
  }

  close(): void {
    this.statement.destroySync();
  }
}

async function guarded<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    throw duckdbError(cause);
  }
}

async function readTyped(result: DuckDBResult): Promise<TypedRows> {
  const names = result.columnNames();
  const types = columnTypes(result);
  const rows: (string | null)[][] = [];
  for (const chunk of await result.fetchAllChunks()) {
    const columns = names.map((_, index) => decodeColumn(chunk, index));
    for (let row = 0; row < chunk.rowCount; row += 1) {
      rows.push(columns.map((column) => column[row] ?? null));
    }
  }
  return { columns: names.map((name, index) => ({ name, type: types[index] as (typeof types)[number] })), rows };
}

/** First match wins: a full spill folder also calls itself out of memory. */
const PATTERNS: readonly (readonly [RegExp, ErrorCode])[] = [
  [/^INTERRUPT Error/i, 'cancelled'],
  [/no space left|disk is full|failed to offload data block|max_temp_directory_size/i, 'out_of_disk'],
  [/^Out of Memory Error|failed to allocate|could not allocate/i, 'out_of_memory'],
  [/schema mismatch in glob/i, 'schema_mismatch'],
  [/too small to be a Parquet|No magic bytes|Failed to read Parquet|don't know what type|Invalid Input Error.*(parquet|footer)|TProtocolException|Snappy|ZSTD|decompress/i, 'dataset_invalid'],
  [/Could not (create|write|remove|move)|Read-only file system|for writing/i, 'storage_write'],
  [/^IO Error|HTTP Error|Could not (read|open)|Cannot open file|No files found/i, 'storage_read'],
];

/** What another try may mend: a network that failed, a service that asked to slow down, a handle table that was full. */
const TRANSIENT = /HTTP\D*(408|429|500|502|503|504)\b|timed? ?out|connection|temporarily|too many open files|input\/output error|stale file handle|resource busy/i;

/** Gives DuckDB's message its code; anything unknown is `query_failed`. */
export function duckdbError(cause: unknown): FlowbenchError {
  if (cause instanceof FlowbenchError) return cause;
  const message = messageOf(cause).split('\n')[0] ?? '';
  const code = PATTERNS.find(([pattern]) => pattern.test(message))?.[1] ?? 'query_failed';
  const retryable = (code === 'storage_read' || code === 'storage_write') && TRANSIENT.test(message);
  return new FlowbenchError(code, `DuckDB: ${message}`, { cause, retryable });
}
