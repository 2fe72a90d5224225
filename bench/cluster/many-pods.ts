import { KubernetesJobExecutor, type JobExecutorOptions } from '../../workloads/kubernetes/jobs/job-executor.js';
import { FlowbenchError } from '../../workloads/model/errors.js';
import { WORK_UNIT_V2_SCHEMA } from '../../workloads/model/names.js';
import { POD_UID_PLACEHOLDER, type WorkUnitV2 } from '../../workloads/model/work-unit.js';
import { type WorkerMetrics } from '../../workloads/model/worker-metrics.js';

const TIMEOUT_MS = 600_000;
/** The controllers make about 20 pods a second as they come, and first let go of those of the Job before. */
export const PATIENT = { noPodsMs: 300_000 };

export interface ManyPods {
  readonly pods: number;
  readonly collected: number;
  readonly cpuMs: number;
  readonly calls: number;
  readonly wallMs: number;
  readonly maxRssBytes: number;
}

/**
 * One Job of many pods that do nothing, and reports made up for them where S3 would be asked: what is left is the
 * coordinator's own work. A pod whose end was missed would have no report collected.
 */
export async function measureManyPods(options: Omit<JobExecutorOptions, 'storage' | 'sessionId'>, pods: number): Promise<ManyPods> {
  const units = Array.from({ length: pods }, (_, index) => unitOf(index));
  const reports = new Map(units.map((unit) => [unit.id, unit]));
  const executor = new KubernetesJobExecutor({ ...options, sessionId: `s${pods}`, limits: PATIENT, storage: { read: (uri) => Promise.resolve(reportFor(uri, reports)) } });
  await executor.start();
  try {
    const callsBefore = callsOf(options.api.calls);
    const cpuBefore = process.cpuUsage();
    const begin = performance.now();
    const outcomes = await executor.execute(units, { name: `many-${pods}-1`, timeoutMs: TIMEOUT_MS, signal: new AbortController().signal });
    const { user, system } = process.cpuUsage(cpuBefore);
    const failure = outcomes.find(({ result }) => !result.ok)?.result;
    if (failure !== undefined && !failure.ok) throw new FlowbenchError('infrastructure', `Of ${pods} pods one failed: ${failure.failure.message}`);
    return {
      pods, collected: outcomes.length, cpuMs: (user + system) / 1_000, calls: callsOf(options.api.calls) - callsBefore,
      wallMs: performance.now() - begin, maxRssBytes: process.resourceUsage().maxRSS * 1_024,
    };
  } finally {
    await executor.close();
  }
}

const callsOf = (calls: ReadonlyMap<string, number>): number => [...calls.values()].reduce((sum, count) => sum + count, 0);

function unitOf(index: number): WorkUnitV2 {
  const id = `unit-${index}`;
  return {
    $schema: WORK_UNIT_V2_SCHEMA, id, run_id: 'bench', dataset_id: 'none',
    query: { kind: 'sql', sql: 'SELECT 1' },
    stage: { id: 1, kind: 'scan' },
    input: { kind: 'parquet_partition', uri_prefix: 's3://none/none', tables: ['lineitem'], row_groups: { lineitem: [index] }, side_inputs: [], partials: [] },
    output: { kind: 'parquet', uri: `s3://none/partials/${id}-${POD_UID_PLACEHOLDER}.parquet`, buckets: 1 },
    execution: { threads: 1, memory_limit_bytes: 1, spill_dir: '/spill' },
  };
}

function reportFor(uri: string, units: ReadonlyMap<string, WorkUnitV2>): Buffer | null {
  const id = /(unit-\d+)-/.exec(uri)?.[1] ?? '';
  const unit = units.get(id);
  if (unit === undefined) return null;
  const outputUri = uri.replace(/\.metrics\.json$/, '');
  const report: WorkerMetrics = {
    work_unit_id: id, query: null, stage: 1, row_group_range: null, row_groups: {}, rows_in: 0, rows_out: 0, wall_ms: 1, decode_ms: 0, exec_ms: 1, upload_ms: 0, proof_ms: 0,
    bytes_read: 0, bytes_written: 1, cpu_ms: 1, max_rss_bytes: 1, output_uri: outputUri, output_files: [{ uri: outputUri, size_bytes: 1, rows: 0 }],
    engine: 'flow', engine_version: null, node: 'simulated', ignored_options: [], error: null,
  };
  return Buffer.from(JSON.stringify(report));
}
