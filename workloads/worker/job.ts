import type { DuckDBSettings } from '../duckdb/session.js';
import { FlowbenchError } from '../model/errors.js';
import { isV2, POD_UID_PLACEHOLDER, unitForPod, type WorkUnit, type WorkUnitV1, type WorkUnitV2 } from '../model/work-unit.js';
import type { ShardPlan, Stage, StageContext } from '../tpch/plan.js';
import { shardPlan } from '../tpch/shard-plans.js';
import type { ExecutionDefaults } from './environment.js';
import { localPath, locationOf } from './location.js';

/**
 * A work unit of either version, brought to one form: what to read, which SQL to run over it, where the
 * partial goes. Nothing here has looked at the data yet.
 */
export interface Job {
  readonly unitId: string;
  /** `Q14`, or `sql`. */
  readonly queryLabel: string;
  readonly stageId: number;
  readonly datasetUri: string;
  /** Null for v1, which names no dataset. */
  readonly datasetId: string | null;
  /** Table → the columns to read, or all of them. */
  readonly reads: ReadonlyMap<string, readonly string[] | 'all'>;
  /** The table whose row groups are counted; null when the stage reads only partials. */
  readonly driver: string | null;
  readonly rowGroups: ReadonlyMap<string, RowGroupChoice>;
  /** Name → Parquet files, for side inputs and partials. */
  readonly files: ReadonlyMap<string, readonly string[]>;
  readonly sql: (context: Omit<StageContext, 'params'>) => string;
  readonly output: {
    readonly kind: 'parquet' | 'arrow_ipc';
    readonly uri: string;
    /** The location has the uid of the pod that this process is in: nobody else writes it. */
    readonly isOwn: boolean;
    readonly buckets: number;
    readonly bucketBy: string | null;
  };
  readonly settings: Omit<DuckDBSettings, 's3'>;
  readonly ignoredOptions: readonly string[];
  readonly isV1: boolean;
}

export type RowGroupChoice =
  | { readonly kind: 'range'; readonly from: number; readonly to: number }
  | { readonly kind: 'list'; readonly numbers: readonly number[] };

/**
 * The unit as the pod `podUid` carries it out. Throws `work_unit_invalid` when the unit asks for what the query's
 * shard plan does not have, or is for a pod and this process is in none.
 */
export function jobOf(unit: WorkUnit, defaults: ExecutionDefaults, podUid: string | null): Job {
  const own = podUid === null ? unit : unitForPod(unit, podUid);
  if (own.output.uri.includes(POD_UID_PLACEHOLDER)) {
    throw new FlowbenchError('work_unit_invalid', `output.uri is "${own.output.uri}", and no pod's uid is known to put in.`, { remedy: 'Give --pod-uid.' });
  }
  const job = isV2(own) ? jobOfV2(own) : jobOfV1(own, defaults);
  checkTables(job, unit.input.tables);
  return { ...job, output: { ...job.output, isOwn: podUid !== null && own.output.uri.includes(podUid) } };
}

/** Every location the engine reads by itself. */
export function readUris(job: Job): string[] {
  return [job.datasetUri, ...[...job.files.values()].flat()];
}

const V1_SWITCHES = ['with_dict_preservation', 'with_late_mat', 'with_adaptive_predicate'] as const;

function jobOfV1(unit: WorkUnitV1, defaults: ExecutionDefaults): Job {
  const task = taskOf(unit, 1);
  const { execution = {} } = unit;
  return {
    ...task,
    unitId: unit.id,
    stageId: 1,
    datasetUri: locationOf(unit.input.uri_prefix, 'input.uri_prefix'),
    datasetId: null,
    rowGroups: new Map(Object.entries(unit.input.row_group_range).map(([table, [from, to]]) => [table, { kind: 'range', from, to }])),
    files: new Map(),
    sql: (context) => task.stageSql({ ...context, params: {} }),
    output: { kind: unit.output.kind, uri: locationOf(unit.output.uri, 'output.uri'), isOwn: false, buckets: 1, bucketBy: null },
    settings: { ...defaults, threads: execution.threads ?? defaults.threads, parquetMetadataCache: false },
    ignoredOptions: V1_SWITCHES.filter((name) => execution[name] !== undefined),
    isV1: true,
  };
}

