import { setTimeout as sleep } from 'node:timers/promises';
import type { RayPlace } from '../../model/engine-places.js';
import { FlowbenchError } from '../../model/errors.js';
import type { EngineApi } from '../api/cluster-api.js';
import type { EngineLimits } from './limits.js';
import { PodPatience } from './pod-patience.js';
import { RAY_CLUSTER, type RayClusterObject, withReplicas } from './ray-job.js';
import { isReadyPod } from './ready-pod.js';

/** Labels that KubeRay gives the pods of a cluster. */
export const RAY_CLUSTER_LABEL = 'ray.io/cluster';
export const RAY_NODE_LABEL = 'ray.io/node-type';

export interface RayScaling {
  readonly api: EngineApi;
  readonly place: RayPlace;
  readonly limits: EngineLimits;
  readonly signal: AbortSignal;
}

/**
 * Gives the RayCluster so many workers, and waits until these are ready and no other is there. Throws
 * `configuration` where there is no such cluster, `infrastructure` with the words of a pod that does not come.
 */
export async function scaleRay(scaling: RayScaling, workers: number): Promise<void> {
  await patchReplicas(scaling, workers);
  const { api, place, limits, signal } = scaling;
  const untilMs = performance.now() + limits.openMs;
  const troubles: string[] = [];
  const patience = new PodPatience(limits, (sentence) => { troubles.push(sentence); });
  try {
    for (;;) {
      signal.throwIfAborted();
      const pods = (await api.listPods(`${RAY_CLUSTER_LABEL}=${place.rayCluster}`)).filter(({ metadata }) => metadata?.labels?.[RAY_NODE_LABEL] === 'worker');
      for (const pod of pods) patience.look(pod);
      const ready = pods.filter(isReadyPod).length;
      const told = (await api.custom<RayClusterObject>(RAY_CLUSTER).get(place.rayCluster))?.status;
      const known = told?.readyWorkerReplicas ?? told?.availableWorkerReplicas ?? 0;
      if (ready === workers && pods.length === workers && known === workers) return;
      if (troubles[0] !== undefined) throw new FlowbenchError('infrastructure', `The RayCluster does not come to ${workers} workers: ${troubles[0]}`);
      if (performance.now() > untilMs) {
        throw new FlowbenchError('infrastructure', `The RayCluster has ${ready} ready workers (${pods.length} pods, ${known} by its operator) instead of ${workers} after ${limits.openMs / 1_000} s.`);
      }
      await sleep(limits.lookEveryMs);
    }
  } finally {
    patience.stop();
  }
}

/** Says how many workers there are to be, and waits for none. */
export async function patchReplicas({ api, place, limits }: Pick<RayScaling, 'api' | 'place' | 'limits'>, workers: number): Promise<void> {
  const clusters = api.custom<RayClusterObject>(RAY_CLUSTER);
  const untilMs = performance.now() + limits.shortTroubleMs;
  for (;;) {
    const cluster = await clusters.get(place.rayCluster);
    const patch = cluster === null ? null : withReplicas(cluster, place.workerGroup, workers);
    if (patch === null) {
      throw new FlowbenchError('configuration', `There is no RayCluster ${place.rayCluster} with a group "${place.workerGroup}" in namespace ${place.namespace}.`, { remedy: 'Deploy delta-stack again.' });
    }
    try {
      await clusters.patch(place.rayCluster, patch);
      return;
    } catch (error) {
      // Its operator changed it meanwhile: what it wrote is read again.
      if (!(error instanceof FlowbenchError && /please apply your changes to the latest version|the object has been modified/.test(error.message)) || performance.now() > untilMs) throw error;
      await sleep(limits.lookEveryMs);
    }
  }
}
