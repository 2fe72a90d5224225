import type { CellStatus } from '../../model/result-row.js';
import type { RunRecord } from '../../model/run-record.js';
import type { CoverageOfSeries, Level, NullPair, OpenedLine, PlanLink } from './engine-types.js';
import type { Series } from './series-types.js';

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
  /** By rising number of workers: what may be set against each other. */
  readonly levels: readonly Level[];
  /** The null run: one engine twice. Its second series is in no table of series. */
  readonly nullPairs: readonly NullPair[];
  /** What each series answered, and how well. */
  readonly coverage: readonly CoverageOfSeries[];
  /** What each session had by its own account; empty where no session was recorded. */
  readonly sessions: readonly OpenedLine[];
  readonly links: readonly PlanLink[];
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
