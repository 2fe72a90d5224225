// The coordinator's part of the cluster's benchmark, in a process of its own whose memory and CPU time are counted;
// started by main.ts with the environment of S3. Prints one line of JSON.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setUpS3 } from '../../workloads/cli/s3.js';
import { connectCluster } from '../../workloads/kubernetes/api/connect.js';
import { KubernetesJobExecutor } from '../../workloads/kubernetes/jobs/job-executor.js';
import { readDeployedPhase, readJobTemplate } from '../../workloads/kubernetes/runs/deployed-phase.js';
import { type Job } from '../../workloads/model/job-manifest-types.js';
import { storageOf } from '../../workloads/storage/storage-of.js';
import { type ManyPods, measureManyPods } from './many-pods.js';
import { measureOverhead, type Overhead } from './overhead.js';

/** Numbers of pods; the first is the largest run of a scaling curve, the others show how work grows. */
export const PODS = [256, 250, 500, 1_000] as const;

export interface Found {
  readonly pods: Overhead;
  readonly processes: Overhead;
  readonly many: readonly ManyPods[];
}

async function measure(kubeconfig: string, namespace: string, simulated: string): Promise<Found> {
  setUpS3();
  const scratchDir = mkdtempSync(join(tmpdir(), 'flowbench-bench-cluster-'));
  const api = await connectCluster({ kind: 'kubeconfig', file: kubeconfig, namespace });
  const { facts } = await readDeployedPhase(api);
  const template = await readJobTemplate(api);
  const common = { api, runId: 'bench', log: (line: string) => { process.stderr.write(`${line}\n`); } };
  try {
    const partialsUri = `s3://${facts.resultsBucket}/partials/bench`;
    const executor = new KubernetesJobExecutor({ ...common, template, sessionId: 'overhead', storage: storageOf(partialsUri) });
    await executor.start();
    const overhead = await measureOverhead(executor, { datasetUri: `s3://${facts.datasetBucket}/tpch/sf0.01`, partialsUri, scratchDir });
    await executor.close();
    const many: ManyPods[] = [];
    for (const pods of PODS) many.push(await measureManyPods({ ...common, template: crowded(template), image: simulated }, pods));
    return { ...overhead, many };
  } finally {
    rmSync(scratchDir, { recursive: true, force: true });
  }
}

/** Many pods on a node: what is measured is the coordinator, and a thousand nodes would only keep the scheduler busy. */
function crowded(template: Job): Job {
  const pod = template.spec.template.spec;
  const containers = pod.containers.map((container) => ({ ...container, resources: { requests: { cpu: '10m', memory: '16Mi' }, limits: { memory: '16Mi' } } }));
  const affinity = { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [] } };
  return { ...template, spec: { ...template.spec, template: { ...template.spec.template, spec: { ...pod, affinity, containers } } } };
}

const [kubeconfig = '', namespace = '', simulated = ''] = process.argv.slice(2);
measure(kubeconfig, namespace, simulated).then(
  (found) => { process.stdout.write(`${JSON.stringify(found)}\n`); },
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  },
);
