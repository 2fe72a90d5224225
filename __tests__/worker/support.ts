import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { scanOf } from '../../workloads/dataset/source.js';
import { DuckDBSession } from '../../workloads/duckdb/session.js';
import { manifestSchema, type Manifest } from '../../workloads/model/manifest.js';
import type { QueryId } from '../../workloads/model/queries.js';
import { WORK_UNIT_V1_SCHEMA, WORK_UNIT_V2_SCHEMA } from '../../workloads/model/names.js';
import type { WorkUnitV1, WorkUnitV2 } from '../../workloads/model/work-unit.js';
import { workerMetricsSchema, type WorkerMetrics } from '../../workloads/model/worker-metrics.js';
import { shardPlan } from '../../workloads/tpch/shard-plans.js';
import type { WorkerEnvironment } from '../../workloads/worker/environment.js';
import { KeptResources } from '../../workloads/worker/resources.js';
import { sourceWorker } from '../fixtures/worker-programs.js';

/** The dataset that comes with the package: scale factor 0.01, lineitem one file a month. */
export const SAMPLE = join(__dirname, '..', '..', 'workloads', 'tpch', 'sample', 'sf0.01');
export const MEMORY_BYTES = 500_000_000;

export function sampleManifest(): Manifest {
  return manifestSchema.parse(JSON.parse(readFileSync(join(SAMPLE, '_flowbench', 'manifest.json'), 'utf8')));
}

/** A folder of the test's own, removed by the function beside it. */
export function temporaryFolder(): { dir: string; remove: () => void } {
  const dir = mkdtempSync(join(tmpdir(), 'flow-worker-test-'));
  return { dir, remove: () => { rmSync(dir, { recursive: true, force: true }); } };
}

export function openSession(dir: string, threads = 1): Promise<DuckDBSession> {
  return DuckDBSession.open({ threads, memoryLimitBytes: MEMORY_BYTES, spillDir: join(dir, 'spill'), parquetMetadataCache: false });
}

export function environmentOf(dir: string, changes: Partial<WorkerEnvironment> = {}): WorkerEnvironment {
  return {
    node: 'test-node',
    podUid: null,
    defaults: { threads: 1, memoryLimitBytes: MEMORY_BYTES, spillDir: join(dir, 'spill') },
    resources: new KeptResources(),
    retry: { budgetMs: 0, firstDelayMs: 1, maxDelayMs: 1, random: () => 0.5, sleep: () => Promise.resolve() },
    signal: new AbortController().signal,
    log: () => undefined,
    scanOf,
    ...changes,
  };
}

export interface UnitChanges {
  readonly query?: WorkUnitV2['query'];
  readonly stage?: WorkUnitV2['stage'];
  readonly dataset_id?: string;
  readonly input?: Partial<WorkUnitV2['input']>;
  readonly output?: Partial<WorkUnitV2['output']>;
  readonly execution?: Partial<WorkUnitV2['execution']>;
}

/** A sound work unit v2: stage 1 of a query over the first ten row groups of the sample's lineitem. */
export function unitV2(dir: string, changes: UnitChanges = {}): WorkUnitV2 {
  const query = changes.query ?? { kind: 'tpch', id: 'Q6' };
  const driver = query.kind === 'tpch' ? shardPlan(query.id).driver : 'lineitem';
  return {
    $schema: WORK_UNIT_V2_SCHEMA,
    id: 'wu-test',
    run_id: 'run-test',
    dataset_id: changes.dataset_id ?? sampleManifest().dataset_id,
    query,
    stage: changes.stage ?? { id: 1, kind: 'scan' },
    input: {
      kind: 'parquet_partition', uri_prefix: SAMPLE, tables: query.kind === 'tpch' ? readsOf(query.id) : ['lineitem'],
      row_groups: { [driver]: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9] }, side_inputs: [], partials: [], ...changes.input,
    },
    output: { kind: 'parquet', uri: join(dir, 'partial.parquet'), buckets: 1, ...changes.output },
    execution: { threads: 1, memory_limit_bytes: MEMORY_BYTES, spill_dir: join(dir, 'spill'), ...changes.execution },
  };
}

/** The plan's own example of a work unit v1. */
export function unitV1(dir: string, changes: Partial<WorkUnitV1> = {}): WorkUnitV1 {
  return {
    $schema: WORK_UNIT_V1_SCHEMA,
    id: 'wu-v1',
    query: { kind: 'tpch', id: 'Q14' },
    input: { kind: 'parquet_partition', uri_prefix: SAMPLE, tables: ['lineitem', 'part'], row_group_range: { lineitem: [0, 21] } },
    output: { kind: 'arrow_ipc', uri: join(dir, 'partial.arrow') },
    execution: { threads: 1, with_dict_preservation: true, with_late_mat: true, with_adaptive_predicate: false },
    ...changes,
  };
}

function readsOf(query: QueryId): string[] {
  const stage = shardPlan(query).stages[0];
  return stage?.kind === 'scan' ? Object.keys(stage.reads) : [];
}

export interface ProcessResult {
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly elapsedMs: number;
}

/** Starts the real flow-worker, below the command `wrapper` if given. `during` may write to it, or signal it. */
export function runWorker(
  args: readonly string[],
  during: (child: ChildProcessWithoutNullStreams) => void = (child) => { child.stdin.end(); },
  wrapper: readonly string[] = [],
): Promise<ProcessResult> {
  const program = sourceWorker();
  const [command = program.command, ...rest] = [...wrapper, program.command, ...program.args, ...args];
  const child = spawn(command, rest);
  const started = performance.now();
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => { stdout += chunk.toString(); });
  child.stderr.on('data', (chunk: Buffer) => { stderr += chunk.toString(); });
  child.stdin.on('error', () => undefined);
  during(child);
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (exitCode, signal) => { resolve({ exitCode, signal, stdout, stderr, elapsedMs: performance.now() - started }); });
  });
}

/** The one line of metrics a worker printed; fails when stdout is anything else. */
export function onlyLine(stdout: string): WorkerMetrics {
  expect(stdout).toMatch(/^[^\n]+\n$/);
  return workerMetricsSchema.parse(JSON.parse(stdout));
}
