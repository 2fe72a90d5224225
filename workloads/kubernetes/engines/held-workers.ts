import type { EnginePlaces } from '../../model/engine-places.js';
import type { EngineApi } from '../api/cluster-api.js';
import { DEFAULT_ENGINE_LIMITS } from './limits.js';
import { RAY_CLUSTER, type RayClusterObject } from './ray-job.js';
import { patchReplicas } from './ray-workers.js';
import { scaleTrino } from './trino-workers.js';

/** Nodes that an engine holds by its workers: `deployment/trino-worker`, as kubectl calls what has them. */
export interface HeldWorkers {
  readonly name: string;
  readonly workers: number;
}

/**
 * Scales away the workers of engines that stand: a run whose coordinator was lost leaves them as they were, and
 * each run asks for its own. Answers those that were there.
 */
export async function letWorkersGo({ trino, ray }: EnginePlaces, connect: (namespace: string) => Promise<EngineApi>): Promise<HeldWorkers[]> {
  const held: HeldWorkers[] = [];
  if (trino !== undefined) {
    const api = await connect(trino.namespace);
    const workers = (await api.getDeployment(trino.workerDeployment))?.spec?.replicas ?? 0;
    if (workers > 0) await scaleTrino({ api, place: trino }, 0);
    held.push({ name: `deployment/${trino.workerDeployment}`, workers });
  }
  if (ray !== undefined) {
    const api = await connect(ray.namespace);
    const cluster = await api.custom<RayClusterObject>(RAY_CLUSTER).get(ray.rayCluster);
    const workers = cluster?.spec?.workerGroupSpecs?.find(({ groupName }) => groupName === ray.workerGroup)?.replicas ?? 0;
    if (workers > 0) await patchReplicas({ api, place: ray, limits: DEFAULT_ENGINE_LIMITS }, 0);
    held.push({ name: `raycluster/${ray.rayCluster}`, workers });
  }
  return held.filter(({ workers }) => workers > 0);
}
