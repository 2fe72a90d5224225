import type { DatasetHandle } from '../model/manifest.js';
import type { QueryId } from '../model/queries.js';
import type { CellStatus, EngineId, StageTimes } from '../model/result-row.js';
import type { UnitRecord } from '../model/unit-timeline.js';
import type { TypedRows } from '../model/typed-rows.js';

/**
 * What every engine must offer, so that all are asked the same way and timed by one clock:
 * `durationMs` runs from handing the query text to an open session until the last row is decoded in the
 * process that holds the session. Opening the session is outside it and has its own column.
 */
export interface EngineRunner {
  readonly id: EngineId;
  /**
   * What the number of workers means to it. `fixed`: a single process, measured once per query whatever the
   * list. `units`: work units, dealt to so many workers. `cores`: an engine that distributes by itself, given
   * so many cores on one machine, and so many nodes on a cluster.
   */
  readonly scaling: 'fixed' | 'units' | 'cores';
  /** Of `units`: the executors it can be asked through, the usual one first; it is measured through those of them that are asked for, or else through the first. Absent: any. */
  readonly executors?: readonly ExecutorKind[];
  /** Names of series the engine's switches give, the usual one first: with and without Parquet metadata caching, its runners. */
  readonly variants: readonly string[];
  /** Its sets of settings, `default` among them. */
  readonly tiers: readonly string[];
  open(context: SessionContext): Promise<EngineSession>;
}

export interface SessionContext {
  readonly dataset: DatasetHandle;
  readonly runId: string;
  readonly workers: number;
  readonly threadsPerWorker: number;
  /** Of one worker. */
  readonly memoryLimitBytes: number;
  readonly variant: string;
  readonly tier: string;
  readonly executor: ExecutorKind | null;
  readonly assignment: Assignment | null;
  /** Names the session in what it makes outside this process: the same again after a restart. */
  readonly sessionId: string;
  /** Folder of this machine for temporary files, absolute, as programs that work elsewhere are told it; removed by the session when it closes. */
  readonly scratchDir: string;
  /** Where workers put partials: a folder in {@link scratchDir}, or a prefix in S3 that is this run's own. */
  readonly partialsUri: string;
  /** Folder, or prefix in S3, beside the rows: logs, plans and event logs that are kept go there. Absent: nothing is kept. */
  readonly artifactsUri?: string;
  /** Where workers spill, on their own machines. */
  readonly workerSpillDir: string;
  /** Of this process where it is smaller than its workers, as a pod beside them is; absent: one worker's memory, all workers' threads. */
  readonly coordinatorMemoryBytes?: number;
  readonly coordinatorThreads?: number;
  /** Aborted on Ctrl-C, also while a session is being opened. */
  readonly signal?: AbortSignal;
  readonly seed: number;
  readonly log: (line: string) => void;
}

/**
 * How workers are kept: `process` and `warm` are processes of this machine, one a unit or kept up; `job` is a
 * Kubernetes Job a query, `warm-job` pods that stay up.
 */
export type ExecutorKind = 'process' | 'warm' | 'job' | 'warm-job';

/** `random` is for property tests: any assignment must give the same answer. */
export type Assignment = 'balanced' | 'contiguous' | 'random';

export interface EngineSession {
  /** As the live engine reports it. */
  readonly version: string;
  /** What tables print: `flow (DuckDB 1.5.5)`. */
  readonly label: string;
  /** Time `open` took, ms. */
  readonly openMs: number;
  /** What of `openMs` went where: columns of their own, so that no query pays for it and none hides it. */
  readonly openStages: OpenStages;
  readonly parity: Parity;
  /** Threads that its tier states itself, in all; absent: those that every engine is given. */
  readonly tierThreads?: number;
  /** Every setting in which the engine differs from how it comes, by the engine's own name for it. No secret among them. */
  readonly settings: Readonly<Record<string, string>>;
  /** How it is known that no answer comes out of a cache of results: one sentence, from the live engine where it tells. */
  readonly resultCache: string;
  /** Whether answers to this query come back exact, or why they cannot. */
  precision(query: QueryId): Precision;
  /** Never throws for what the engine or a worker did wrong: that is an outcome. */
  run(query: QueryText, options: RunOptions): Promise<QueryOutcome>;
  /** Clears away what the last query left behind; for after the clocks. What is not cleared is when it closes. */
  tidy?(): Promise<void>;
  /** Stops using the machine while another engine is timed, and takes up again, ready; both outside every clock. Absent: it is still by itself when not asked. */
  park?(): Promise<void>;
  unpark?(): Promise<void>;
  close(): Promise<void>;
}

