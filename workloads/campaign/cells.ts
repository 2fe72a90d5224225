import type { EngineRunner, ExecutorKind } from '../engines/contract.js';
import { cellId, type CellKey, type CellStatus, type ResultRow } from '../model/result-row.js';
import type { QueryId } from '../model/queries.js';
import type { CampaignOptions } from './options.js';

/** One question: a query asked of an engine in one way. It is repeated `runs` times. */
export interface Cell {
  readonly id: string;
  readonly query: QueryId;
  readonly key: CellKey;
  /** Of its engine: whether it has work units, whose reading is to be proved. */
  readonly scaling: EngineRunner['scaling'];
}

/** The cells that share one open session of an engine. */
export interface SessionPlan {
  readonly runner: EngineRunner;
  readonly variant: string;
  readonly tier: string;
  /** 2 for the second series of the null run. */
  readonly replica: 1 | 2;
  readonly executor: ExecutorKind | null;
  readonly assignment: 'balanced' | 'contiguous' | 'random' | null;
  readonly workers: number;
  readonly threadsPerWorker: number;
  /** Of one worker. */
  readonly memoryLimitBytes: number;
  readonly cells: readonly Cell[];
}

/**
 * The matrix of a campaign: engines × variants × tiers × executors × assignments × workers × queries. A
 * single-process engine runs once per query, with its own threads and as much memory as the largest number
 * of workers has in all. The first series of the null run's engine is there twice.
 */
export function planSessions(options: CampaignOptions, runners: readonly EngineRunner[], datasetId: string, protocolId: string): SessionPlan[] {
  const settings = runners.flatMap((runner) =>
    chosenVariants(runner, options.variants).flatMap((variant) =>
      chosenTiers(runner, options.tiers).flatMap((tier) => settingsFor(runner, options).map((setting) => ({ runner, variant, tier, replica: 1 as const, ...setting }))),
    ),
  );
  const first = settings.find(({ runner }) => runner.id === options.nullRun);
  const all = first === undefined ? settings : [...settings, { ...first, replica: 2 as const }];
  return all.map((setting) => ({ ...setting, cells: cellsOf(setting, options, datasetId, protocolId) }));
}

function cellsOf(setting: Omit<SessionPlan, 'cells'>, options: CampaignOptions, datasetId: string, protocolId: string): Cell[] {
  return options.queries.map((query) => {
    const key: CellKey = {
      dataset_id: datasetId, protocol_id: protocolId, engine: setting.runner.id, variant: setting.variant, tier: setting.tier, replica: setting.replica,
      executor: setting.executor, assignment: setting.assignment, workers: setting.workers, threads_per_worker: setting.threadsPerWorker, query,
    };
    return { id: cellId(key), query, key, scaling: setting.runner.scaling };
  });
}

/** Names a session within its run, in characters that any system takes: `flow-warm-balanced-off-2-1a2b3c`. */
export function sessionId(plan: SessionPlan): string {
  const tier = plan.tier === DEFAULT_TIER ? null : plan.tier;
  const replica = plan.replica === 1 ? null : `again`;
  const parts = [plan.runner.id, plan.executor, plan.assignment, plan.variant.split('=').at(-1), tier, plan.workers, replica].filter((part) => part != null);
  return `${parts.join('-')}-${(plan.cells[0]?.id ?? '').slice(0, 6)}`;
}

/** `flow warm balanced metadata-cache=off N=2 Q14`. */
export function cellName({ key }: Cell): string {
  return `${seriesName(key)} ${key.query}`;
}

/** `flow warm balanced metadata-cache=off N=2`. */
export function seriesName(key: Cell['key']): string {
  const place = key.executor === null ? [] : [key.executor, key.assignment];
  const tier = key.tier === DEFAULT_TIER ? [] : [key.tier];
  return [key.engine, ...place, key.variant, ...tier, `N=${key.workers}`, ...(key.replica === 1 ? [] : ['again'])].join(' ');
}

const DEFAULT_TIER = 'default';
/** The usual one of an engine, whatever it is called. */
const DEFAULT_VARIANT = 'default';
const ALL = 'all';

