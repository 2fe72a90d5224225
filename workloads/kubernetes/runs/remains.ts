import type { ClusterJob } from '../api/objects.js';
import { runLabelSelector } from '../../model/job-manifest.js';
import { JOB_LABELS } from '../../model/job-manifest-names.js';
import type { ClusterApi } from '../api/cluster-api.js';
import { leaseName } from '../lease/run-lease.js';
import { coordinatorJobName } from './start-run.js';

/** `job/fw-…`: what kubectl calls it. */
export type RemainName = `${'job' | 'configmap' | 'pod' | 'lease'}/${string}`;

/** Everything in the namespace that belongs to a run; nothing for a run that is over and cleaned up. */
export async function remainsOf(api: ClusterApi, runId: string): Promise<RemainName[]> {
  const selector = runLabelSelector(runId);
  const [jobs, configMaps, pods, lease] = await Promise.all([
    api.listJobs(selector), api.listConfigMaps(selector), api.listPods(selector), api.getLease(leaseName(runId)),
  ]);
  return [
    ...jobs.map((job): RemainName => `job/${nameOf(job)}`),
    ...configMaps.map((configMap): RemainName => `configmap/${nameOf(configMap)}`),
    ...pods.map((pod): RemainName => `pod/${nameOf(pod)}`),
    ...(lease === null ? [] : [`lease/${leaseName(runId)}` as const]),
  ];
}

/**
 * Deletes the coordinator's Job first, so that its pod is told to end (SIGTERM), then what it made and could not
 * take away. Kubernetes deletes what a deleted object owns by itself: pods, and the lease of the run.
 */
export async function removeRun(api: ClusterApi, runId: string): Promise<void> {
  await api.deleteJob(coordinatorJobName(runId));
  const selector = runLabelSelector(runId);
  const [jobs, configMaps] = await Promise.all([api.listJobs(selector), api.listConfigMaps(selector)]);
  for (const job of jobs) await api.deleteJob(nameOf(job));
  for (const configMap of configMaps) await api.deleteConfigMap(nameOf(configMap));
}

const LOOK_EVERY_MS = 500;

/** Waits until nothing is left; what is left when the patience is over is answered. */
export async function untilGone(api: ClusterApi, runId: string, patienceMs: number, signal?: AbortSignal): Promise<RemainName[]> {
  const untilMs = performance.now() + patienceMs;
  for (;;) {
    const remains = await remainsOf(api, runId);
    if (remains.length === 0 || performance.now() > untilMs || signal?.aborted === true) return remains;
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
}

function nameOf(object: { readonly metadata?: { readonly name?: string } }): string {
  return object.metadata?.name ?? '';
}

/** The run that an object is of; null for what is of none. */
export function runOf(object: Pick<ClusterJob, 'metadata'>): string | null {
  return object.metadata?.labels?.[JOB_LABELS.run] ?? null;
}