/** Read back from the live engine. */
export interface Parity {
  readonly nodes: number;
  readonly threadsTotal: number;
  readonly memoryLimitBytesTotal: number;
  /** `local_disk`, `s3`, or `local_copy` for an engine that reads a copy made for it. */
  readonly storageMedium: string;
  readonly datasetId: string;
  /** Tasks it runs at once, by its own account; null where it has no such number. */
  readonly parallelism: number | null;
  /** What is free where it spills; null where it does not. */
  readonly scratchFreeBytes: number | null;
}

/** Parts of opening a session, ms; null where an engine has no such part. */
export interface OpenStages {
  /** Until the engine's processes or pods answered. */
  readonly startMs: number | null;
  /** Until there was a session in it. */
  readonly sessionMs: number | null;
  /** Until the tables were known. */
  readonly registerMs: number | null;
  /** Until statistics were collected. */
  readonly analyzeMs: number | null;
}

export type Precision = { readonly kind: 'exact' } | { readonly kind: 'double'; readonly why: string } | { readonly kind: 'rounded'; readonly why: string };

export interface QueryText {
  readonly id: QueryId;
  readonly text: string;
}

export interface RunOptions {
  readonly timeoutMs: number;
  /** Aborted on Ctrl-C: the session stops what runs and answers `cancelled`. */
  readonly signal: AbortSignal;
  readonly repetition: number;
}

export type QueryOutcome = QuerySuccess | QueryFailure;

export interface QuerySuccess {
  readonly status: 'ok';
  readonly rows: TypedRows;
  readonly durationMs: number;
  readonly stages: Partial<StageTimes>;
  readonly usage: Usage;
  /** The engine's own account of the duration; a second column, never the measure. */
  readonly engineMs?: number;
  /** How the text that ran differs from the one given. */
  readonly rewrite?: string;
  /** Where the query can be looked at: a page of the engine, or a file beside the rows. */
  readonly traceLink?: string;
  /** What the workers measured reading; null for an engine without work units. */
  readonly coverage: CoverageEvidence | null;
  /** Each unit on its way, where the executor sees it. */
  readonly units?: readonly SessionUnit[];
  /** Part of it was done before this process started: it has no time of its own. */
  readonly wasInterrupted?: boolean;
}

/** What a session knows of a unit's record; the rest is the row's. */
export type SessionUnit = Omit<UnitRecord, 'run_id' | 'cell_id' | 'query' | 'repetition'>;

export interface QueryFailure {
  readonly status: Exclude<CellStatus, 'ok' | 'wrong_answer'> | 'cancelled';
  /** One sentence with the cause. */
  readonly error: string;
  readonly stages: Partial<StageTimes>;
  readonly traceLink?: string;
}

export interface Usage {
  readonly bytesRead: number | null;
  readonly bytesExchanged: number | null;
  readonly cpuMs: number | null;
  readonly maxRssBytes: number | null;
  readonly nodesUsed: number;
  readonly workerBusyMs: readonly number[] | null;
  /** Reserved for the query at its peak, by the engine's account. */
  readonly peakMemoryBytes?: number;
  /** Splits or tasks of the scans on each node, largest first. */
  readonly splitsPerNode?: readonly number[];
}

/** Per scan stage: what was planned, and what each unit measured. The proof is made by the campaign, not by the engine. */
export interface CoverageEvidence {
  /** `all`: every row group was to be read, as the engine's shards are cut before the query is known. Default: those that survive pruning. */
  readonly expects?: 'surviving' | 'all';
  readonly stages: readonly {
    readonly stage: number;
    readonly table: string;
    /** Global numbers of the row groups that survived pruning. */
    readonly planned: readonly number[];
    readonly units: readonly {
      readonly unitId: string;
      readonly node: string;
      readonly rowGroups: readonly { readonly number: number; readonly rows: number }[];
      readonly rowsIn: number | null;
    }[];
  }[];
}
