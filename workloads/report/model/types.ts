import type { CellStatus, ResultRow, StageTimes } from '../../model/result-row.js';
import type { RunRecord } from '../../model/run-record.js';
import type { Statistics } from '../../results/statistics.js';

/**
 * What a report says, before it is known how it is drawn. Made by `buildReport` from rows alone; the
 * Markdown file and the page are two renderings of the same model and compute nothing of their own.
 * Durations are ms. A number that does not exist is null; a failure never has one.
 */
export interface ReportModel {
  /** Plain sentences a reader takes away, section after section. */
  readonly headline: readonly string[];
  /** What a reader must know before believing any number. */
  readonly banners: readonly string[];
  readonly sections: readonly Section[];
  readonly runs: readonly RunRecord[];
  /** One sentence for each run that must not be published; empty when all may be. */
  readonly unpublishable: readonly string[];
}

/** Rows of one dataset, protocol, node shape and cluster: the only rows that may share a table. */
export interface Section {
  readonly id: string;
  readonly title: string;
  readonly key: SectionKey;
  readonly banners: readonly string[];
  readonly queries: readonly string[];
  /** Completed by every configuration that completed any; totals are over these alone. */
  readonly commonQueries: readonly string[];
  readonly series: readonly Series[];
  readonly verdicts: VerdictCounts;
  readonly exceptions: readonly ExceptionLine[];
  readonly specOnly: readonly ExceptionLine[];
  readonly bound: Bound;
  /** Processors of the machine the rows come from; null on a cluster. */
  readonly machineCpus: number | null;
  readonly storageMedia: readonly string[];
  /** Where the time of units went, series by series; empty where no executor saw them. */
  readonly unitPaths: readonly UnitPath[];
  readonly runIds: readonly string[];
}

export interface SectionKey {
  readonly dataset_id: string;
  readonly scale_factor: number;
  readonly protocol_id: string;
  readonly node_shape: string;
  /** The cluster's id; on a single machine, the machine. */
  readonly cluster: string;
}

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
  /** No work units: one process, whatever N. */
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
  readonly heldBack: HeldBack | null;
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
  readonly by: Bottleneck;
  readonly scanMs: number;
  readonly exchangeMs: number;
  readonly coordinationMs: number;
  /** CPU time ÷ (wall time × cores that could work); null without a CPU measurement. */
  readonly cpuShare: number | null;
}

export interface VerdictCounts {
  readonly rows: number;
  readonly ok: number;
  readonly strictOk: number;
  /** Right by TPC-H 2.1.3.5, not to the last digit. */
  readonly specOnly: number;
  readonly wrong: number;
  /** Status → rows, of everything that is neither ok nor a wrong answer. */
  readonly failed: Readonly<Partial<Record<CellStatus, number>>>;
  readonly coverageProven: number;
  readonly coverageFailed: number;
  readonly coverageNotApplicable: number;
}

/** Steps of a unit on its way through the cluster, each from the end of the one before. */
export const UNIT_STEPS = ['created', 'scheduled', 'pulled', 'started', 'executed', 'uploaded', 'in the pod besides', 'collected', 'waited for others', 'merged'] as const;
export type UnitStep = (typeof UNIT_STEPS)[number];

/** Means over the units of one series at one N, ms. */
export interface UnitPath {
  readonly seriesId: string;
  readonly seriesLabel: string;
  readonly workers: number;
  readonly units: number;
  /** Null where no unit showed the step. */
  readonly steps: Readonly<Record<UnitStep, number | null>>;
  /** Until it was merged. */
  readonly totalMs: number;
  /** From handing a unit over until its report was believed. */
  readonly medianCollectedMs: number;
  readonly maxCollectedMs: number;
}

/** The same exception of one cell, told once. */
export interface ExceptionLine {
  readonly series: string;
  readonly workers: number;
  readonly query: string;
  readonly status: CellStatus;
  readonly repetitions: readonly number[];
  readonly sentence: string;
}

/** How much faster N workers could be at all, from compressed bytes alone, over the common queries. */
export interface ByteBoundPoint {
  readonly workers: number;
  readonly perfect: number;
  readonly balanced: number;
  readonly contiguous: number;
}

export type Bound = { readonly kind: 'known'; readonly points: readonly ByteBoundPoint[] } | { readonly kind: 'unknown'; readonly why: string };
