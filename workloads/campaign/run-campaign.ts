import { join, resolve } from 'node:path';
import { checkUnchanged } from '../dataset/load.js';
import type { EngineRunner, SessionContext } from '../engines/contract.js';
import { localPlaces } from '../engines/local-places.js';
import { FlowbenchError, messageOf } from '../model/errors.js';
import { ENGINE_FILES_FOLDER } from '../model/names.js';
import type { EngineId, ResultRow } from '../model/result-row.js';
import type { RunRecord } from '../model/run-record.js';
import type { SessionRecord } from '../model/session-record.js';
import { isS3Uri, joinUri } from '../model/storage-uri.js';
import { openRunStore, type StorageOf } from '../results/open-run.js';
import type { RunStore } from '../results/run-store.js';
import type { StoredRun } from '../results/stored-run.js';
import type { Bench } from './bench.js';
import { chosenTiers, planSessions, sessionId, type SessionPlan } from './cells.js';
import { describeRun, type RunProgram } from './describe-run.js';
import { measureSequentially } from './measure.js';
import { memoryBudgetBytes } from './memory-budget.js';
import type { CampaignOptions } from './options.js';
import { prepare, type Prepared } from './prepare.js';
import type { Progress } from './progress.js';
import { checkResumable, type ResumedRun } from './resume.js';
import { measureRotated } from './rotation.js';
import { lockRun } from './run-lock.js';
import { clusterIdOf, nodeShapeOf } from './run-place.js';
import { Trust } from './trust.js';

/** What to run: new options, or a run to go on with. */
export type CampaignRequest =
  | {
      readonly kind: 'new';
      readonly options: CampaignOptions;
      readonly problems: readonly string[];
      /** Default: one made from the time. Refused where there is a run of this id already. */
      readonly runId?: string;
    }
  | { readonly kind: 'resume'; readonly run: ResumedRun };

/** Where the parts of a session put their files. */
export type SessionPlaces = Pick<SessionContext, 'scratchDir' | 'partialsUri' | 'workerSpillDir'>;

/** Where a campaign runs. */
export interface CampaignContext extends RunProgram {
  readonly signal: AbortSignal;
  readonly progress: Progress;
  readonly log: (line: string) => void;
  readonly runnerOf: (id: EngineId) => EngineRunner;
  /** Told where the rows go, before the first cell. */
  readonly onStart?: (uri: string) => void;
  /** Default: everything in the run's temporary folder, as workers are processes of this machine. */
  readonly sessionPlaces?: (runId: string, sessionId: string, scratchDir: string) => SessionPlaces;
  /**
   * What keeps a second coordinator away: a file in the run's folder (the default), or something that the
   * caller holds. In S3 there is no such file: there a second one is stopped at its first row.
   */
  readonly lock?: 'folder' | 'held';
  /** What open sessions together may use of this machine's memory; default: a share of what it has. */
  readonly memoryBudgetBytes?: number;
  /** Where temporary files of a run in S3 go; default: the system's folder for them. */
  readonly scratchRoot?: string;
  /** Default: by the scheme of a location. */
  readonly storageOf?: StorageOf;
}

export interface CampaignResult {
  /** Where the run is kept: its folder, or `s3://…/runs/<id>`. */
  readonly uri: string;
  readonly record: RunRecord;
  /** All rows of the run, those of an earlier attempt included. */
  readonly rows: readonly ResultRow[];
  /** Every opening of a session in it. */
  readonly sessions: readonly SessionRecord[];
  /** How many rows were measured now. */
  readonly measured: number;
  readonly ended: 'complete' | 'interrupted';
}

/**
 * Measures every cell that is not yet measured, one query at a time, each row stored before the next
 * repetition starts. Throws for what keeps it from starting (exit code 2), and when the dataset changes or
 * a row cannot be stored meanwhile; what was measured before stays.
 */
export async function runCampaign(request: CampaignRequest, context: CampaignContext): Promise<CampaignResult> {
  const options = request.kind === 'new' ? request.options : request.run.options;
  const prepared = await prepare(options, request.kind === 'new' ? request.problems : [], context.runnerOf);
  const fresh = await describeRun(options, prepared, context, request.kind === 'new' ? request.runId : undefined);
  const record = request.kind === 'new' ? fresh : request.run.stored.record;
  if (request.kind === 'resume') checkResumable(record, fresh);
  const uri = request.kind === 'new' ? joinUri(options.outDir, record.run_id) : request.run.stored.uri;
  const store = openRunStore(uri, { storageOf: context.storageOf, scratchRoot: context.scratchRoot });
  return whileOpen(store, context, async () => {
    if (request.kind === 'new') await store.writeRecord(record);
    context.onStart?.(uri);
    const earlier = request.kind === 'new' ? { rows: [], sessions: [] } : request.run.stored;
    return measureAll({ options, prepared, record, store, earlier }, context);
  });
}

