import { randomUUID } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { rowsOf, scanOf } from '../dataset/source.js';
import { quoteLiteral, readParquet, withSources } from '../duckdb/compose.js';
import type { DuckDBSession } from '../duckdb/session.js';
import { FlowbenchError, messageOf } from '../model/errors.js';
import type { TypedRows } from '../model/typed-rows.js';
import { isS3Uri } from '../model/storage-uri.js';
import { retrying } from '../storage/retry.js';
import type { RetrySettings } from '../storage/retry-settings.js';
import { storageOf } from '../storage/storage-of.js';
import type { Reads, StageContext } from '../tpch/plan.js';
import type { CommittedUnit } from './committed.js';
import { readEntries, type DatasetIndex } from './dataset-index.js';
import type { PlannedStage, QueryPlan } from './plan.js';

/** Every file of a stage's partials, with the rows their workers say they wrote. */
export interface StagePartials {
  readonly stage: number;
  readonly uris: readonly string[];
  readonly rows: number;
}

/**
 * The files a stage must have left: one for each bucket of each planned unit, each once.
 * Throws `storage_read` when the committed units do not cover exactly those.
 */
export function partialsOf(stage: PlannedStage, committed: readonly CommittedUnit[]): StagePartials {
  const uris = committed.flatMap(({ files }) => files);
  const lost = stage.units.filter(({ id }) => !committed.some(({ unit }) => unit.id === id));
  const planned = stage.units.reduce((sum, { output }) => sum + output.buckets, 0);
  if (lost.length > 0 || new Set(uris).size !== planned || uris.length !== planned || committed.length !== stage.units.length) {
    throw new FlowbenchError('storage_read', `Stage ${stage.id} has ${new Set(uris).size} partial files of ${committed.length} work units where ${planned} of ${stage.units.length} were planned${lost.length > 0 ? `: that of ${lost[0]?.id} is missing` : ''}.`);
  }
  return { stage: stage.id, uris, rows: committed.reduce((sum, { metrics }) => sum + metrics.output_files.reduce((rows, file) => rows + file.rows, 0), 0) };
}

const STATEMENT_RETRY: RetrySettings = { budgetMs: 45_000, firstDelayMs: 100, maxDelayMs: 2_000 };

/** Puts the partials of one query together, in the coordinator's own session. */
export class Merger {
  private readonly partials = new Map<number, StagePartials>();
  private readonly context: StageContext;

  constructor(
    private readonly session: DuckDBSession,
    private readonly datasetUri: string,
    private readonly index: DatasetIndex,
    private readonly plan: QueryPlan,
    /** Folder of this machine for side inputs that go to S3; made when it is missing. */
    private readonly scratchDir: string,
  ) {
    const { scale_factor: scaleFactor, numeric, invariants } = index.manifest;
    this.context = { scaleFactor, numeric, invariants, params: {} };
  }

  /**
   * Takes over a stage's partials after counting their rows through the very expression they will be read
   * by: a file that is missing, cut short or dropped on the way is a `storage_read` error here, and never
   * a smaller answer.
   */
  async add(partials: StagePartials): Promise<void> {
    this.partials.set(partials.stage, partials);
    let counted: string | null | undefined;
    try {
      counted = (await this.trying(() => this.session.query(`SELECT count(*) FROM (${this.stageSource(partials.stage)})`))).rows[0]?.[0];
    } catch (cause) {
      throw new FlowbenchError('storage_read', `The partials of stage ${partials.stage} cannot be read: ${messageOf(cause)}`, { cause, retryable: cause instanceof FlowbenchError && cause.retryable });
    }
    if (Number(counted) === partials.rows) return;
    throw new FlowbenchError('storage_read', `The partials of stage ${partials.stage} hold ${counted} rows, but their workers wrote ${partials.rows}.`);
  }

  /** Makes the side inputs that a stage's units read. */
  async makeSideInputs(stage: PlannedStage): Promise<void> {
    for (const { input, uri } of stage.sideInputs) {
      const sql = withSources(this.sources([input.fromStage], input.reads), input.reduceSql);
      if (isS3Uri(uri)) await this.upload(sql, uri);
      else await this.copy(sql, uri);
    }
  }

  private async copy(sql: string, path: string): Promise<void> {
    await this.trying(() => this.session.execute(`COPY (${sql}) TO ${quoteLiteral(path)} (FORMAT parquet)`));
  }

  /**
   * Through a local file, so that workers see it whole. One that is there was made from the same partials by a
   * coordinator before this one, and its workers may be reading it: it stays.
   */
  private async upload(sql: string, uri: string): Promise<void> {
    const path = join(this.scratchDir, `side-${randomUUID()}.parquet`);
    await mkdir(this.scratchDir, { recursive: true });
    try {
      await this.copy(sql, path);
      await storageOf(uri).upload(path, uri, { ifAbsent: true });
    } finally {
      await rm(path, { force: true });
    }
  }

  /** The query's rows: exactly its columns, in its order. `onComputed` is called before they are decoded. */
  async final(onComputed?: () => void): Promise<TypedRows> {
    const { final } = this.plan.shardPlan;
    const sql = withSources(this.sources(final.inputs, final.reads), final.sql(this.context));
    return this.trying(() => this.session.query(sql, onComputed));
  }

  /** A store that does not answer for a while is waited for here as at the workers. A statement that was interrupted is not repeated. */
  private trying<T>(statement: () => Promise<T>): Promise<T> {
    return retrying(statement, STATEMENT_RETRY);
  }

  private sources(stages: readonly number[], reads: Reads): Map<string, string> {
    const sources = new Map<string, string>();
    for (const stage of stages) sources.set(`stage_${stage}`, this.stageSource(stage));
    for (const [name, columns] of readEntries(reads)) {
      sources.set(name, rowsOf(scanOf(this.datasetUri, name, this.index.table(name).table, 'all'), columns));
    }
    return sources;
  }

  private stageSource(stage: number): string {
    const partials = this.partials.get(stage);
    if (partials === undefined) throw new FlowbenchError('internal', `The partials of stage ${stage} of ${this.plan.query} are read before they are made.`);
    return `SELECT * FROM ${readParquet(partials.uris)}`;
  }
}
