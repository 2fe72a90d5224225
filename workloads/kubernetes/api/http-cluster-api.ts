import type { ConfigMap, Job } from '../../model/job-manifest-types.js';
import { ApiCaller, DEFAULT_API_RETRY, type ApiRetry } from './caller.js';
import type { CustomKind, CustomResources, EngineApi, WatchEvent, Watching } from './cluster-api.js';
import { Collection } from './collection.js';
import type { ClusterConnection } from './connection.js';
import { HttpClient } from './http.js';
import type { ClusterConfigMap, ClusterCronJob, ClusterDeployment, ClusterEvent, ClusterJob, ClusterLease, ClusterPod, CustomObject } from './objects.js';
import { scaleDeployment } from './scale.js';
import { PodLogs } from './pod-log.js';

/** {@link EngineApi}, and so ClusterApi, over the HTTP API of one server. */
export class HttpClusterApi implements EngineApi {
  readonly calls: ReadonlyMap<string, number>;
  readonly troubledAtMs: () => number;
  private readonly jobs: Collection<ClusterJob>;
  private readonly cronJobs: Collection<ClusterCronJob>;
  private readonly configMaps: Collection<ClusterConfigMap>;
  private readonly leases: Collection<ClusterLease>;
  private readonly pods: Collection<ClusterPod>;
  private readonly events: Collection<ClusterEvent>;
  private readonly deployments: Collection<ClusterDeployment>;
  private readonly logs: PodLogs;

  private readonly caller: ApiCaller;

  constructor(connection: ClusterConnection, readonly namespace: string, retry: ApiRetry = DEFAULT_API_RETRY) {
    const caller = new ApiCaller(new HttpClient(connection), retry);
    this.caller = caller;
    this.calls = caller.calls;
    this.troubledAtMs = () => caller.troubledAtMs;
    this.jobs = new Collection(caller, namespace, 'jobs', '/apis/batch/v1');
    this.cronJobs = new Collection(caller, namespace, 'cronjobs', '/apis/batch/v1');
    this.configMaps = new Collection(caller, namespace, 'configmaps', '/api/v1');
    this.leases = new Collection(caller, namespace, 'leases', '/apis/coordination.k8s.io/v1');
    this.pods = new Collection(caller, namespace, 'pods', '/api/v1');
    this.events = new Collection(caller, namespace, 'events', '/api/v1');
    this.deployments = new Collection(caller, namespace, 'deployments', '/apis/apps/v1');
    this.logs = new PodLogs(caller, namespace, this.pods.path);
  }

  async createJob(job: Job): Promise<{ readonly kind: 'created'; readonly job: ClusterJob } | { readonly kind: 'exists' }> {
    const created = await this.jobs.create(job);
    return created === null ? { kind: 'exists' } : { kind: 'created', job: created };
  }

  getJob(name: string): Promise<ClusterJob | null> {
    return this.jobs.get(name);
  }

  listJobs(labelSelector: string): Promise<ClusterJob[]> {
    return this.jobs.list(labelSelector);
  }

  patchJob(name: string, patch: object): Promise<ClusterJob | null> {
    return this.jobs.patch(name, patch);
  }

  deleteJob(name: string): Promise<void> {
    return this.jobs.delete(name);
  }

  getCronJob(name: string): Promise<ClusterCronJob | null> {
    return this.cronJobs.get(name);
  }

  async createConfigMap(configMap: ConfigMap): Promise<'created' | 'exists'> {
    return (await this.configMaps.create(configMap)) === null ? 'exists' : 'created';
  }

  getConfigMap(name: string): Promise<ClusterConfigMap | null> {
    return this.configMaps.get(name);
  }

  listConfigMaps(labelSelector: string): Promise<ClusterConfigMap[]> {
    return this.configMaps.list(labelSelector);
  }

  deleteConfigMap(name: string): Promise<void> {
    return this.configMaps.delete(name);
  }

  getLease(name: string): Promise<ClusterLease | null> {
    return this.leases.get(name);
  }

  async createLease(lease: ClusterLease): Promise<ClusterLease | 'conflict'> {
    return (await this.leases.create(lease)) ?? 'conflict';
  }

  updateLease(lease: ClusterLease): Promise<ClusterLease | 'conflict'> {
    const { holderIdentity, renewTime } = lease.spec ?? {};
    return this.leases.update(lease, (there) => there.spec?.holderIdentity === holderIdentity && there.spec?.renewTime?.getTime() === renewTime?.getTime());
  }

  getPod(name: string): Promise<ClusterPod | null> {
    return this.pods.get(name);
  }

  listPods(labelSelector: string): Promise<ClusterPod[]> {
    return this.pods.list(labelSelector);
  }

  podLog(pod: string, { tailLines }: { readonly tailLines: number }): Promise<string | null> {
    return this.logs.tail(pod, tailLines);
  }

  followLog(pod: string, options: { readonly sinceSeconds?: number; readonly signal: AbortSignal }, onLine: (line: string) => void): Promise<boolean> {
    return this.logs.follow(pod, options, onLine);
  }

  watchPods(labelSelector: string, onEvent: (event: WatchEvent<ClusterPod>) => void): Watching {
    return this.pods.follow(labelSelector, onEvent);
  }

  watchJobs(labelSelector: string, onEvent: (event: WatchEvent<ClusterJob>) => void): Watching {
    return this.jobs.follow(labelSelector, onEvent);
  }

  watchEvents(onEvent: (event: WatchEvent<ClusterEvent>) => void): Watching {
    return this.events.follow(undefined, onEvent, false);
  }

  custom<Item extends CustomObject>({ apiVersion, resource }: CustomKind): CustomResources<Item> {
    return new Collection<Item>(this.caller, this.namespace, resource, `/apis/${apiVersion}`, true);
  }

  getDeployment(name: string): Promise<ClusterDeployment | null> {
    return this.deployments.get(name);
  }

  scaleDeployment(name: string, replicas: number): Promise<number | null> {
    return scaleDeployment(this.caller, { namespace: this.namespace, path: this.deployments.pathOf(name), name }, replicas);
  }
}
