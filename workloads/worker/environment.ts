import type { scanOf } from '../dataset/source.js';
import type { DatasetHandle } from '../model/manifest.js';
import type { DuckDBSession, DuckDBSettings } from '../duckdb/session.js';
import type { RetryPolicy } from './retry.js';

/** What a unit needs from the process that carries it out; nothing in here comes from the unit. */
export interface WorkerEnvironment {
  /** Name of the machine or pod, for the metrics. */
  readonly node: string;
  /** What `{pod_uid}` in an output's location stands for; null outside a pod. */
  readonly podUid: string | null;
  /** For what a work unit leaves open (v1 knows threads only). */
  readonly defaults: ExecutionDefaults;
  readonly resources: WorkerResources;
  readonly retry: RetryPolicy;
  /** Aborted by SIGTERM or SIGINT: the running statement is interrupted and the unit ends `cancelled`. */
  readonly signal: AbortSignal;
  readonly log: WorkerLog;
  /** How the driver's row groups become a scan; tests plant faults here. */
  readonly scanOf: typeof scanOf;
}

export interface ExecutionDefaults {
  readonly threads: number;
  readonly memoryLimitBytes: number;
  readonly spillDir: string;
}

export const LOG_LEVELS = ['error', 'warn', 'info', 'debug'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];
export type WorkerLog = (level: LogLevel, message: string) => void;

/** Engine and datasets of a worker: made anew for one unit, or kept from unit to unit (see resources.ts). */
export interface WorkerResources {
  session(settings: DuckDBSettings): Promise<DuckDBSession>;
  /** The dataset of a folder that has a manifest; `datasetId` is what the unit was planned for, if it says so. */
  dataset(uri: string, datasetId: string | null): Promise<DatasetHandle>;
  /** Called after every unit; what a failed unit used is not used again. */
  release(failed: boolean): void;
  close(): void;
}
