import type { ClusterJob, ClusterPod } from '../api/objects.js';
import { JOB_LABELS, JOB_NAMES } from '../../model/job-manifest-names.js';
import type { ClusterApi } from '../api/cluster-api.js';

/** How a Job ended, or that it has not. */
export type JobState = { readonly kind: 'active' } | { readonly kind: 'complete' } | { readonly kind: 'failed'; readonly why: string };

export function jobState(job: ClusterJob): JobState {
  const conditions = job.status?.conditions ?? [];
  const failed = conditions.find(({ type, status }) => type === 'Failed' && status === 'True');
  if (failed !== undefined) return { kind: 'failed', why: [failed.reason, failed.message].filter(Boolean).join(': ') || 'no reason given' };
  return conditions.some(({ type, status }) => type === 'Complete' && status === 'True') ? { kind: 'complete' } : { kind: 'active' };
}

export function isCoordinatorJob(job: ClusterJob): boolean {
  return job.metadata?.labels?.[JOB_LABELS.component] === JOB_NAMES.coordinator;
}

/** The pods of a Job, in the order they were made. */
export async function podsOfJob(api: ClusterApi, jobName: string): Promise<ClusterPod[]> {
  const pods = await api.listPods(`batch.kubernetes.io/job-name=${jobName}`);
  return pods.sort((a, b) => madeAtMs(a) - madeAtMs(b));
}

function madeAtMs(pod: ClusterPod): number {
  return new Date(pod.metadata?.creationTimestamp ?? 0).getTime();
}

/** Exit code of the pod's only container once it has ended, else null. */
export function exitCodeOf(pod: ClusterPod): number | null {
  return pod.status?.containerStatuses?.[0]?.state?.terminated?.exitCode ?? null;
}

/** Whether there is a log to read: the container runs, or has run. */
export function hasLog(pod: ClusterPod): boolean {
  const state = pod.status?.containerStatuses?.[0]?.state;
  return state?.running !== undefined || state?.terminated !== undefined;
}

export function hasEnded(pod: ClusterPod): boolean {
  return pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed';
}
