import type { ClusterEvent, ClusterPod } from '../api/objects.js';

/** What keeps a pod from starting. `isFinal`: waiting does not help. */
export interface StartTrouble {
  readonly text: string;
  readonly isFinal: boolean;
}

/** Reasons of a waiting container that time alone does not mend. A pull is tried several times before it is given up. */
const FINAL_REASONS: readonly string[] = ['ImagePullBackOff', 'InvalidImageName', 'ErrImageNeverPull', 'CreateContainerConfigError', 'RunContainerError'];
const PASSING_REASONS: readonly string[] = ['ErrImagePull', 'CreateContainerError'];

/** Null for a pod that starts, or has started. */
export function startTrouble(pod: ClusterPod): StartTrouble | null {
  const scheduled = pod.status?.conditions?.find(({ type }) => type === 'PodScheduled');
  if (scheduled?.status === 'False' && scheduled.reason === 'Unschedulable') {
    return { text: `no node takes it: ${scheduled.message ?? 'no reason given'}`, isFinal: false };
  }
  const waiting = pod.status?.containerStatuses?.[0]?.state?.waiting;
  const reason = waiting?.reason ?? '';
  if (!FINAL_REASONS.includes(reason) && !PASSING_REASONS.includes(reason)) return null;
  const image = pod.spec?.containers[0]?.image ?? 'its image';
  return { text: `${reason} of ${image}: ${waiting?.message ?? 'no reason given'}`, isFinal: FINAL_REASONS.includes(reason) };
}

/** What the Job controller says when it may not make the pod (a quota, a missing service account, the pod security level). */
export function creationTrouble(events: Iterable<ClusterEvent>, jobName: string): StartTrouble | null {
  for (const event of events) {
    if (event.involvedObject.kind === 'Job' && event.involvedObject.name === jobName && event.reason === 'FailedCreate') {
      return { text: event.message ?? 'FailedCreate', isFinal: false };
    }
  }
  return null;
}
