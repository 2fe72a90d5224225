import type { CoreV1Event, V1ConfigMap, V1CronJob, V1Job, V1Lease, V1Pod } from '@kubernetes/client-node';
import type { ConfigMap, Job } from '../../model/job-manifest-types.js';

/** What a watch tells; after `relisted` everything there is was told anew as `seen`, and what was not told is gone. */
export type WatchEvent<Item> =
  | { readonly kind: 'seen'; readonly item: Item }
  | { readonly kind: 'gone'; readonly item: Item };

/**
 * Follows a kind by list and watch. It goes on through a watch that expired (410: it lists again), a server that
 * restarts or is busy (429, 5xx: it backs off), until it is stopped; what happened meanwhile is told after it.
 */
export interface Watching {
  /** Resolves when the first list is told; rejects when the API refuses it for good (403, 404). */
  readonly ready: Promise<void>;
  stop(): void;
}

/**
 * The calls of ours to the API of one cluster, in one namespace. Each tries again for a while what may pass (429,
 * 5xx, a connection refused or cut), then throws FlowbenchError: `configuration` for what a person must mend (401,
 * 403 with the missing verb, no namespace), `infrastructure` for a cluster that does not answer.
 */
export interface ClusterApi {
  readonly namespace: string;
  /** How often each call was made, tries included: `create jobs` → 12. */
  readonly calls: ReadonlyMap<string, number>;

  /** `exists` where one of that name is there. */
  createJob(job: Job): Promise<{ readonly kind: 'created'; readonly job: V1Job } | { readonly kind: 'exists' }>;
  getJob(name: string): Promise<V1Job | null>;
  listJobs(labelSelector: string): Promise<V1Job[]>;
  /** Merge patch. Null where it is gone. */
  patchJob(name: string, patch: object): Promise<V1Job | null>;
  /** With everything it owns, in the background. Gone is fine. */
  deleteJob(name: string): Promise<void>;
  getCronJob(name: string): Promise<V1CronJob | null>;

  createConfigMap(configMap: ConfigMap): Promise<'created' | 'exists'>;
  getConfigMap(name: string): Promise<V1ConfigMap | null>;
  listConfigMaps(labelSelector: string): Promise<V1ConfigMap[]>;
  deleteConfigMap(name: string): Promise<void>;

  getLease(name: string): Promise<V1Lease | null>;
  /** `conflict` where another was faster: it exists by now, or changed since it was read. */
  createLease(lease: V1Lease): Promise<V1Lease | 'conflict'>;
  updateLease(lease: V1Lease): Promise<V1Lease | 'conflict'>;

  getPod(name: string): Promise<V1Pod | null>;
  listPods(labelSelector: string): Promise<V1Pod[]>;
  /** What a container wrote so far, its last lines; null where the pod or its log is gone. */
  podLog(pod: string, options: { readonly tailLines: number }): Promise<string | null>;
  /** Calls for each line as it is written, until the container ends (true) or the signal is raised or the connection cut (false). */
  followLog(pod: string, options: { readonly sinceSeconds?: number; readonly signal: AbortSignal }, onLine: (line: string) => void): Promise<boolean>;

  watchPods(labelSelector: string, onEvent: (event: WatchEvent<V1Pod>) => void): Watching;
  watchJobs(labelSelector: string, onEvent: (event: WatchEvent<V1Job>) => void): Watching;
  /** Of the whole namespace: an event carries no labels of what it is about. */
  watchEvents(onEvent: (event: WatchEvent<CoreV1Event>) => void): Watching;
}

/** Which cluster, and as whom. */
export type ClusterAccess =
  | { readonly kind: 'in-cluster'; readonly namespace: string }
  | { readonly kind: 'kubeconfig'; readonly namespace: string; /** Absent: KUBECONFIG, then the home's. */ readonly file?: string; readonly context?: string };
