import { FlowbenchError } from '../model/errors.js';
import { WORK_UNIT_V2_SCHEMA } from '../model/names.js';
import type { QueryId } from '../model/queries.js';
import { joinUri } from '../model/storage-uri.js';
import { bucketUri, POD_UID_PLACEHOLDER, type WorkUnitV2 } from '../model/work-unit.js';
import type { MergeBucketStage, ScanStage, ShardPlan, SideInput } from '../tpch/plan.js';
import { readEntries, type DatasetIndex } from './dataset-index.js';
import { assignDriver, type AssignmentOptions, type DriverAssignment } from './driver-assignment.js';
import { shipBounds } from './ship-bounds.js';

/** What every unit of a run has in common. */
export interface UnitOptions {
  readonly runId: string;
  readonly datasetUri: string;
  /** Where partials go, a folder or a prefix in S3; the caller owns it. */
  readonly outputDir: string;
  /** Workers are pods, of which several may try one unit: each writes under its own uid (default false). */
  readonly outputPerPod?: boolean;
  /** Each worker spills to a folder of its own in here, the same for every query: a warm one keeps its engine open. */
  readonly spillDir: string;
  readonly threadsPerWorker: number;
  readonly memoryLimitBytes: number;
  readonly parquetMetadataCache: boolean;
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
  return planShares(shardPlan, index, assignDriver(shardPlan, index, assignment), options);
}

/** {@link planQuery} where it is settled already who reads which row groups of the driver. */
export function planShares(shardPlan: ShardPlan, index: DatasetIndex, driver: DriverAssignment, options: UnitOptions): QueryPlan {
  const stages: PlannedStage[] = [];
  for (const stage of shardPlan.stages) {
    stages.push(stage.kind === 'scan' ? scanStage(stage, shardPlan, index, driver, options) : mergeStage(stage, shardPlan, stages, index, options));
  }
  return { query: shardPlan.query, shardPlan, driver, stages };
}

function scanStage(stage: ScanStage, plan: ShardPlan, index: DatasetIndex, driver: DriverAssignment, options: UnitOptions): PlannedStage {
  const table = index.table(plan.driver);
  const sideInputs = stage.sideInputs.map((input) => ({ input, uri: joinUri(options.outputDir, `side-${plan.query}-${stage.id}-${input.name}.parquet`) }));
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

/** Where a unit's partial goes. */
export function outputUri(id: string, { outputDir, outputPerPod = false }: Pick<UnitOptions, 'outputDir' | 'outputPerPod'>): string {
  return joinUri(outputDir, `${id}${outputPerPod ? `-${POD_UID_PLACEHOLDER}` : ''}.parquet`);
}

function output(plan: ShardPlan, stage: number, position: number, buckets: number, options: UnitOptions): WorkUnitV2['output'] {
  return { kind: 'parquet', uri: outputUri(unitId(plan, stage, position), options), buckets };
}
