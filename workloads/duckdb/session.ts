import { DuckDBInstance, type DuckDBConnection, type DuckDBResult } from '@duckdb/node-api';
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
    const instance = await DuckDBInstance.create(':memory:', {
      threads: String(settings.threads),
      memory_limit: `${settings.memoryLimitBytes}B`,
      temp_directory: settings.spillDir,
      autoinstall_known_extensions: 'false',
      autoload_known_extensions: 'false',
      enable_external_file_cache: 'false',
      parquet_metadata_cache: String(settings.parquetMetadataCache),
      preserve_insertion_order: 'false',
    });
    const connection = await instance.connect();
    const version = (await connection.runAndReadAll('SELECT version()')).getRows()[0]?.[0];
    return new DuckDBSession(instance, connection, String(version).replace(/^v/, ''));
  }

  /** Runs one statement and drops its result. */
  async execute(sql: string): Promise<void> {
    await this.guard(() => this.connection.run(sql));
  }

  /** Runs one query and decodes every row, typed. */
  async query(sql: string): Promise<TypedRows> {
    return this.guard(async () => {
      const result = await this.connection.run(sql);
      return readTyped(result);
    });
  }

  /** For readers that want the column chunks themselves (Arrow). */
  async stream(sql: string): Promise<DuckDBResult> {
    return this.guard(() => this.connection.stream(sql));
  }

  /** Makes the running statement end with `cancelled`. */
  interrupt(): void {
    this.connection.interrupt();
  }

  close(): void {
    this.connection.closeSync();
    this.instance.closeSync();
  }

  private async guard<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (cause) {
      throw duckdbError(cause);
    }
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

const PATTERNS: readonly (readonly [RegExp, ErrorCode])[] = [
  [/interrupt/i, 'cancelled'],
  [/out of memory|failed to allocate|could not allocate|memory limit/i, 'out_of_memory'],
  [/no space left|disk is full|max_temp_directory_size/i, 'out_of_disk'],
  [/^IO Error|HTTP Error|Could not (read|open)|Cannot open file|No files found/i, 'storage_read'],
  [/too small to be a Parquet|No magic bytes|Invalid Input Error.*(parquet|footer)|Failed to read Parquet/i, 'dataset_invalid'],
];

/** Gives DuckDB's message its code; anything unknown is `query_failed`. */
export function duckdbError(cause: unknown): FlowbenchError {
  if (cause instanceof FlowbenchError) return cause;
  const message = messageOf(cause).split('\n')[0] ?? '';
  const code = PATTERNS.find(([pattern]) => pattern.test(message))?.[1] ?? 'query_failed';
  return new FlowbenchError(code, `DuckDB: ${message}`, { cause, retryable: code === 'storage_read' });
}
