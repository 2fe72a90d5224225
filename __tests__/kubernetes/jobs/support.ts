import type { UnitOutcome } from '../../../workloads/coordinator/executor.js';
import { KubernetesJobExecutor, type JobExecutorOptions } from '../../../workloads/kubernetes/jobs/job-executor.js';
import { flowWorkerJobTemplate } from '../../../workloads/model/job-manifest.js';
import { nodeShape, type NodeShape } from '../../../workloads/model/node-shapes.js';
import { unitForPod, type WorkUnitV2 } from '../../../workloads/model/work-unit.js';
import { metricsUri, type WorkerMetrics } from '../../../workloads/model/worker-metrics.js';
import type { ClusterPod } from '../../../workloads/kubernetes/api/objects.js';
import { HandCluster } from './hand-cluster.js';

export const TEMPLATE = flowWorkerJobTemplate({ namespace: 'bench', image: 'i', serviceAccountName: 's', node: nodeShape('m5.xlarge') as NodeShape, region: 'r' });

export function unitOf(index: number, more: Partial<WorkUnitV2> = {}): WorkUnitV2 {
  return {
    $schema: 'https://ematix-flow/work-unit.v2.json', id: `wu-${index}`, run_id: 'r', dataset_id: 'd', query: { kind: 'tpch', id: 'Q06' }, stage: { id: 1, kind: 'scan' },
    input: { kind: 'parquet_partition', uri_prefix: 's3://d/t', tables: ['lineitem'], row_groups: { lineitem: [index] }, side_inputs: [], partials: [] },
    output: { kind: 'parquet', uri: `s3://b/partials/wu-${index}-{pod_uid}.parquet`, buckets: 1 },
    execution: { threads: 1, memory_limit_bytes: 1, spill_dir: '/spill' },
    ...more,
  } as WorkUnitV2;
}

export function metricsOf(unit: WorkUnitV2, error: WorkerMetrics['error'] = null): WorkerMetrics {
  return {
    work_unit_id: unit.id, query: 'Q06', stage: 1, row_group_range: null, row_groups: {}, rows_in: 1, rows_out: 1, wall_ms: 1, decode_ms: null, exec_ms: null, upload_ms: null, proof_ms: null,
    bytes_read: null, bytes_written: null, cpu_ms: null, max_rss_bytes: null, output_uri: unit.output.uri, output_files: [{ uri: unit.output.uri, size_bytes: 1, rows: 1 }],
    engine: 'DuckDB', engine_version: '1', node: 'n', ignored_options: [], error,
  };
}

/** What workers put into the store. */
export class FakeStore {
  readonly objects = new Map<string, string>();
  broken: Error | null = null;
  reads = 0;
  atOnce = 0;
  mostAtOnce = 0;

  async read(uri: string): Promise<Buffer | null> {
    this.reads += 1;
    this.mostAtOnce = Math.max(this.mostAtOnce, (this.atOnce += 1));
    await new Promise((resolve) => setImmediate(resolve));
    this.atOnce -= 1;
    if (this.broken !== null) throw this.broken;
    const text = this.objects.get(uri);
    return text === undefined ? null : Buffer.from(text);
  }

  /** The report of a pod on a unit. */
  report(unit: WorkUnitV2, pod: ClusterPod, error: WorkerMetrics['error'] = null): void {
    const asked = unitForPod(unit, pod.metadata?.uid ?? '');
    this.objects.set(metricsUri(asked.output.uri), JSON.stringify(metricsOf(asked, error)));
  }
}

/** An executor on a cluster by hand, with short patience. */
export class Bench {
  readonly cluster = new HandCluster();
  readonly store = new FakeStore();
  readonly lines: string[] = [];
  readonly abort = new AbortController();

  executor(more: Partial<JobExecutorOptions> = {}): KubernetesJobExecutor {
    return new KubernetesJobExecutor({
      api: this.cluster, template: TEMPLATE, storage: this.store, runId: 'r1', sessionId: 'flow-job-2', log: (line) => this.lines.push(line),
      limits: { shortTroubleMs: 30, longTroubleMs: 60, noPodsMs: 200, podsGoneMs: 60, reads: 4 }, ...more,
    });
  }

  async started(more: Partial<JobExecutorOptions> = {}): Promise<KubernetesJobExecutor> {
    const executor = this.executor(more);
    await executor.start();
    return executor;
  }

  run(executor: KubernetesJobExecutor, units: readonly WorkUnitV2[], timeoutMs = 5_000, name = 'Q06-1-1'): Promise<UnitOutcome[]> {
    return executor.execute(units, { name, timeoutMs, signal: this.abort.signal });
  }

  /** The pod ends well, with its report in the store. */
  succeed(unit: WorkUnitV2, pod: ClusterPod): void {
    this.store.report(unit, pod);
    this.cluster.set(pod, { phase: 'Succeeded' }, { node: 'n1' });
  }

  /** The pod ends with an exit code. */
  fail(pod: ClusterPod, exitCode: number, reason = 'Error'): void {
    this.cluster.set(pod, {
      phase: 'Failed', containerStatuses: [{ name: 'w', image: '', imageID: '', ready: false, restartCount: 0, state: { terminated: { exitCode, reason } } }],
    }, { node: 'n1' });
  }
}

export const settled = (ms = 20): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
