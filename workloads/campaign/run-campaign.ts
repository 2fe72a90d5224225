import { randomBytes } from 'node:crypto';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { checkUnchanged } from '../dataset/load.js';
import type { EngineRunner } from '../engines/contract.js';
import { localPlaces } from '../engines/local-places.js';
import { FlowbenchError, messageOf } from '../model/errors.js';
import { RESULTS_FILE } from '../model/names.js';
import type { EngineId, ResultRow } from '../model/result-row.js';
import type { RunRecord } from '../model/run-record.js';
import { NdjsonSink } from '../results/ndjson-sink.js';
import { writeRunRecord } from '../results/run-folder.js';
import { planSessions, remainingRepetitions, sessionId, type SessionPlan } from './cells.js';
import { measureSession, type Bench } from './measure.js';
import { settingsOf, type CampaignOptions } from './options.js';
import { prepare, type Prepared } from './prepare.js';
import type { Progress } from './progress.js';
import { hashOf, protocolId } from './protocol.js';
import { hostOf, nodeShapeOf, revisionOf } from './provenance.js';
import { checkResumable, type ResumedRun, type StoredConfig } from './resume.js';
import { lockRun } from './run-lock.js';
import { Trust } from './trust.js';

/** What to run: new options, or a run to go on with. */
export type CampaignRequest =
  | { readonly kind: 'new'; readonly options: CampaignOptions; readonly problems: readonly string[] }
  | { readonly kind: 'resume'; readonly run: ResumedRun };

/** Where a campaign runs. */
export interface CampaignContext {
  readonly flowbenchVersion: string;
  /** Root of the code's work tree, whose revision is recorded. */
  readonly codeRoot: string;
  readonly signal: AbortSignal;
  readonly progress: Progress;
  readonly log: (line: string) => void;
  readonly runnerOf: (id: EngineId) => EngineRunner;
  /** Told where the rows go, before the first cell. */
  readonly onStart?: (dir: string) => void;
}

export interface CampaignResult {
  readonly dir: string;
  readonly record: RunRecord;
  /** All rows of the run, those of an earlier attempt included. */
  readonly rows: readonly ResultRow[];
  /** Rows measured now. */
  readonly measured: number;
  readonly ended: 'complete' | 'interrupted';
}

/**
 * Measures every cell that is not yet measured, one session at a time, each row on disk before the next
 * repetition starts. Throws for what keeps it from starting (exit code 2), and when the dataset changes or
 * a row cannot be stored meanwhile; what was measured before stays.
 */
export async function runCampaign(request: CampaignRequest, context: CampaignContext): Promise<CampaignResult> {
  const options = request.kind === 'new' ? request.options : request.run.options;
  const prepared = await prepare(options, request.kind === 'new' ? request.problems : [], context.runnerOf);
  const fresh = await describeRun(options, prepared, context);
  const record = request.kind === 'new' ? fresh : request.run.stored.record;
  if (request.kind === 'resume') checkResumable(record, fresh);
  const dir = request.kind === 'new' ? makeRunFolder(options.outDir, record.run_id) : request.run.stored.dir;
  const unlock = lockRun(dir);
  try {
    if (request.kind === 'new') writeRunRecord(dir, record);
    context.onStart?.(dir);
    const earlier = request.kind === 'new' ? [] : request.run.stored.rows;
    return await measureAll({ options, prepared, record, dir, earlier }, context);
  } finally {
    rmSync(join(dir, 'scratch'), { recursive: true, force: true });
    unlock();
  }
}

interface Work {
  readonly options: CampaignOptions;
  readonly prepared: Prepared;
  readonly record: RunRecord;
  readonly dir: string;
  readonly earlier: readonly ResultRow[];
}

async function measureAll(work: Work, context: CampaignContext): Promise<CampaignResult> {
  const { options, prepared, record, dir } = work;
  const sessions = planSessions(options, prepared.runners, record.dataset_id, record.protocol_id);
  const rows = [...work.earlier];
  const sink = NdjsonSink.open(join(dir, RESULTS_FILE));
  const bench = makeBench(work, context, (row) => {
    sink.append(row);
    rows.push(row);
  });
  const missing = sessions.flatMap((session) => session.cells.map((cell) => remainingRepetitions(bench.stored.get(cell.id) ?? [], options.runs).length));
  context.progress.begin(missing.filter((count) => count > 0).length, missing.reduce((sum, count) => sum + count, 0));
  try {
    let ended: CampaignResult['ended'] = 'complete';
    for (const session of sessions) {
      await checkUnchanged(prepared.dataset);
      ended = await measureSession(session, bench);
      if (ended === 'interrupted') break;
    }
    return { dir, record, rows, measured: rows.length - work.earlier.length, ended };
  } finally {
    context.progress.end();
    sink.close();
  }
}

function makeBench(work: Work, context: CampaignContext, store: (row: ResultRow) => void): Bench {
  const { options, prepared, record, dir } = work;
  const stored = new Map<string, ResultRow[]>();
  for (const row of work.earlier) stored.set(row.cell_id, [...(stored.get(row.cell_id) ?? []), row]);
  return {
    run: { runId: record.run_id, scaleFactor: record.scale_factor, nodeShape: nodeShapeOf(record.host), prices: record.prices },
    trust: new Trust(prepared.dataset, prepared.answers),
    texts: prepared.texts,
    runs: options.runs,
    timeoutMs: options.timeoutMs,
    signal: context.signal,
    stored,
    store,
    contextOf: (plan: SessionPlan) => ({
      dataset: prepared.dataset,
      runId: record.run_id,
      workers: plan.workers,
      threadsPerWorker: plan.threadsPerWorker,
      memoryLimitBytes: plan.memoryLimitBytes,
      variant: plan.variant,
      executor: plan.executor,
      assignment: plan.assignment,
      sessionId: sessionId(plan),
      ...localPlaces(join(dir, 'scratch')),
      seed: options.seed,
      log: context.log,
    }),
    progress: context.progress,
    log: context.log,
  };
}

/** The record of a run that would start now. */
async function describeRun(options: CampaignOptions, prepared: Prepared, context: CampaignContext): Promise<RunRecord> {
  const { manifest } = prepared.dataset;
  const createdAt = new Date();
  const config: StoredConfig = { options, manifest_sha256: hashOf(manifest), answers_sha256: hashOf([...prepared.answers]) };
  return {
    record_version: 1,
    run_id: `${createdAt.toISOString().replace(/[-:]|\.\d+/g, '')}-${randomBytes(3).toString('hex')}`,
    created_at: createdAt.toISOString(),
    flowbench_version: context.flowbenchVersion,
    ...(await revisionOf(context.codeRoot)),
    config_hash: hashOf(settingsOf(options)),
    config,
    dataset_id: manifest.dataset_id,
    dataset_uri: prepared.dataset.uri,
    scale_factor: manifest.scale_factor,
    protocol_id: protocolId(options),
    image_digests: {},
    prices: prepared.prices,
    host: hostOf(),
  };
}

function makeRunFolder(outDir: string, runId: string): string {
  const dir = join(outDir, runId);
  try {
    mkdirSync(dir, { recursive: true });
    return dir;
  } catch (cause) {
    throw new FlowbenchError('configuration', `The run's folder "${dir}" cannot be made (${messageOf(cause)}).`, { remedy: 'Name a folder that can be written with --out.', cause });
  }
}
