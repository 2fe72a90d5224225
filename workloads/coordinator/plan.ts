import { FlowbenchError } from '../model/errors.js';
import { WORK_UNIT_V2_SCHEMA } from '../model/names.js';
import type { QueryId } from '../model/queries.js';
import { bucketUri, type WorkUnitV2 } from '../model/work-unit.js';
import type { MergeBucketStage, Reads, ScanStage, ShardPlan, SideInput } from '../tpch/plan.js';
import type { TableName } from '../tpch/schema.js';
import { assignBalanced, assignContiguous, assignRandom, loadOf, type PreferredShape, type Shards } from './assign.js';
import { readEntries, type DatasetIndex, type TableIndex } from './dataset-index.js';
import { requireInvariants, survivingRowGroups } from './prune.js';
import { shipBounds } from './ship-bounds.js';

export type AssignmentKind = 'balanced' | 'contiguous' | 'random';

/** How row groups are dealt. */
export interface AssignmentOptions {
  readonly workers: number;
  readonly assignment: AssignmentKind;
  /** Of `random`. */
  readonly seed: number;
}

/** What every unit of a run has in common. */
export interface UnitOptions {
  readonly runId: string;
  readonly datasetUri: string;
  /** Where partials go; the caller owns it. */
  readonly outputDir: string;
  /** Each worker spills to a folder of its own in here, the same for every query: a warm one keeps its engine open. */
  readonly spillDir: string;
  readonly threadsPerWorker: number;
  readonly memoryLimitBytes: number;
  readonly parquetMetadataCache: boolean;
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

export interface PlannedStage {
  readonly id: number;
  readonly kind: 'scan' | 'merge_bucket';
  /** What the coordinator makes before the stage starts, and where. */
  readonly sideInputs: readonly { readonly input: SideInput; readonly uri: string }[];
  readonly units: readonly WorkUnitV2[];
}

export interface QueryPlan {
  readonly query: QueryId;
  readonly shardPlan: ShardPlan;
  readonly driver: DriverAssignment;
  readonly stages: readonly PlannedStage[];
}

/** Plans one query: prune, assign, and the work units of each stage. Throws `plan_unsupported`. */
export function planQuery(shardPlan: ShardPlan, index: DatasetIndex, assignment: AssignmentOptions, options: UnitOptions): QueryPlan {
  const driver = assignDriver(shardPlan, index, assignment);
  const stages: PlannedStage[] = [];
  for (const stage of shardPlan.stages) {
    stages.push(stage.kind === 'scan' ? scanStage(stage, shardPlan, index, driver, options) : mergeStage(stage, shardPlan, stages, index, options));
  }
  return { query: shardPlan.query, shardPlan, driver, stages };
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

function scanStage(stage: ScanStage, plan: ShardPlan, index: DatasetIndex, driver: DriverAssignment, options: UnitOptions): PlannedStage {
  const table = index.table(plan.driver);
  const sideInputs = stage.sideInputs.map((input) => ({ input, uri: `${options.outputDir}/side-${plan.query}-${stage.id}-${input.name}.parquet` }));
  const others = readEntries(stage.reads).map(([name]) => name).filter((name) => name !== plan.driver);
  const buckets = stage.bucketBy === undefined ? 1 : driver.shares.length;
  const units = driver.shares.map(({ rowGroups }, position): WorkUnitV2 => {
    const params = plan.affinity === 'ordered' ? shipBounds(index, table, driver.surviving, rowGroups) : {};
    return {
      ...unitHead(plan, stage.id, position, index, options),
      stage: { id: stage.id, kind: 'scan' },
      input: {
        kind: 'parquet_partition',
        uri_prefix: options.datasetUri,
        tables: [plan.driver, ...others],
        row_groups: { [plan.driver]: [...rowGroups] },
        side_inputs: sideInputs.map(({ input, uri }) => ({ name: input.name, kind: 'parquet', uris: [uri] })),
        partials: [],
        ...('ship_before' in params ? { params } : {}),
      },
      output: output(plan, stage.id, position, buckets, options),
    };
  });
  return { id: stage.id, kind: 'scan', sideInputs, units };
}

/** One unit a bucket: it merges that bucket's file of every unit of the stage before. */
function mergeStage(stage: MergeBucketStage, plan: ShardPlan, earlier: readonly PlannedStage[], index: DatasetIndex, options: UnitOptions): PlannedStage {
  const from = earlier.find(({ id }) => id === stage.fromStage);
  if (from === undefined) throw new FlowbenchError('internal', `Stage ${stage.id} of ${plan.query} merges stage ${stage.fromStage}, which does not come before it.`);
  const buckets = from.units[0]?.output.buckets ?? 1;
  const units = Array.from({ length: buckets }, (_, bucket): WorkUnitV2 => ({
    ...unitHead(plan, stage.id, bucket, index, options),
    stage: { id: stage.id, kind: 'merge_bucket', bucket },
    input: {
      kind: 'parquet_partition',
      uri_prefix: options.datasetUri,
      tables: [],
      row_groups: {},
      side_inputs: [],
      partials: from.units.map((unit) => bucketUri(unit.output.uri, bucket, buckets)),
    },
    output: output(plan, stage.id, bucket, 1, options),
  }));
  return { id: stage.id, kind: 'merge_bucket', sideInputs: [], units };
}

function unitId(plan: ShardPlan, stage: number, position: number): string {
  return `wu-${plan.query}-${stage}-${position}`;
}

function unitHead(plan: ShardPlan, stage: number, position: number, index: DatasetIndex, options: UnitOptions) {
  const id = unitId(plan, stage, position);
  return {
    $schema: WORK_UNIT_V2_SCHEMA,
    id,
    run_id: options.runId,
    dataset_id: index.manifest.dataset_id,
    query: { kind: 'tpch', id: plan.query },
    execution: {
      threads: options.threadsPerWorker,
      memory_limit_bytes: options.memoryLimitBytes,
      spill_dir: `${options.spillDir}/worker-${position}`,
      parquet_metadata_cache: options.parquetMetadataCache,
    },
  } as const;
}

function output(plan: ShardPlan, stage: number, position: number, buckets: number, options: UnitOptions): WorkUnitV2['output'] {
  return { kind: 'parquet', uri: `${options.outputDir}/${unitId(plan, stage, position)}.parquet`, buckets };
}
