import type { QueryId } from '../model/queries.js';
import type { Invariants } from '../model/manifest.js';
import type { TableName } from './schema.js';

/**
 * How one query is cut over row groups of its driver table and put together again.
 *
 * A plan is data plus SQL text; it knows nothing of files, processes or clusters. Stages run in order.
 * Within its SQL, a stage sees tables by their TPC-H names, side inputs by their name, and (bucket merges
 * and finals) the files of earlier stages as `partials` or `stage_<id>`.
 */
export interface ShardPlan {
  readonly query: QueryId;
  readonly driver: TableName;
  /** What the manifest must prove before this plan is right. */
  readonly requires: readonly Requirement[];
  /** Ranges of the clustering key outside which no driver row can matter. */
  readonly pruning: readonly PruneRule[];
  /**
   * `ordered`: neighbouring row groups on one worker make the partials smaller (orders straddle few
   * shards). `spread`: they do not.
   */
  readonly affinity: 'spread' | 'ordered';
  readonly stages: readonly Stage[];
  readonly final: Final;
}

export type Requirement =
  | { readonly kind: 'unique_key'; readonly table: TableName }
  | { readonly kind: 'foreign_key'; readonly name: string };

/** Inclusive bounds, YYYY-MM-DD. `via` says through which measured invariant the bound reaches l_shipdate. */
export interface PruneRule {
  readonly column: 'l_shipdate' | 'o_orderdate' | 'l_receiptdate';
  readonly from?: string;
  readonly to?: string;
  readonly via?: 'ship_minus_order' | 'receipt_minus_ship';
}

/** Table → the columns read of it, nothing else. */
export type Reads = Partial<Record<TableName, readonly string[]>>;

export interface SideInput {
  /** Name by which the stage's SQL sees it. */
  readonly name: string;
  readonly fromStage: number;
  /** Runs at the coordinator over `stage_<fromStage>` (and `reads`) and makes the side input's rows. */
  readonly reduceSql: string;
  readonly reads: Reads;
}

export interface ScanStage {
  readonly id: number;
  readonly kind: 'scan';
  readonly reads: Reads;
  readonly sideInputs: readonly SideInput[];
  /** Column of the partial by whose hash it is split, when a merge_bucket stage follows. */
  readonly bucketBy?: string;
  readonly sql: (context: StageContext) => string;
}

export interface MergeBucketStage {
  readonly id: number;
  readonly kind: 'merge_bucket';
  readonly fromStage: number;
  /** Over `partials`: one bucket's rows of every shard. */
  readonly sql: (context: StageContext) => string;
}

export type Stage = ScanStage | MergeBucketStage;

/** Over `stage_<id>` of the stages it names; must give exactly the query's columns, rows and order. */
export interface Final {
  readonly inputs: readonly number[];
  readonly reads: Reads;
  readonly sql: (context: StageContext) => string;
}

/**
 * Values of the unit params `ship_before` and `ship_after` where no other shard holds an earlier, or a
 * later, line: beyond every TPC-H date, yet far enough from the calendar's ends for date arithmetic.
 */
export const NOTHING_SHIPPED_BEFORE = '1000-01-01';
export const NOTHING_SHIPPED_AFTER = '9000-01-01';

export interface StageContext {
  readonly scaleFactor: number;
  readonly numeric: 'decimal' | 'double';
  readonly invariants: Invariants;
  /**
   * The unit's own literals (work unit v2 `params`); empty at the coordinator. A shard that is a run of
   * neighbouring row groups of lineitem sorted by l_shipdate has `ship_before`, the latest l_shipdate of
   * earlier row groups that another shard reads, and `ship_after`, the earliest of later ones.
   */
  readonly params: Readonly<Record<string, string | number>>;
}
