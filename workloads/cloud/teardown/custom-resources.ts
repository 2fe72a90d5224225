import { NAMESPACES } from '../../model/physical-names.js';

/** A kind of object inside a cluster that has to go before what runs it. */
export interface WorkloadKind {
  readonly group: string;
  readonly version: string;
  readonly plural: string;
}

export interface WorkloadObject {
  readonly namespace: string;
  readonly name: string;
}

/**
 * In the order in which they go: what makes others first. Their operators run the finalizers, so all of them go
 * while the operators still stand; afterwards nobody would.
 */
export const WORKLOAD_KINDS: readonly WorkloadKind[] = [
  { group: 'sparkoperator.k8s.io', version: 'v1beta2', plural: 'scheduledsparkapplications' },
  { group: 'sparkoperator.k8s.io', version: 'v1beta2', plural: 'sparkapplications' },
  { group: 'ray.io', version: 'v1', plural: 'rayjobs' },
  { group: 'ray.io', version: 'v1', plural: 'rayservices' },
  { group: 'ray.io', version: 'v1', plural: 'rayclusters' },
  { group: 'batch', version: 'v1', plural: 'jobs' },
];

/** What of a cluster's API is needed here. */
export interface WorkloadApi {
  /** Objects of the kind in a namespace; none where the cluster does not know the kind or the namespace. */
  list(kind: WorkloadKind, namespace: string): Promise<WorkloadObject[]>;
  remove(kind: WorkloadKind, object: WorkloadObject): Promise<void>;
  /** Takes its finalizers off, so that it goes without its operator. */
  release(kind: WorkloadKind, object: WorkloadObject): Promise<void>;
}

export interface Waiting {
  sleep(ms: number): Promise<void>;
  /** How long operators get to clean up themselves. */
  readonly patienceMs: number;
  readonly pollMs: number;
}

export interface RemovedWorkloads {
  readonly removed: number;
  /** Whose operator did not answer in time: their finalizers were taken off. */
  readonly released: readonly string[];
}

/** Deletes the workloads in our namespaces and waits until they are gone. Other namespaces are somebody else's. */
export async function removeWorkloads(api: WorkloadApi, waiting: Waiting): Promise<RemovedWorkloads> {
  const released: string[] = [];
  let removed = 0;
  for (const kind of WORKLOAD_KINDS) {
    const objects = await inOurNamespaces(api, kind);
    removed += objects.length;
    for (const object of objects) await api.remove(kind, object);
    for (const object of await stillThere(api, kind, waiting)) {
      await api.release(kind, object);
      released.push(`${kind.plural}/${object.namespace}/${object.name}`);
    }
  }
  return { removed, released };
}

async function inOurNamespaces(api: WorkloadApi, kind: WorkloadKind): Promise<WorkloadObject[]> {
  return (await Promise.all(Object.values(NAMESPACES).map((namespace) => api.list(kind, namespace)))).flat();
}

async function stillThere(api: WorkloadApi, kind: WorkloadKind, waiting: Waiting): Promise<WorkloadObject[]> {
  for (let waitedMs = 0; ; waitedMs += waiting.pollMs) {
    const there = await inOurNamespaces(api, kind);
    if (there.length === 0 || waitedMs >= waiting.patienceMs) return there;
    await waiting.sleep(waiting.pollMs);
  }
}
