import type { FlowbenchError } from '../../model/errors.js';
import type { ConfigMap, Job, ObjectMeta } from '../../model/job-manifest-types.js';
import type { ClusterConfigMap, ClusterCronJob, ClusterDeployment, ClusterEvent, ClusterJob, ClusterLease, ClusterPod, CustomObject } from './objects.js';

/**
 * What a watch tells. After it had to list again, everything there is is told anew as `seen`, and what was not is
 * `gone`, with its metadata alone.
 */
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
  /** Never rejects. Null once it was stopped; the reason when it gave up: refused for good, or no server for minutes. */
  readonly ended: Promise<FlowbenchError | null>;
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
  /** When the server was last not reached, or not well, on the clock of `performance.now()`; -Infinity where it always was. */
  troubledAtMs(): number;

  /** `exists` where one of that name is there. */
  createJob(job: Job): Promise<{ readonly kind: 'created'; readonly job: ClusterJob } | { readonly kind: 'exists' }>;
  getJob(name: string): Promise<ClusterJob | null>;
  listJobs(labelSelector: string): Promise<ClusterJob[]>;
  /** Merge patch. Null where it is gone. */
  patchJob(name: string, patch: object): Promise<ClusterJob | null>;
  /** With everything it owns, in the background. Gone is fine. */
  deleteJob(name: string): Promise<void>;
  getCronJob(name: string): Promise<ClusterCronJob | null>;

  createConfigMap(configMap: ConfigMap): Promise<'created' | 'exists'>;
  getConfigMap(name: string): Promise<ClusterConfigMap | null>;
  listConfigMaps(labelSelector: string): Promise<ClusterConfigMap[]>;
  deleteConfigMap(name: string): Promise<void>;

  getLease(name: string): Promise<ClusterLease | null>;
  /** `conflict` where another was faster: it exists by now, or changed since it was read. */
  createLease(lease: ClusterLease): Promise<ClusterLease | 'conflict'>;
  updateLease(lease: ClusterLease): Promise<ClusterLease | 'conflict'>;

  getPod(name: string): Promise<ClusterPod | null>;
  listPods(labelSelector: string): Promise<ClusterPod[]>;
  /** What a container wrote so far, its last lines; null where the pod or its log is gone. */
  podLog(pod: string, options: { readonly tailLines: number }): Promise<string | null>;
  /** Calls for each line as it is written, until the container ends (true) or the signal is raised or the connection cut (false). */
  followLog(pod: string, options: { readonly sinceSeconds?: number; readonly signal: AbortSignal }, onLine: (line: string) => void): Promise<boolean>;

  watchPods(labelSelector: string, onEvent: (event: WatchEvent<ClusterPod>) => void): Watching;
  watchJobs(labelSelector: string, onEvent: (event: WatchEvent<ClusterJob>) => void): Watching;
  /** Of the whole namespace: an event carries no labels of what it is about. None is told as gone for having expired. */
  watchEvents(onEvent: (event: WatchEvent<ClusterEvent>) => void): Watching;
}

/** A kind that an operator brings with it. */
export interface CustomKind {
  /** `sparkoperator.k8s.io/v1beta2` */
  readonly apiVersion: string;
  readonly kind: string;
  /** As it stands in paths and rights: `sparkapplications`. */
  readonly resource: string;
}

export interface CustomManifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ObjectMeta;
}

/** The objects of one custom kind in the namespace. What the kind's schema does not know is refused when it is made, never dropped. */
export interface CustomResources<Item> {
  /** Null where one of that name is there. */
  create(manifest: CustomManifest): Promise<Item | null>;
  get(name: string): Promise<Item | null>;
  list(labelSelector: string): Promise<Item[]>;
  /** Merge patch: a list in it takes the place of the whole list. Null where it is gone. */
  patch(name: string, patch: object): Promise<Item | null>;
  delete(name: string): Promise<void>;
  follow(labelSelector: string | undefined, onEvent: (event: WatchEvent<Item>) => void): Watching;
}

/** {@link ClusterApi} in the namespace of an engine: with the kinds of its operator, and Deployments that are scaled. */
export interface EngineApi extends ClusterApi {
  custom<Item extends CustomObject>(kind: CustomKind): CustomResources<Item>;
  getDeployment(name: string): Promise<ClusterDeployment | null>;
  /** Answers the replicas that are wanted from now on; null where there is no such Deployment. */
  scaleDeployment(name: string, replicas: number): Promise<number | null>;
}

/** Which cluster, and as whom. */
export type ClusterAccess =
  | { readonly kind: 'in-cluster'; readonly namespace: string }
  | { readonly kind: 'kubeconfig'; readonly namespace: string; /** Absent: KUBECONFIG, then the home's. */ readonly file?: string; readonly context?: string };