/** The variants that the words of `--variants` name: `default` for the engine's first, `all`, a whole name, or the value of the switch. */
export function chosenVariants(runner: EngineRunner, words: readonly string[]): string[] {
  return runner.variants.filter((variant, index) => words.some((word) => (word === DEFAULT_VARIANT && index === 0) || namesVariant(word, variant)));
}

function namesVariant(word: string, variant: string): boolean {
  return word === ALL || word === variant || variant.endsWith(`=${word}`);
}

/** The tiers of `--tiers` that the engine has; none where it has none of them. */
export function chosenTiers(runner: EngineRunner, words: readonly string[]): string[] {
  return runner.tiers.filter((tier) => words.includes(tier) || words.includes(ALL));
}

/** What is asked of engines that they do not have, one sentence each. */
export function seriesProblems({ variants, tiers }: CampaignOptions, runners: readonly EngineRunner[]): string[] {
  if (runners.length === 0) return [];
  const nameless = runners.filter((runner) => chosenVariants(runner, variants).length === 0);
  const strangers = variants.filter((word) => word !== DEFAULT_VARIANT && !runners.some((runner) => runner.variants.some((variant) => namesVariant(word, variant))));
  const unknown = tiers.filter((tier) => tier !== ALL && !runners.some((runner) => runner.tiers.includes(tier)));
  const known = [...new Set(runners.flatMap((runner) => runner.tiers))];
  return [
    ...nameless.map((runner) => `--variants ${variants.join(',')} names none of the variants of ${runner.id}; it has: ${runner.variants.join(', ')}; or say all, or default for the first.`),
    ...(nameless.length > 0 ? [] : strangers.map((word) => `--variants ${word} is a variant of none of the engines ${runners.map(({ id }) => id).join(', ')}.`)),
    ...unknown.map((tier) => `--tiers ${tier} is a tier of none of the engines ${runners.map(({ id }) => id).join(', ')}; they have: ${known.join(', ')}.`),
  ];
}

function settingsFor(runner: EngineRunner, options: CampaignOptions): Setting[] {
  switch (runner.scaling) {
    case 'fixed':
      return [singleProcess(options)];
    case 'units':
      return distributed(runner, options);
    case 'cores':
      return options.workers.map((workers) => ({
        executor: null, assignment: null, workers, threadsPerWorker: options.threadsPerWorker, memoryLimitBytes: options.memoryPerWorkerBytes,
      }));
  }
}

type Setting = Omit<SessionPlan, 'runner' | 'variant' | 'tier' | 'replica' | 'cells'>;

function singleProcess(options: CampaignOptions): Setting {
  return {
    executor: null,
    assignment: null,
    workers: 1,
    threadsPerWorker: options.duckdbThreads,
    memoryLimitBytes: options.memoryPerWorkerBytes * Math.max(...options.workers),
  };
}

function distributed(runner: EngineRunner, options: CampaignOptions): Setting[] {
  return executorsFor(runner, options).flatMap((executor) =>
    options.assignments.flatMap((assignment) =>
      options.workers.map((workers) => ({
        executor,
        assignment,
        workers,
        threadsPerWorker: options.threadsPerWorker,
        memoryLimitBytes: options.memoryPerWorkerBytes,
      })),
    ),
  );
}

function executorsFor({ executors }: EngineRunner, asked: CampaignOptions): readonly ExecutorKind[] {
  if (executors === undefined) return asked.executors;
  const both = asked.executors.filter((executor) => executors.includes(executor));
  return both.length > 0 ? both : executors.slice(0, 1);
}

/** The engine gave no answer: nothing was measured, and asking again would most likely cost as much again. */
export function endsCell(status: CellStatus): boolean {
  return status !== 'ok' && status !== 'wrong_answer';
}

/** Repetitions of a cell that are still to be measured, given its rows so far. */
export function remainingRepetitions(rows: readonly ResultRow[], runs: number): number[] {
  if (rows.some((row) => endsCell(row.status))) return [];
  const done = new Set(rows.map((row) => row.repetition));
  return Array.from({ length: runs }, (_, index) => index + 1).filter((repetition) => !done.has(repetition));
}
