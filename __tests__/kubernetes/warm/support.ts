import { type ClusterApi } from '../../../workloads/kubernetes/api/cluster-api.js';
import { type WarmLimits } from '../../../workloads/kubernetes/warm/limits.js';
import { WarmPodExecutor, type WarmPodExecutorOptions } from '../../../workloads/kubernetes/warm/warm-executor.js';
import { type UnitOutcome } from '../../../workloads/coordinator/executor.js';
import { flowWorkerJobTemplate } from '../../../workloads/model/job-manifest.js';
import { WORK_UNIT_V2_SCHEMA } from '../../../workloads/model/names.js';
import { nodeShape, type NodeShape } from '../../../workloads/model/node-shapes.js';
import { type WorkUnitV2 } from '../../../workloads/model/work-unit.js';
import { FakeCluster } from './fake-cluster.js';
import { type Conduct, FakePod, soundReport } from './fake-pod.js';
import { reservedPort } from '../../fixtures/reserved-port.js';

export const RUN = '20261121T101500Z-a1b2c3';
export const TEMPLATE = flowWorkerJobTemplate({
  namespace: 'flowbench-alpha', image: `registry.example/flow-worker@sha256:${'b'.repeat(64)}`, serviceAccountName: 'flow-worker', node: nodeShape('m5.xlarge') as NodeShape, region: 'us-east-2',
});
const LIMITS: WarmLimits = {
  startMs: 2_000, shortTroubleMs: 30, longTroubleMs: 60, firstCallMs: 400, nextWaitMs: 200, lostAfterMs: 200, stopGraceMs: 200, leaveMs: 300, goneMs: 300, checkEveryMs: 15, remakes: 2,
};
const RETRY = { storageAttempts: 3, lostAttempts: 2, backoffMs: 1 };
export const NEVER = new AbortController().signal;

export function unit(position = 0, repetition = 1): WorkUnitV2 {
  const id = `wu-Q6-1-${position}`;
  return {
    $schema: WORK_UNIT_V2_SCHEMA, id, run_id: RUN, dataset_id: 'data', query: { kind: 'tpch', id: 'Q6' }, stage: { id: 1, kind: 'scan' },
    input: { kind: 'parquet_partition', uri_prefix: 's3://data/tpch/sf1', tables: ['lineitem'], row_groups: { lineitem: [position] }, side_inputs: [], partials: [] },
    output: { kind: 'parquet', uri: `s3://results/partials/run/Q6-${repetition}/${id}-{pod_uid}.parquet`, buckets: 1 },
    execution: { threads: 1, memory_limit_bytes: 1e9, spill_dir: 'spill' },
  };
}

export const units = (count: number): WorkUnitV2[] => Array.from({ length: count }, (_, position) => unit(position));

/** What became of each unit, in one word. */
export const kindsOf = (outcomes: readonly UnitOutcome[]): string[] => outcomes.map(({ result }) => (result.ok ? 'ok' : result.failure.kind));

/** A cluster, an executor that is started on demand, and the pods that came by it. */
export class Stage {
  readonly pods: FakePod[] = [];
  readonly log: string[] = [];
  readonly cluster: FakeCluster;
  conduct: Conduct = (given) => soundReport(given);
  private readonly executors: WarmPodExecutor[] = [];

  constructor(readonly port: number, readonly url: string, startsPods = true) {
    this.cluster = new FakeCluster((pod, index, job) => {
      if (!startsPods) return null;
      const env = job.spec?.template.spec?.containers[0]?.env ?? [];
      const valueOf = (name: string): string => env.find((one) => one.name === name)?.value ?? '';
      const identity = { run_id: valueOf('FLOWBENCH_RUN_ID'), index, pod: pod.metadata?.name ?? '', pod_uid: pod.metadata?.uid ?? '', node: `node-${index}` };
      const program = new FakePod(identity, url, valueOf('FLOWBENCH_WARM_TOKEN'), (given, asked) => this.conduct(given, asked));
      program.onDismissed = () => { this.cluster.setStatus(identity.pod_uid, { phase: 'Succeeded' }); };
      this.pods.push(program);
      return program;
    });
  }

  executor(changes: Partial<WarmPodExecutorOptions> = {}): WarmPodExecutor {
    const executor = new WarmPodExecutor({
      api: this.cluster as unknown as ClusterApi, template: TEMPLATE, runId: RUN, sessionId: 'flow-4', workers: 2, url: this.url, host: '127.0.0.1', port: this.port,
      log: (line) => { this.log.push(line); }, retry: RETRY, ...changes, limits: { ...LIMITS, ...changes.limits },
    });
    this.executors.push(executor);
    return executor;
  }

  async started(changes: Partial<WarmPodExecutorOptions> = {}): Promise<WarmPodExecutor> {
    const executor = this.executor(changes);
    await executor.start();
    return executor;
  }

  async end(): Promise<void> {
    await Promise.all(this.executors.map((executor) => executor.close()));
    for (const pod of this.pods) pod.stop();
  }
}

export async function newStage(startsPods = true): Promise<Stage> {
  const port = await reservedPort();
  return new Stage(port, `http://127.0.0.1:${port}`, startsPods);
}
