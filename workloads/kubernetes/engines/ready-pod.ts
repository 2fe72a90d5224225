import type { ClusterPod } from '../api/objects.js';

/** Whether a pod is at work and is to stay. */
export function isReadyPod({ metadata, status }: ClusterPod): boolean {
  return metadata?.deletionTimestamp === undefined && status?.conditions?.some(({ type, status: value }) => type === 'Ready' && value === 'True') === true;
}
