import type { ClusterApi, Watching, WatchEvent } from '../../workloads/kubernetes/api/cluster-api.js';
import type { ClusterConfigMap, ClusterCronJob, ClusterEvent, ClusterJob, ClusterLease, ClusterPod } from '../../workloads/kubernetes/api/objects.js';
import type { ConfigMap, Job } from '../../workloads/model/job-manifest-types.js';

/** What a log does when it is followed: its lines so far, and whether it is then at its end. */
export interface FakeLog {
  lines: string[];
  isEnded: boolean;
}

/** A cluster in memory that does nothing by itself: a test moves its pods and Jobs by hand. */
export class FakeCluster implements ClusterApi {
  readonly namespace = 'flowbench-alpha';
  readonly calls = new Map<string, number>();
  readonly troubledAtMs = (): number => Number.NEGATIVE_INFINITY;
  readonly jobs = new Map<string, ClusterJob>();
  readonly pods = new Map<string, ClusterPod>();
  readonly configMaps = new Map<string, ClusterConfigMap>();
  readonly leases = new Map<string, ClusterLease>();
  readonly logs = new Map<string, FakeLog>();
  readonly events: ClusterEvent[] = [];
  cronJob: ClusterCronJob | null = null;
  /** Called before each call: may throw. */
  before: (call: string) => void = () => undefined;
  private version = 1;

  async createJob(job: Job): Promise<{ kind: 'created'; job: ClusterJob } | { kind: 'exists' }> {
    await this.note('create jobs');
    if (this.jobs.has(job.metadata.name)) return { kind: 'exists' };
    const stored = { ...(structuredClone(job) as unknown as ClusterJob), status: {} };
    stored.metadata = { ...stored.metadata, uid: `uid-of-${job.metadata.name}` };
    this.jobs.set(job.metadata.name, stored);
    return { kind: 'created', job: stored };
  }

  async getJob(name: string): Promise<ClusterJob | null> {
    await this.note('get jobs');
    return this.jobs.get(name) ?? null;
  }

  async listJobs(selector: string): Promise<ClusterJob[]> {
    await this.note('list jobs');
    return [...this.jobs.values()].filter((job) => matches(job, selector));
  }

  async patchJob(): Promise<ClusterJob | null> {
    await this.note('patch jobs');
    return null;
  }

  async deleteJob(name: string): Promise<void> {
    await this.note('delete jobs');
    const job = this.jobs.get(name);
    this.jobs.delete(name);
    const isOwned = (object: { metadata?: { ownerReferences?: { uid: string }[]; labels?: Record<string, string> } }): boolean =>
      (object.metadata?.ownerReferences ?? []).some(({ uid }) => uid === job?.metadata?.uid) || object.metadata?.labels?.['batch.kubernetes.io/job-name'] === name;
    for (const kind of [this.jobs, this.pods, this.configMaps, this.leases] as Map<string, ClusterPod>[]) {
      for (const [key, object] of kind) if (isOwned(object)) kind.delete(key);
    }
  }

  async getCronJob(): Promise<ClusterCronJob | null> {
    await this.note('get cronjobs');
    return this.cronJob;
  }

  async createConfigMap(configMap: ConfigMap): Promise<'created' | 'exists'> {
    await this.note('create configmaps');
    this.configMaps.set(configMap.metadata.name, configMap as unknown as ClusterConfigMap);
    return 'created';
  }

  async getConfigMap(name: string): Promise<ClusterConfigMap | null> {
    await this.note('get configmaps');
    return this.configMaps.get(name) ?? null;
  }

  async listConfigMaps(selector: string): Promise<ClusterConfigMap[]> {
    await this.note('list configmaps');
    return [...this.configMaps.values()].filter((configMap) => matches(configMap, selector));
  }

  async deleteConfigMap(name: string): Promise<void> {
    await this.note('delete configmaps');
    this.configMaps.delete(name);
  }

  async getLease(name: string): Promise<ClusterLease | null> {
    await this.note('get leases');
    return structuredClone(this.leases.get(name)) ?? null;
  }

  async createLease(lease: ClusterLease): Promise<ClusterLease | 'conflict'> {
    await this.note('create leases');
    return this.leases.has(lease.metadata?.name ?? '') ? 'conflict' : this.keepLease(lease);
  }

  async updateLease(lease: ClusterLease): Promise<ClusterLease | 'conflict'> {
    await this.note('update leases');
    const there = this.leases.get(lease.metadata?.name ?? '');
    return there === undefined || there.metadata?.resourceVersion !== lease.metadata?.resourceVersion ? 'conflict' : this.keepLease(lease);
  }

  async getPod(name: string): Promise<ClusterPod | null> {
    await this.note('get pods');
    return this.pods.get(name) ?? null;
  }

  async listPods(selector: string): Promise<ClusterPod[]> {
    await this.note('list pods');
    return [...this.pods.values()].filter((pod) => matches(pod, selector));
  }

  async podLog(pod: string): Promise<string | null> {
    await this.note('get pods/log');
    return this.logs.get(pod)?.lines.join('\n') ?? null;
  }

  async followLog(pod: string, { signal }: { readonly signal: AbortSignal }, onLine: (line: string) => void): Promise<boolean> {
    await this.note('get pods/log');
    const log = this.logs.get(pod);
    for (const line of log?.lines ?? []) onLine(line);
    return log?.isEnded === true && !signal.aborted;
  }

  watchPods(): Watching {
    return watching();
  }

  watchJobs(): Watching {
    return watching();
  }

  watchEvents(onEvent: (event: WatchEvent<ClusterEvent>) => void): Watching {
    for (const item of this.events) onEvent({ kind: 'seen', item });
    return watching();
  }

  private keepLease(lease: ClusterLease): ClusterLease {
    this.version += 1;
    const stored = { ...structuredClone(lease), metadata: { ...structuredClone(lease.metadata), resourceVersion: String(this.version) } };
    this.leases.set(lease.metadata?.name ?? '', stored);
    return structuredClone(stored);
  }

  private async note(call: string): Promise<void> {
    this.calls.set(call, (this.calls.get(call) ?? 0) + 1);
    this.before(call);
    await Promise.resolve();
  }
}

function watching(): Watching {
  return { ready: Promise.resolve(), ended: Promise.resolve(null), stop: () => undefined };
}

/** `a=b` and `a`, which is all that is asked for. */
function matches(object: { metadata?: { labels?: Record<string, string> } }, selector: string): boolean {
  const [key = '', value] = selector.split('=');
  const label = object.metadata?.labels?.[key];
  return value === undefined ? label !== undefined : label === value;
}
