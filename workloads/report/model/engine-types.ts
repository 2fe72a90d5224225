import type { CellStatus } from '../../model/result-row.js';
import type { SessionRecord } from '../../model/session-record.js';
import type { Estimate } from '../../results/bootstrap.js';
import type { Weighed } from '../../results/comparison.js';
import type { Configuration, Series } from './series-types.js';

/** The parts of a section that set engines against each other. */

/** A series at one number of workers. */
export interface Contender {
  readonly series: Series;
  readonly configuration: Configuration;
  /** It was given so many in all. */
  readonly cores: number;
}

/** What was measured with one number of workers, and single processes with as many cores. */
export interface Level {
  readonly workers: number;
  readonly contenders: readonly Contender[];
  /** Null with nothing to compare. */
  readonly comparison: Comparison | null;
}

/** All contenders of a level against one of them. */
export interface Comparison {
  readonly baseline: Contender;
  /** One sentence on why this one. */
  readonly why: string;
  /** What claims are held against; null without a null run. */
  readonly noise: NullPair | null;
  readonly rivals: readonly Rival[];
}

export interface Rival {
  readonly contender: Contender;
  /** Of the sums over the queries that both completed; null without one. */
  readonly total: Weighed | null;
  /** How many queries both completed. */
  readonly queries: number;
  /** Geometric mean of the ratios over the same queries. */
  readonly geometricMean: Estimate | null;
  /** One for each query of the section; null where one of both has no number. */
  readonly perQuery: readonly { readonly query: string; readonly weighed: Weighed | null }[];
}

/** One engine, measured as two series: what their times differ by is noise. */
export interface NullPair {
  readonly label: string;
  readonly seriesId: string;
  readonly workers: number;
  /** `N = 2`, or what it is instead of a number of workers. */
  readonly at: string;
  /** Second ÷ first. */
  readonly perQuery: readonly { readonly query: string; readonly ratio: number }[];
  /** Of the sums over those queries. */
  readonly total: number;
}

export type CoverageKind = 'exact' | 'to_spec' | 'unsupported' | 'wrong' | 'failed' | 'not_run';

/** What a series made of one query, the worst over its numbers of workers. */
export interface CoverageCell {
  readonly query: string;
  readonly kind: CoverageKind;
  /** Of what is neither right nor absent. */
  readonly status: Exclude<CellStatus, 'ok'> | null;
  readonly rewritten: boolean;
  /** Where it was so, when not everywhere; empty otherwise. */
  readonly onlyAt: readonly number[];
}

export interface CoverageOfSeries {
  readonly series: Series;
  readonly cells: readonly CoverageCell[];
  readonly reasons: readonly CoverageReason[];
}

/** One sentence for the queries that share it. */
export interface CoverageReason {
  readonly what: string;
  readonly queries: readonly string[];
  readonly sentence: string;
}

/** All openings of the session of one series at one number of workers, first to last. */
export interface OpenedLine {
  readonly seriesLabel: string;
  /** `N = 2`, or what it is instead of a number of workers. */
  readonly at: string;
  readonly workers: number;
  readonly replica: number;
  readonly openings: readonly [SessionRecord, ...SessionRecord[]];
}

/** Where an execution can be looked at. */
export interface PlanLink {
  readonly seriesLabel: string;
  readonly seriesId: string;
  readonly workers: number;
  readonly query: string;
  readonly repetition: number;
  /** A URL, or a place below the folder of its run. */
  readonly target: string;
  readonly text: string;
}
