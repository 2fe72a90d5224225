import { DuckDBInstance, version as libraryVersion, type DuckDBConnection, type DuckDBPreparedStatement, type DuckDBResult } from '@duckdb/node-api';
import { FlowbenchError, messageOf, type ErrorCode } from '../model/errors.js';
import type { TypedRows } from '../model/typed-rows.js';
import { quoteLiteral } from './compose.js';
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

let early: Promise<DuckDBInstance> | null = null;

function newInstance(): Promise<DuckDBInstance> {
  return DuckDBInstance.create(':memory:', {
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
    enable_external_file_cache: 'false',
    preserve_insertion_order: 'false',
  });
}

/**
 * An open embedded DuckDB, used by one caller at a time. Data caches are off, so that every repetition reads its
 * bytes from storage again; extensions are never fetched behind one's back.
 */
export class DuckDBSession {
  private keeping: DuckDBConnection | null = null;

  private constructor(
    private readonly instance: DuckDBInstance,
    private readonly connection: DuckDBConnection,
    readonly version: string,
  ) {}

  /** Begins to make an engine before its settings are known: the next {@link open} takes it. */
  static startEarly(): void {
    early ??= newInstance();
    // Whoever opens the session is told; until then nobody listens.
    early.catch(() => undefined);
  }

  static async open(settings: DuckDBSettings): Promise<DuckDBSession> {
    const making = early ?? newInstance();
    early = null;
    return guarded(async () => {
      const instance = await making;
      const connection = await connectWith(instance, settings);
      await connection.run(`SET GLOBAL threads = ${settings.threads};
SET GLOBAL memory_limit = '${settings.memoryLimitBytes}B';
SET GLOBAL temp_directory = ${quoteLiteral(settings.spillDir)}`);
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

  /**
   * {@link query}, with Parquet footers kept from one such query to the next (DuckDB reads a footer again
   * when its file changed). For questions that are not part of what is measured: others read theirs as before.
   */
  async queryKeepingFooters(sql: string): Promise<TypedRows> {
    return guarded(async () => {
      // The setting is a connection's own, and setting it back and forth would cost more than a small query.
      this.keeping ??= await connectWith(this.instance, { parquetMetadataCache: true });
      return readTyped(await this.keeping.run(sql));
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
    this.keeping?.interrupt();
  }

  close(): void {
    this.keeping?.closeSync();
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

/** The cache of footers is an option of the Parquet reader, which is not there yet while the instance is made. */
async function connectWith(instance: DuckDBInstance, settings: Pick<DuckDBSettings, 'parquetMetadataCache'>): Promise<DuckDBConnection> {
  const connection = await instance.connect();
  await connection.run(`SET SESSION parquet_metadata_cache = ${settings.parquetMetadataCache}`);
  return connection;
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
