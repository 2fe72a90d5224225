import { FlowbenchError } from '../model/errors.js';
import type { Reads, ScanStage, ShardPlan } from '../tpch/plan.js';
import type { TableName } from '../tpch/schema.js';
import { assignBalanced, assignContiguous, assignRandom, loadOf, type PreferredShape, type Shards } from './assign.js';
import { readEntries, type DatasetIndex, type TableIndex } from './dataset-index.js';
import { requireInvariants, survivingRowGroups } from './prune.js';

export type AssignmentKind = 'balanced' | 'contiguous' | 'random';

/** How row groups are dealt. */
export interface AssignmentOptions {
  readonly workers: number;
  readonly assignment: AssignmentKind;
  /** Of `random`. */
  readonly seed: number;
}

/** What one worker reads of the driver table. */
export interface WorkerShare {
  readonly rowGroups: readonly number[];
  readonly rows: number;
  /** Compressed bytes of the columns the scan stages need, each stage counted. */
  readonly driverBytes: number;
}

/** Which row groups of the driver matter, and who reads them. */
export interface DriverAssignment {
  readonly table: TableName;
  readonly totalRowGroups: number;
  /** Global numbers of the row groups that survived pruning. */
  readonly surviving: readonly number[];
  readonly prunedRowGroups: number;
  readonly driverBytes: number;
  /** Bytes of the other tables that each worker reads, each stage counted. */
  readonly broadcastBytes: number;
  /** Bytes of the other tables that the query needs at all, at the workers or the coordinator, each column once. */
  readonly otherTablesBytes: number;
  /** One per work unit of a scan stage; workers without a row group have none, but there is always one. */
  readonly shares: readonly WorkerShare[];
}

/** Prunes the driver's row groups and deals the survivors to workers. Throws `plan_unsupported`. */
export function assignDriver(plan: ShardPlan, index: DatasetIndex, options: AssignmentOptions): DriverAssignment {
  if (!Number.isInteger(options.workers) || options.workers < 1) {
    throw new FlowbenchError('configuration', `The number of workers is ${options.workers}.`, { remedy: 'Give a whole number of at least 1.' });
  }
  requireInvariants(plan, index.invariants);
  const table = index.table(plan.driver);
  const surviving = survivingRowGroups(plan, index);
  const bytes = driverBytesPerGroup(plan, table);
  const dealt = deal(plan, table, surviving, bytes, options).filter((shard) => shard.length > 0);
  const shards = dealt.length > 0 ? dealt : [[]];
  return {
    table: plan.driver,
    totalRowGroups: table.rowGroupCount,
    surviving,
    prunedRowGroups: table.rowGroupCount - surviving.length,
    driverBytes: loadOf(surviving, bytes),
    broadcastBytes: scanStages(plan).reduce((sum, stage) => sum + index.bytesBeside(plan.driver, stage.reads), 0),
    otherTablesBytes: index.bytesBeside(plan.driver, everyRead(plan)),
    shares: shards.map((rowGroups) => ({ rowGroups, rows: rowsOf(rowGroups, table), driverBytes: loadOf(rowGroups, bytes) })),
  };
}

function deal(plan: ShardPlan, table: TableIndex, surviving: readonly number[], bytes: Float64Array, options: AssignmentOptions): Shards {
  switch (options.assignment) {
    case 'balanced':
      return assignBalanced(surviving, bytes, options.workers, preferredShape(plan, table));
    case 'contiguous':
      return assignContiguous(surviving, table.rowGroupCount, options.workers);
    case 'random':
      return assignRandom(surviving, options.workers, options.seed);
  }
}

/**
 * A worker with whole files, or one stretch of a file, opens and skips less. Runs are not wanted on a
 * clustered table unless the plan asks for them: work per byte differs from one end of a range of dates to
 * the other, so that the worker with the busy end would be waited for.
 */
function preferredShape(plan: ShardPlan, table: TableIndex): PreferredShape {
  if (plan.affinity === 'ordered' || table.table.clustering_key === null) return { kind: 'runs' };
  return { kind: 'files', fileOf: (group) => table.groups[group]?.file.name ?? '' };
}

function driverBytesPerGroup(plan: ShardPlan, table: TableIndex): Float64Array {
  return table.groupBytes(scanStages(plan).flatMap((stage) => stage.reads[plan.driver] ?? []));
}

function scanStages(plan: ShardPlan): ScanStage[] {
  return plan.stages.filter((stage) => stage.kind === 'scan');
}

/** Table → columns that are read anywhere in the plan. */
function everyRead(plan: ShardPlan): Reads {
  const columns: Partial<Record<TableName, string[]>> = {};
  const places = [plan.final.reads, ...scanStages(plan).flatMap((stage) => [stage.reads, ...stage.sideInputs.map((side) => side.reads)])];
  for (const [table, names] of places.flatMap(readEntries)) columns[table] = [...new Set([...(columns[table] ?? []), ...names])];
  return columns;
}

function rowsOf(rowGroups: readonly number[], table: TableIndex): number {
  return rowGroups.reduce((sum, group) => sum + (table.groups[group]?.group.rows ?? 0), 0);
}
