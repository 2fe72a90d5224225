import type { EngineRunner, ExecutorKind } from '../engines/contract.js';
import { cellId, type CellKey, type CellStatus, type ResultRow } from '../model/result-row.js';
import type { QueryId } from '../model/queries.js';
import type { CampaignOptions } from './options.js';

/** One question: a query asked of an engine in one way. It is repeated `runs` times. */
export interface Cell {
  readonly id: string;
  readonly query: QueryId;
  readonly key: CellKey;
}

/** The cells that share one open session of an engine. */
export interface SessionPlan {
  readonly runner: EngineRunner;
  readonly variant: string;
  readonly executor: ExecutorKind | null;
  readonly assignment: 'balanced' | 'contiguous' | 'random' | null;
  readonly workers: number;
  readonly threadsPerWorker: number;
  /** Of one worker. */
  readonly memoryLimitBytes: number;
  readonly cells: readonly Cell[];
}

/**
 * The matrix of a campaign: engines × variants × executors × assignments × workers × queries. A
 * single-process engine runs once per query, with its own threads and as much memory as the largest number
 * of workers has in all.
 */
export function planSessions(options: CampaignOptions, runners: readonly EngineRunner[], datasetId: string, protocolId: string): SessionPlan[] {
  return runners.flatMap((runner) =>
    chosenVariants(runner, options.variants).flatMap((variant) => {
      const settings = settingsFor(runner, options);
      return settings.map((setting): SessionPlan => {
        const base = { dataset_id: datasetId, protocol_id: protocolId, engine: runner.id, variant, tier: 'default', replica: 1 };
        const place = { executor: setting.executor, assignment: setting.assignment, workers: setting.workers, threads_per_worker: setting.threadsPerWorker };
        const cells = options.queries.map((query): Cell => {
          const key: CellKey = { ...base, ...place, query };
          return { id: cellId(key), query, key };
        });
        return { runner, variant, ...setting, cells };
      });
    }),
  );
}

/** Names a session within its run, in characters that any system takes: `flow-warm-balanced-off-2-1a2b3c`. */
export function sessionId(plan: SessionPlan): string {
  const parts = [plan.runner.id, plan.executor, plan.assignment, plan.variant.split('=').at(-1), plan.workers].filter((part) => part != null);
  return `${parts.join('-')}-${(plan.cells[0]?.id ?? '').slice(0, 6)}`;
}

/** The variants that the words of `--variants` name: `all`, a whole name, or the value of the switch. */
export function chosenVariants(runner: EngineRunner, words: readonly string[]): string[] {
  return runner.variants.filter((variant) => words.some((word) => word === 'all' || word === variant || variant.endsWith(`=${word}`)));
}

function settingsFor({ scaling }: EngineRunner, options: CampaignOptions): Setting[] {
  switch (scaling) {
    case 'fixed':
      return [singleProcess(options)];
    case 'units':
      return distributed(options);
    case 'cores':
      return options.workers.map((workers) => ({
        executor: null, assignment: null, workers, threadsPerWorker: options.threadsPerWorker, memoryLimitBytes: options.memoryPerWorkerBytes,
      }));
  }
}

type Setting = Omit<SessionPlan, 'runner' | 'variant' | 'cells'>;

function singleProcess(options: CampaignOptions): Setting {
  return {
    executor: null,
    assignment: null,
    workers: 1,
    threadsPerWorker: options.duckdbThreads,
    memoryLimitBytes: options.memoryPerWorkerBytes * Math.max(...options.workers),
  };
}

function distributed(options: CampaignOptions): Setting[] {
  return options.executors.flatMap((executor) =>
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
