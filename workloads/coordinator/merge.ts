import { rowsOf, scanOf } from '../dataset/source.js';
import { quoteLiteral, readParquet, withSources } from '../duckdb/compose.js';
import type { DuckDBSession } from '../duckdb/session.js';
import { FlowbenchError, messageOf } from '../model/errors.js';
import type { TypedRows } from '../model/typed-rows.js';
import { bucketUri } from '../model/work-unit.js';
import type { WorkerMetrics } from '../model/worker-metrics.js';
import type { Reads, StageContext } from '../tpch/plan.js';
import { readEntries, type DatasetIndex } from './dataset-index.js';
import type { PlannedStage, QueryPlan } from './plan.js';

/** Every file of a stage's partials, with the rows their workers say they wrote. */
export interface StagePartials {
  readonly stage: number;
  readonly uris: readonly string[];
  readonly rows: number;
}

/**
 * The files a stage must have left: one for each bucket of each planned unit, whatever was reported.
 * Throws `storage_read` when the reports do not cover exactly those.
 */
export function partialsOf(stage: PlannedStage, reports: readonly WorkerMetrics[]): StagePartials {
  const planned = stage.units.flatMap(({ output }) =>
    Array.from({ length: output.buckets }, (_, bucket) => bucketUri(output.uri, bucket, output.buckets)));
  const reported = new Map(reports.flatMap((metrics) => metrics.output_files).map((file) => [file.uri, file.rows]));
  const lost = planned.filter((uri) => !reported.has(uri));
  if (lost.length > 0 || reported.size !== planned.length || reports.length !== stage.units.length) {
    throw new FlowbenchError('storage_read', `Stage ${stage.id} has ${reported.size} partial files of ${reports.length} work units where ${planned.length} of ${stage.units.length} were planned${lost.length > 0 ? `: ${lost[0]} is missing` : ''}.`);
  }
  return { stage: stage.id, uris: planned, rows: [...reported.values()].reduce((sum, rows) => sum + rows, 0) };
}

/** Puts the partials of one query together, in the coordinator's own session. */
export class Merger {
  private readonly partials = new Map<number, StagePartials>();
  private readonly context: StageContext;

  constructor(
    private readonly session: DuckDBSession,
    private readonly datasetUri: string,
    private readonly index: DatasetIndex,
    private readonly plan: QueryPlan,
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
      counted = (await this.session.query(`SELECT count(*) FROM (${this.stageSource(partials.stage)})`)).rows[0]?.[0];
    } catch (cause) {
      throw new FlowbenchError('storage_read', `The partials of stage ${partials.stage} cannot be read: ${messageOf(cause)}`, { cause });
    }
    if (Number(counted) === partials.rows) return;
    throw new FlowbenchError('storage_read', `The partials of stage ${partials.stage} hold ${counted} rows, but their workers wrote ${partials.rows}.`);
  }

  /** Makes the side inputs that a stage's units read. */
  async makeSideInputs(stage: PlannedStage): Promise<void> {
    for (const { input, uri } of stage.sideInputs) {
      const sql = withSources(this.sources([input.fromStage], input.reads), input.reduceSql);
      await this.session.execute(`COPY (${sql}) TO ${quoteLiteral(uri)} (FORMAT parquet)`);
    }
  }

  /** The query's rows: exactly its columns, in its order. `onComputed` is called before they are decoded. */
  async final(onComputed?: () => void): Promise<TypedRows> {
    const { final } = this.plan.shardPlan;
    return this.session.query(withSources(this.sources(final.inputs, final.reads), final.sql(this.context)), onComputed);
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
