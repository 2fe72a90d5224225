import { failed, type Verdict } from '../../coordinator/executors/failure.js';
import { type ClusterPod } from '../api/objects.js';

/** What a pod's end makes of the unit it had; null while it has not ended. */
export function podEnd(pod: ClusterPod): Verdict | null {
  const name = pod.metadata?.name ?? 'a pod';
  const terminated = pod.status?.containerStatuses?.[0]?.state?.terminated;
  const [reason, message, phase] = [pod.status?.reason ?? '', pod.status?.message ?? '', pod.status?.phase];
  if (reason === 'Evicted') return failed(/memory/i.test(message) ? 'out_of_memory' : 'out_of_disk', `The pod ${name} was evicted: ${message}`);
  if (terminated?.reason === 'OOMKilled') return failed('out_of_memory', `The pod ${name} was killed for passing its memory limit.`, { exitCode: terminated.exitCode });
  if (terminated !== undefined || phase === 'Failed' || phase === 'Succeeded') {
    return failed('worker_lost', `The pod ${name} ended with exit code ${terminated?.exitCode ?? 'unknown'}${message === '' ? '' : `: ${message}`}.`, { exitCode: terminated?.exitCode ?? null });
  }
  return pod.metadata?.deletionTimestamp === undefined ? null : failed('worker_lost', `The pod ${name} is being deleted.`);
}

export function startTrouble(pod: ClusterPod): string | null {
  const scheduled = pod.status?.conditions?.find(({ type }) => type === 'PodScheduled');
  if (scheduled?.reason === 'Unschedulable') return `no node takes it (${scheduled.message ?? 'no reason given'})`;
  const waiting = pod.status?.containerStatuses?.[0]?.state?.waiting;
  if (waiting?.reason === 'ImagePullBackOff' || waiting?.reason === 'InvalidImageName') return `${waiting.reason} (${waiting.message ?? ''})`;
  return null;
}
