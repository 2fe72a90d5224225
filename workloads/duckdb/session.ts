import { DuckDBInstance, version as libraryVersion, type DuckDBConnection, type DuckDBPreparedStatement, type DuckDBResult } from '@duckdb/node-api';
import type { S3Access } from '../model/s3-access.js';
import type { TypedRows } from '../model/typed-rows.js';
import { quoteLiteral } from './compose.js';
import { columnTypes, decodeColumn } from './decode.js';
import { duckdbError } from './failures.js';
import { loadS3, S3Secret } from './s3-secret.js';

/** The limits and caches of one embedded DuckDB. */
export interface DuckDBSettings {
  readonly threads: number;
  readonly memoryLimitBytes: number;
  /** Folder for spilling; created by DuckDB when needed. */
  readonly spillDir: string;
  /** Keep Parquet footers between queries of this session. */
  readonly parquetMetadataCache: boolean;
  /** To read `s3://`; without it nothing of S3 is loaded. */
  readonly s3?: S3Access;
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
    private readonly secret: S3Secret | null,
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
      return new DuckDBSession(instance, connection, libraryVersion().replace(/^v/, ''), await secretFor(instance, settings.s3));
    });
  }

  /** Runs one statement and drops its result. */
  async execute(sql: string): Promise<void> {
    await this.guarded(() => this.connection.run(sql));
  }

  /** Runs one query and decodes every row, typed. `onComputed` is called when all rows are there, before decoding. */
  async query(sql: string, onComputed?: () => void): Promise<TypedRows> {
    return this.guarded(async () => {
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
    return this.guarded(async () => {
      // The setting is a connection's own, and setting it back and forth would cost more than a small query.
      this.keeping ??= await connectWith(this.instance, { parquetMetadataCache: true });
      return readTyped(await this.keeping.run(sql));
    });
  }

  /** Binds and plans a statement without running it: files are opened, footers read, names checked. */
  async prepare(sql: string): Promise<PreparedStatement> {
    const statement = await this.guarded(() => this.connection.prepare(sql));
    return new PreparedStatement(statement, (work) => this.guarded(work));
  }

  /** For readers that want the column chunks themselves (Arrow). */
  async stream(sql: string): Promise<DuckDBResult> {
    return this.guarded(() => this.connection.stream(sql));
  }

  /** Makes the running statement end with `cancelled`. */
  interrupt(): void {
    this.connection.interrupt();
    this.keeping?.interrupt();
  }

  close(): void {
    this.keeping?.closeSync();
    this.secret?.close();
    this.connection.closeSync();
    this.instance.closeSync();
  }

  private async guarded<T>(work: () => Promise<T>): Promise<T> {
    await this.secret?.renew();
    return guarded(work);
  }
}

/** On a connection of its own: the other one may be in the middle of a statement. */
async function secretFor(instance: DuckDBInstance, access: S3Access | undefined): Promise<S3Secret | null> {
  if (access === undefined) return null;
  const connection = await instance.connect();
  await loadS3(connection, access);
  const secret = new S3Secret(connection, access);
  await secret.renew();
  return secret;
}

/** A statement that is bound; runs once or more. */
export class PreparedStatement {
  constructor(
    private readonly statement: DuckDBPreparedStatement,
    private readonly guarded: <T>(work: () => Promise<T>) => Promise<T>,
  ) {}

  /** Runs it and decodes every row, typed. */
  query(): Promise<TypedRows> {
    return this.guarded(async () => readTyped(await this.statement.run()));
  }

  /** Runs it for readers that want the column chunks themselves. */
  stream(): Promise<DuckDBResult> {
    return this.guarded(() => this.statement.stream());
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
