import type { ClusterPod } from '../api/objects.js';
import { type PodEnd, podVerdict } from '../jobs/pod-verdict.js';

/**
 * The pods of an engine that stood before a job was sent to it: they are not the job's, so that their past is not
 * its, and a container of theirs that ends is started again in the same pod, which then runs on without the job.
 */
export class StandingPods {
  /** Pods that were over, or about to go, when they were first seen, by their ids. */
  private readonly past = new Set<string>();
  /** How often a pod's container had been started again when the pod was first seen. */
  private readonly restarts = new Map<string, number>();

  /** Whether nothing of the job can be in the pod: one that an earlier job has lost may still be shown. */
  isPast(pod: ClusterPod): boolean {
    const uid = pod.metadata?.uid ?? '';
    if (!this.restarts.has(uid)) {
      this.restarts.set(uid, restartsOf(pod));
      if (pod.metadata?.deletionTimestamp !== undefined || podVerdict(pod).end !== null) this.past.add(uid);
    }
    return this.past.has(uid);
  }

  /** How the container that the job may be in has ended, where another one runs in its place; null where it goes on. */
  endBeforeRestart(pod: ClusterPod): PodEnd | null {
    if (restartsOf(pod) <= (this.restarts.get(pod.metadata?.uid ?? '') ?? 0)) return null;
    const [container] = pod.status?.containerStatuses ?? [];
    if (container === undefined) return null;
    return podVerdict({ ...pod, status: { ...pod.status, phase: 'Failed', containerStatuses: [{ ...container, state: container.lastState ?? {} }] } }).end;
  }
}

function restartsOf(pod: ClusterPod): number {
  return pod.status?.containerStatuses?.[0]?.restartCount ?? 0;
}
