import { rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import type { UnitFailure } from '../../coordinator/executor.js';
import { checkLimits, type Limits } from '../../coordinator/interrupt.js';
import { planShares, type QueryPlan } from '../../coordinator/plan.js';
import { processUsage, usageSince, type ProcessUsage } from '../../coordinator/process-usage.js';
import { requireInvariants } from '../../coordinator/prune.js';
import { bytesExchanged, maxOverUnits, workerBusyMs } from '../../coordinator/run-measures.js';
import { FlowbenchError, messageOf } from '../../model/errors.js';
import type { StageTimes } from '../../model/result-row.js';
import { joinUri } from '../../model/storage-uri.js';
import type { TypedRows } from '../../model/typed-rows.js';
import { storageOf } from '../../storage/storage-of.js';
import { queryText } from '../../tpch/query-text.js';
import { TABLE_NAMES } from '../../tpch/schema.js';
import { shardPlan } from '../../tpch/shard-plans.js';
import type { CoverageEvidence, EngineSession, OpenStages, Parity, Precision, QueryFailure, QueryOutcome, QueryText, RunOptions, Usage } from '../contract.js';
import { failureOf, statusOfUnit } from '../failures.js';
import { runInUnits, scansOf, type UnitSession } from '../run-in-units.js';
import { readArrowAnswer, typedRows } from './arrow-answer.js';
import { emptyAnswer } from './empty-answer.js';
import { EmatixExecutor } from './executor.js';
import { endedChildrenCpuMs } from './processors.js';
import type { ShardFiles } from './shard-files.js';
import type { UnitRun, Units } from './units.js';

/** What an open session is made of. */
export interface EmatixParts extends UnitSession {
  readonly units: Units;
  readonly files: ShardFiles;
  readonly version: string;
  readonly settings: Readonly<Record<string, string>>;
}

/** ematix-flow, asked through `flow run-shard`: the whole query of one process, or the suite's partials of several, merged here. */
export class EmatixSession implements EngineSession {
  readonly version: string;
  readonly label: string;
  readonly settings: Readonly<Record<string, string>>;
  readonly resultCache = 'ematix-flow runs each unit in a process of its own, which keeps nothing';
  private readonly logs = new Map<string, string>();

  constructor(
    private readonly parts: EmatixParts,
    readonly parity: Parity,
    readonly openMs: number,
    readonly openStages: OpenStages,
  ) {
    this.version = parts.version;
    this.label = `ematix-flow ${parts.version}`;
    this.settings = parts.settings;
  }

  precision(): Precision {
    return { kind: 'double', why: 'the money and quantity columns of this dataset are DOUBLE, the only ones that ematix-flow computes rightly on' };
  }

  async run(query: QueryText, options: RunOptions): Promise<QueryOutcome> {
    this.logs.clear();
    const startedAt = performance.now();
    const limits = { deadlineAtMs: startedAt + options.timeoutMs, signal: options.signal };
    const outcome = this.parts.context.workers === 1 ? await this.whole(query, options, limits, startedAt) : await this.sharded(query, options, limits, startedAt);
    return outcome.status === 'ok' ? outcome : { ...outcome, ...(await this.keepLog(query, options)) };
  }

  async tidy(): Promise<void> {
    await this.parts.places.tidy();
  }

  async close(): Promise<void> {
    await closeParts(this.parts);
  }

  private async whole(query: QueryText, options: RunOptions, limits: Limits, startedAt: number): Promise<QueryOutcome> {
    const { files, units } = this.parts;
    const { driver } = shardPlan(query.id);
    const before = usedSoFar();
    const stages: { -readonly [Stage in keyof StageTimes]?: StageTimes[Stage] } = {};
    try {
      checkLimits(limits);
      const order = { id: `wu-${query.id}-${options.repetition}`, sql: query.text, tables: tablesIn(query.text), folder: files.folderOf(driver, 0) };
      const run = await units.run(order, 0, { timeoutMs: limits.deadlineAtMs - performance.now(), signal: limits.signal });
      this.note(`${query.id}-${options.repetition}`, run);
      if (!run.verdict.ok) return failureOfUnit(run.verdict.failure, { scan_ms: run.end.elapsedMs });
      const { report } = run.verdict;
      Object.assign(stages, { spawn_ms: Math.max(0, run.end.elapsedMs - report.wall_ms), open_ms: report.decode_ms, scan_ms: report.exec_ms, write_ms: report.output_write_ms });
      const endedAt = performance.now();
      const rows = await this.decode(order, run, report.rows_out);
      const durationMs = performance.now() - startedAt;
      stages.fetch_ms = performance.now() - endedAt;
      return { status: 'ok', rows, durationMs, stages, engineMs: report.wall_ms, coverage: this.wholeCoverage(query, order.id), usage: usageOf(before, { bytesExchanged: 0, maxRssBytes: run.end.peakBytes, workerBusyMs: [report.wall_ms] }) };
    } catch (error) {
      return failureOf(error, stages);
    }
  }

  private async decode({ sql, tables }: { readonly sql: string; readonly tables: readonly string[] }, { outputPath }: UnitRun, rowsSaid: number | null): Promise<TypedRows> {
    try {
      const answer = await readArrowAnswer(outputPath);
      if (rowsSaid !== answer.rows) throw new FlowbenchError('query_failed', `ematix-flow reports ${rowsSaid} rows and wrote ${answer.rows}.`);
      return answer.columns.length === 0 ? await emptyAnswer(sql, tables, this.parts) : typedRows(answer);
    } finally {
      await rm(outputPath, { force: true });
    }
  }

  private sharded(query: QueryText, options: RunOptions, limits: Limits, startedAt: number): Promise<QueryOutcome> {
    const { session, index, context, scratchDir, files, units, version } = this.parts;
    const before = usedSoFar();
    const executor = new EmatixExecutor({ units, files, session, index, version, sideDir: `${scratchDir}/sides`, onRun: (unit, run) => { this.note(unit, run); } });
    return runInUnits(this.parts, {
      name: `${query.id}-${options.repetition}`,
      startedAt,
      limits,
      executor,
      plan: (outputDir) => this.plan(query, outputDir),
      account: (plan, progress) => {
        const known = { bytesExchanged: bytesExchanged(progress), maxRssBytes: maxOverUnits(progress, (metrics) => metrics.max_rss_bytes), workerBusyMs: workerBusyMs(progress, context.workers) };
        return { usage: usageOf(before, known), coverage: { expects: 'all', stages: scansOf(plan, progress) } };
      },
    });
  }

  private plan(query: QueryText, outputDir: string): QueryPlan {
    const { context, index, files } = this.parts;
    if (query.text !== queryText(query.id, context.dataset.manifest.scale_factor)) {
      throw new FlowbenchError('plan_unsupported', `There is a shard plan of ${query.id} in the suite's own text only, and another was given.`);
    }
    const plan = shardPlan(query.id);
    requireInvariants(plan, index.invariants);
    return planShares(plan, index, files.assignment(plan.driver), {
      runId: context.runId, datasetUri: context.dataset.uri, outputDir, spillDir: context.workerSpillDir, threadsPerWorker: context.threadsPerWorker,
      memoryLimitBytes: context.memoryLimitBytes, parquetMetadataCache: false,
    });
  }

  /** One process had every file whole, for each scan of the query. */
  private wholeCoverage(query: QueryText, unitId: string): CoverageEvidence {
    const { driver, stages } = shardPlan(query.id);
    const { rowGroups, rows } = this.parts.files.cutOf(driver, 0);
    const planned = this.parts.files.assignment(driver).surviving;
    const scans = stages.filter(({ kind }) => kind === 'scan');
    return { expects: 'all', stages: scans.map(({ id }) => ({ stage: id, table: driver, planned, units: [{ unitId, node: hostname(), rowGroups, rowsIn: rows }] })) };
  }

  private note(name: string, { end }: UnitRun): void {
    this.logs.set(name, end.log);
  }

  /** What the program logged of a query that failed, kept beside the rows. */
  private async keepLog({ id }: QueryText, { repetition }: RunOptions): Promise<{ traceLink?: string }> {
    const { artifactsUri } = this.parts.context;
    const text = [...this.logs].filter(([, log]) => log !== '').map(([name, log]) => `== ${name}\n${log}`).join('\n');
    if (artifactsUri === undefined || text === '') return {};
    const uri = joinUri(artifactsUri, `${id}-${repetition}-${this.parts.context.sessionId}.log.txt`);
    try {
      await storageOf(uri).write(uri, text);
      return { traceLink: uri };
    } catch (error) {
      this.parts.context.log(`ematix: the log of ${id} could not be kept (${messageOf(error)})`);
      return {};
    }
  }
}

/** Removes all that the session made. */
export async function closeParts({ session, scratchDir, places }: Pick<EmatixParts, 'session' | 'scratchDir' | 'places'>): Promise<void> {
  session.close();
  await rm(scratchDir, { recursive: true, force: true });
  await places.close();
}

/** Tables of the suite that a text names, whatever else it calls so: one too many is opened and not read. */
export function tablesIn(text: string): string[] {
  const words = text.replace(/'[^']*'/g, '');
  return TABLE_NAMES.filter((table) => new RegExp(`\\b${table}\\b`, 'i').test(words));
}

function failureOfUnit(failure: UnitFailure, stages: Partial<StageTimes>): QueryFailure {
  return { status: statusOfUnit(failure), error: failure.message, stages };
}

interface UsedSoFar {
  readonly own: ProcessUsage;
  readonly childrenCpuMs: number | null;
}

function usedSoFar(): UsedSoFar {
  return { own: processUsage(), childrenCpuMs: endedChildrenCpuMs() };
}

/** Of this process and of those it started and that have ended: the system adds what they read to its own. */
function usageOf(before: UsedSoFar, known: Pick<Usage, 'bytesExchanged' | 'maxRssBytes' | 'workerBusyMs'>): Usage {
  const own = usageSince(before.own);
  const children = endedChildrenCpuMs();
  return { ...known, bytesRead: own.bytesRead, cpuMs: children === null || before.childrenCpuMs === null ? null : own.cpuMs + children - before.childrenCpuMs, nodesUsed: 1 };
}
