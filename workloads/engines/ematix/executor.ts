import { rm, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { bucketsOf } from '../../coordinator/committed.js';
import type { DatasetIndex } from '../../coordinator/dataset-index.js';
import type { ExecuteOptions, UnitFailure, UnitOutcome, WorkUnitExecutor } from '../../coordinator/executor.js';
import { readParquet, quoteLiteral, withSources } from '../../duckdb/compose.js';
import type { DuckDBSession } from '../../duckdb/session.js';
import { FlowbenchError } from '../../model/errors.js';
import type { WorkerMetrics } from '../../model/worker-metrics.js';
import type { WorkUnitV2 } from '../../model/work-unit.js';
import { shardPlan } from '../../tpch/shard-plans.js';
import type { ShardPlan, Stage, StageContext } from '../../tpch/plan.js';
import type { TableName } from '../../tpch/schema.js';
import { readArrowAnswer } from './arrow-answer.js';
import { writePartial } from './arrow-partial.js';
import { writeEmptyPartial } from './empty-answer.js';
import type { ShardFiles } from './shard-files.js';
import { folderWithSideInputs } from './side-inputs.js';
import type { UnitReport } from './unit-report.js';
import type { UnitRun, Units } from './units.js';

export interface ExecutorParts {
  readonly units: Units;
  readonly files: ShardFiles;
  /** The coordinator's own engine: it merges buckets, and writes side inputs in a form that the program reads. */
  readonly session: DuckDBSession;
  readonly index: DatasetIndex;
  /** Folder for what a unit reads besides its shard. */
  readonly sideDir: string;
  readonly version: string;
  /** Told of every process, with what it was for. */
  readonly onRun: (name: string, run: UnitRun) => void;
}

/**
 * Carries out the suite's work units by ematix-flow, a process each: the partial's SQL over the shard's own files,
 * and its Arrow answer written again as the Parquet that the merge reads. Buckets are merged here: they belong to
 * the merge, and are ours.
 */
export class EmatixExecutor implements WorkUnitExecutor {
  readonly kind = 'process';

  constructor(private readonly parts: ExecutorParts) {}

  start(): Promise<void> {
    return Promise.resolve();
  }

  async execute(units: readonly WorkUnitV2[], options: ExecuteOptions): Promise<UnitOutcome[]> {
    if (units.every((unit) => unit.stage.kind === 'merge_bucket')) {
      const outcomes: UnitOutcome[] = [];
      for (const unit of units) outcomes.push(await this.merge(unit));
      return outcomes;
    }
    // When one has failed its query has, and the others would be waited for in vain.
    const failed = new AbortController();
    const signal = AbortSignal.any([options.signal, failed.signal]);
    const outcomes = await Promise.all(units.map(async (unit, position) => {
      const outcome = await this.scan(unit, position, { ...options, signal });
      if (!outcome.result.ok) failed.abort();
      return outcome;
    }));
    return options.signal.aborted ? outcomes : causeFirst(outcomes);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  private async scan(unit: WorkUnitV2, position: number, options: ExecuteOptions): Promise<UnitOutcome> {
    const startedAt = performance.now();
    const { plan, stage } = stageOf(unit);
    const sql = stage.sql(this.contextOf(unit)).trim();
    const folder = await folderWithSideInputs(unit, this.parts.files.folderOf(plan.driver, position), this.parts);
    const order = { id: unit.id, sql, tables: [...unit.input.tables, ...unit.input.side_inputs.map(({ name }) => name)], folder };
    const run = await this.parts.units.run(order, position, options);
    this.parts.onRun(`${options.name}-${position}`, run);
    if (!run.verdict.ok) return this.ended(unit, startedAt, run, { ok: false, failure: run.verdict.failure });
    try {
      const rows = await this.writeOutput(unit, run, sql, stage);
      return this.ended(unit, startedAt, run, { ok: true, metrics: await this.metricsOf(unit, position, plan.driver, run, run.verdict.report, rows, startedAt) });
    } catch (error) {
      return this.ended(unit, startedAt, run, { ok: false, failure: failureOf(error) });
    } finally {
      await rm(run.outputPath, { force: true });
    }
  }

  private async writeOutput(unit: WorkUnitV2, run: UnitRun, sql: string, stage: Stage): Promise<number[]> {
    const answer = await readArrowAnswer(run.outputPath);
    const said = run.verdict.ok ? run.verdict.report.rows_out : null;
    if (said !== answer.rows) throw new FlowbenchError('query_failed', `ematix-flow reports ${said} rows of ${unit.id} and wrote ${answer.rows}.`);
    const bucketBy = stage.kind === 'scan' ? stage.bucketBy ?? null : null;
    if (answer.columns.length > 0) return writePartial(answer, { ...unit.output, bucketBy });
    return writeEmptyPartial(unit, sql, this.parts);
  }

  private async merge(unit: WorkUnitV2): Promise<UnitOutcome> {
    const startedAt = performance.now();
    const { stage } = stageOf(unit);
    const sql = withSources(new Map([['partials', `SELECT * FROM ${readParquet(unit.input.partials)}`]]), stage.sql(this.contextOf(unit)));
    const copied = await this.parts.session.query(`COPY (${sql}) TO ${quoteLiteral(unit.output.uri)} (FORMAT parquet, COMPRESSION uncompressed)`);
    const execMs = performance.now() - startedAt;
    const metrics = { ...this.emptyMetrics(unit), wall_ms: execMs, exec_ms: execMs, rows_out: Number(copied.rows[0]?.[0]), output_files: await filesOf(unit, [Number(copied.rows[0]?.[0])]) };
    return { unitId: unit.id, attempts: 1, spawnMs: 0, elapsedMs: execMs, result: { ok: true, metrics } };
  }

  private ended(unit: WorkUnitV2, startedAt: number, run: UnitRun, result: UnitOutcome['result']): UnitOutcome {
    const elapsedMs = performance.now() - startedAt;
    const spawnMs = run.verdict.ok ? Math.max(0, run.end.elapsedMs - run.verdict.report.wall_ms) : 0;
    return { unitId: unit.id, attempts: 1, spawnMs, elapsedMs: elapsedMs - spawnMs, result };
  }

  /** The rows read are those of the shard's file, as its footer tells: the program counts none. */
  private async metricsOf(unit: WorkUnitV2, position: number, driver: TableName, run: UnitRun, report: UnitReport, rows: readonly number[], startedAt: number): Promise<WorkerMetrics> {
    const cut = this.parts.files.cutOf(driver, position);
    const conversionMs = performance.now() - startedAt - run.end.elapsedMs;
    return {
      ...this.emptyMetrics(unit),
      row_groups: { [driver]: [...cut.rowGroups] },
      rows_in: cut.rows,
      rows_out: rows.reduce((sum, count) => sum + count, 0),
      wall_ms: report.wall_ms + conversionMs,
      decode_ms: report.decode_ms,
      exec_ms: report.exec_ms,
      upload_ms: (report.output_write_ms ?? 0) + conversionMs,
      max_rss_bytes: run.end.peakBytes,
      output_files: await filesOf(unit, rows),
    };
  }

  private emptyMetrics(unit: WorkUnitV2): WorkerMetrics {
    return {
      work_unit_id: unit.id, query: unit.query.kind === 'tpch' ? unit.query.id : 'sql', stage: unit.stage.id, row_group_range: null, row_groups: {}, rows_in: null, rows_out: null,
      wall_ms: 0, decode_ms: null, exec_ms: null, upload_ms: null, proof_ms: null, bytes_read: null, bytes_written: null, cpu_ms: null, max_rss_bytes: null,
      output_uri: unit.output.uri, output_files: [], engine: 'ematix-flow', engine_version: this.parts.version, node: hostname(), ignored_options: [], error: null,
    };
  }

  private contextOf(unit: WorkUnitV2): StageContext {
    const { scale_factor: scaleFactor, numeric, invariants } = this.parts.index.manifest;
    return { scaleFactor, numeric, invariants, params: unit.input.params ?? {} };
  }
}

function stageOf(unit: WorkUnitV2): { readonly plan: ShardPlan; readonly stage: Stage } {
  const plan = unit.query.kind === 'tpch' ? shardPlan(unit.query.id) : undefined;
  const stage = plan?.stages.find(({ id }) => id === unit.stage.id);
  if (plan === undefined || stage === undefined) throw new FlowbenchError('internal', `${unit.id} is of no stage of the suite's plans.`);
  return { plan, stage };
}

async function filesOf(unit: WorkUnitV2, rows: readonly number[]): Promise<WorkerMetrics['output_files']> {
  return Promise.all(bucketsOf(unit.output.uri, unit.output.buckets).map(async (uri, bucket) => ({ uri, size_bytes: (await stat(uri)).size, rows: rows[bucket] ?? 0 })));
}

/** Units that were stopped because another had failed are no cause: that one's failure is told for them. */
function causeFirst(outcomes: readonly UnitOutcome[]): UnitOutcome[] {
  for (const { unitId, result } of outcomes) {
    if (result.ok || result.failure.kind === 'cancelled') continue;
    const failure = { ...result.failure, message: `stopped, as ${unitId} failed: ${result.failure.message}` };
    return outcomes.map((outcome) => (!outcome.result.ok && outcome.result.failure.kind === 'cancelled' ? { ...outcome, result: { ok: false, failure } } : outcome));
  }
  return [...outcomes];
}

function failureOf(error: unknown): UnitFailure {
  if (error instanceof FlowbenchError && error.code === 'query_failed') return { kind: 'query_failed', message: error.sentence, exitCode: 0, signal: null };
  throw error;
}