/** Holds the run's lock, and ends the writing whatever happens; a failure of the work is told before one of ending. */
async function whileOpen<T>(store: RunStore, context: CampaignContext, work: () => Promise<T>): Promise<T> {
  const unlock = context.lock === 'held' || isS3Uri(store.uri) ? undefined : lockRun(store.uri);
  let hasFailed = true;
  try {
    const result = await work();
    hasFailed = false;
    return result;
  } finally {
    try {
      await store.close();
    } catch (error) {
      if (!hasFailed) throw error;
      context.log(`The rows of the run are stored, but not put together: ${error instanceof FlowbenchError ? error.sentence : messageOf(error)}`);
    } finally {
      unlock?.();
    }
  }
}

interface Work {
  readonly options: CampaignOptions;
  readonly prepared: Prepared;
  readonly record: RunRecord;
  readonly store: RunStore;
  readonly earlier: Pick<StoredRun, 'rows' | 'sessions'>;
}

async function measureAll(work: Work, context: CampaignContext): Promise<CampaignResult> {
  const { options, prepared, record, store } = work;
  const plans = planSessions(options, prepared.runners, record.dataset_id, record.protocol_id);
  for (const runner of prepared.runners.filter((one) => chosenTiers(one, options.tiers).length === 0)) {
    context.log(`${runner.id} is not measured: it has none of the tiers ${options.tiers.join(', ')}, only ${runner.tiers.join(', ')}.`);
  }
  const rows = [...work.earlier.rows];
  const sessions = [...work.earlier.sessions];
  const bench = makeBench(work, context, {
    store: async (row, units) => {
      await store.append(row, units);
      rows.push(row);
    },
    storeSession: async (session) => {
      await store.appendSession(session);
      sessions.push(session);
    },
    nextOpening: (id) => 1 + sessions.filter((session) => session.session_id === id).length,
  });
  try {
    const ended = await (options.order === 'rotated' ? measureRotated(plans, bench) : measureSequentially(plans, bench));
    return { uri: store.uri, record, rows, sessions, measured: rows.length - work.earlier.rows.length, ended };
  } finally {
    context.progress.end();
  }
}

function makeBench(work: Work, context: CampaignContext, keeping: Pick<Bench, 'store' | 'storeSession' | 'nextOpening'>): Bench {
  const { options, prepared, record } = work;
  const stored = new Map<string, ResultRow[]>();
  for (const row of work.earlier.rows) stored.set(row.cell_id, [...(stored.get(row.cell_id) ?? []), row]);
  return {
    run: { runId: record.run_id, scaleFactor: record.scale_factor, nodeShape: nodeShapeOf(record), clusterId: clusterIdOf(record), prices: record.prices },
    trust: new Trust(prepared.dataset, prepared.answers),
    texts: prepared.texts,
    runs: options.runs,
    timeoutMs: options.timeoutMs,
    seed: options.seed,
    memoryBudgetBytes: context.memoryBudgetBytes ?? memoryBudgetBytes(),
    signal: context.signal,
    stored,
    ...keeping,
    contextOf: (plan) => sessionContext(plan, work, context),
    checkData: () => checkUnchanged(prepared.dataset),
    progress: context.progress,
    log: context.log,
  };
}

function sessionContext(plan: SessionPlan, { options, prepared, record, store }: Work, context: CampaignContext): SessionContext {
  const id = sessionId(plan);
  // Sessions are open beside each other: each has a folder to itself.
  const scratchDir = join(store.scratchDir, id);
  const places = context.sessionPlaces ?? ((_runId: string, _sessionId: string, dir: string) => localPlaces(dir));
  return {
    dataset: prepared.dataset,
    runId: record.run_id,
    workers: plan.workers,
    threadsPerWorker: plan.threadsPerWorker,
    memoryLimitBytes: plan.memoryLimitBytes,
    variant: plan.variant,
    tier: plan.tier,
    executor: plan.executor,
    assignment: plan.assignment,
    sessionId: id,
    ...places(record.run_id, id, scratchDir),
    // An engine's own process may have another working directory.
    artifactsUri: joinUri(isS3Uri(store.uri) ? store.uri : resolve(store.uri), ENGINE_FILES_FOLDER, id),
    signal: context.signal,
    seed: options.seed,
    log: context.log,
  };
}
