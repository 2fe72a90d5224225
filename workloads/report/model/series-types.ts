import type { CellStatus, ResultRow, StageTimes } from '../../model/result-row.js';
import type { Statistics } from '../../results/statistics.js';

/** An engine with one set of switches, over any number of workers. */
export interface Series {
  readonly id: string;
  /** Engine label and whatever sets this series apart from the others of its section. */
  readonly label: string;
  readonly engine: string;
  readonly engineLabel: string;
  readonly variant: string;
  readonly tier: string;
  readonly executor: string | null;
  readonly assignment: string | null;
  /** One process that is not told a number of workers. */
  readonly singleProcess: boolean;
  /** By rising number of workers. */
  readonly configurations: readonly Configuration[];
}

export interface Configuration {
  readonly workers: number;
  readonly threadsPerWorker: number;
  /** One for each query of the section, in its order. */
  readonly cells: readonly Cell[];
  /** Over the section's common queries; null where this configuration completed none of them. */
  readonly totals: Totals | null;
  /** Σ median over all queries of the section; null unless every one of them was completed. */
  readonly completeMs: number | null;
  /** Σ median of the same series at N = 1 ÷ this Σ median; null without such a base. */
  readonly speedup: number | null;
}

export interface Cell {
  readonly query: string;
  readonly outcome: CellOutcome;
  /** Duration of the first run, stored as cold; null when it was not ok. */
  readonly coldMs: number | null;
  /** The repetitions behind the statistics; empty unless ok. */
  readonly kept: readonly ResultRow[];
  /** The kept repetition whose duration is the (lower) median: its stages, bytes and workers belong together. */
  readonly typical: ResultRow | null;
}

export type CellOutcome =
  | { readonly kind: 'ok'; readonly timing: Statistics; readonly durationsMs: readonly number[] }
  | { readonly kind: 'dnf'; readonly status: Exclude<CellStatus, 'ok'>; readonly cause: string }
  /** Ran, but only once, and that run was the cold one. */
  | { readonly kind: 'cold_only' }
  /** Right in every run, but the coordinator was restarted during each that would have counted. */
  | { readonly kind: 'interrupted' }
  | { readonly kind: 'not_run' };

export interface Totals {
  readonly medianMs: number;
  readonly p95Ms: number;
  /** Smallest and largest Σ of one pass over the queries: the spread a claim has to beat. */
  readonly minPassMs: number;
  readonly maxPassMs: number;
  /** How many passes there are. */
  readonly passes: number;
  /** Median over the queries of the coefficient of variation. */
  readonly noise: number | null;
  /** Σ of the cold runs; null when one is missing. */
  readonly coldMs: number | null;
  readonly bytesRead: number | null;
  readonly bytesExchanged: number | null;
  readonly cpuMs: number | null;
  readonly maxRssBytes: number | null;
  readonly costUsd: number | null;
  readonly usdPerTbScanned: number | null;
  readonly stages: Readonly<Record<StageName, number | null>>;
  /** What no stage accounts for; null when no stage was measured. */
  readonly unaccountedMs: number | null;
  readonly skew: Skew | null;
  readonly heldBack: HeldBack;
}

/** `scan_ms` → `scan`. */
export type StageName = keyof StageTimes extends `${infer Name}_ms` ? Name : never;

export interface Skew {
  /** Σ over queries of the busiest worker ÷ Σ of the mean worker; 1 is even. */
  readonly ratio: number;
  readonly perQuery: readonly { readonly query: string; readonly ratio: number; readonly workers: number }[];
}

export type Bottleneck = 'cpu' | 'scan' | 'exchange' | 'coordination';

export interface HeldBack {
  /** Null where the engine does not tell enough to say. */
  readonly by: Bottleneck | null;
  /** Null where the engine has no such measurement. */
  readonly scanMs: number | null;
  readonly exchangeMs: number | null;
  readonly coordinationMs: number | null;
  /** CPU time ÷ (wall time × cores that could work); null without a CPU measurement. */
  readonly cpuShare: number | null;
}