function jobOfV2(unit: WorkUnitV2): Job {
  const task = taskOf(unit, unit.stage.id, unit.stage.kind);
  const { input, output, execution } = unit;
  const files = new Map(input.side_inputs.map((side) => [side.name, side.uris.map((uri) => locationOf(uri, 'input.side_inputs'))]));
  if (input.partials.length > 0) files.set('partials', input.partials.map((uri) => locationOf(uri, 'input.partials')));
  if (output.buckets > 1 && task.bucketBy === null) {
    throw new FlowbenchError('work_unit_invalid', `output.buckets is ${output.buckets}, but stage ${unit.stage.id} of ${task.queryLabel} names no column to split by.`, {
      remedy: 'Ask for 1 bucket.',
    });
  }
  return {
    ...task,
    unitId: unit.id,
    stageId: unit.stage.id,
    datasetUri: locationOf(input.uri_prefix, 'input.uri_prefix'),
    datasetId: unit.dataset_id,
    rowGroups: new Map(Object.entries(input.row_groups).map(([table, numbers]) => [table, { kind: 'list', numbers }])),
    files,
    sql: (context) => task.stageSql({ ...context, params: input.params ?? {} }),
    output: { kind: output.kind, uri: locationOf(output.uri, 'output.uri'), isOwn: false, buckets: output.buckets, bucketBy: task.bucketBy },
    settings: {
      threads: execution.threads,
      memoryLimitBytes: execution.memory_limit_bytes,
      spillDir: localPath(execution.spill_dir, 'execution.spill_dir'),
      parquetMetadataCache: execution.parquet_metadata_cache ?? false,
    },
    ignoredOptions: [],
    isV1: false,
  };
}

interface Task {
  readonly queryLabel: string;
  readonly reads: Job['reads'];
  readonly driver: string | null;
  readonly bucketBy: string | null;
  readonly stageSql: (context: StageContext) => string;
}

function taskOf(unit: WorkUnit, stageId: number, kind?: Stage['kind']): Task {
  const { query, input } = unit;
  if (query.kind === 'sql') {
    return {
      queryLabel: 'sql',
      reads: new Map(input.tables.map((table) => [table, 'all'])),
      driver: input.tables[0] ?? null,
      bucketBy: null,
      stageSql: () => query.sql,
    };
  }
  const plan = shardPlan(query.id);
  const stage = stageOf(plan, stageId, kind);
  const scans = stage.kind === 'scan';
  return {
    queryLabel: query.id,
    reads: new Map(scans ? Object.entries(stage.reads) : []),
    driver: scans ? plan.driver : null,
    bucketBy: scans ? (stage.bucketBy ?? null) : null,
    stageSql: (context) => stage.sql(context),
  };
}

function stageOf(plan: ShardPlan, stageId: number, kind: Stage['kind'] | undefined): Stage {
  const stage = plan.stages.find((candidate) => candidate.id === stageId);
  if (stage !== undefined && (kind === undefined || stage.kind === kind)) return stage;
  const known = plan.stages.map((candidate) => `${candidate.id} (${candidate.kind})`).join(', ');
  throw new FlowbenchError('work_unit_invalid', `${plan.query} has no stage ${stageId}${kind === undefined ? '' : ` (${kind})`}.`, {
    remedy: `Its stages are ${known}.`,
  });
}

/** The unit must list what the stage reads, and choose row groups of its driver only (of any table for SQL). */
function checkTables(job: Job, listed: readonly string[]): void {
  const unlisted = [...job.reads.keys()].filter((table) => !listed.includes(table));
  if (unlisted.length > 0) {
    throw new FlowbenchError('work_unit_invalid', `input.tables lacks ${unlisted.join(', ')}, which stage ${job.stageId} of ${job.queryLabel} reads.`, {
      remedy: `List ${[...job.reads.keys()].join(', ')}.`,
    });
  }
  const allowed = job.queryLabel === 'sql' ? listed : job.driver === null ? [] : [job.driver];
  const stray = [...job.rowGroups.keys()].find((table) => !allowed.includes(table));
  if (stray === undefined) return;
  throw new FlowbenchError('work_unit_invalid', `Row groups of ${stray} are chosen, but ${job.queryLabel} is cut over ${job.driver ?? 'no table'}.`, {
    remedy: 'Choose row groups of the driver table only; the others are read whole.',
  });
}
