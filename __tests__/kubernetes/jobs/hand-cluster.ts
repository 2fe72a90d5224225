import type { FlowbenchError } from '../../../workloads/model/errors.js';
import type { ConfigMap, Job } from '../../../workloads/model/job-manifest-types.js';
import type { ClusterApi, WatchEvent, Watching } from '../../../workloads/kubernetes/api/cluster-api.js';
import type { ClusterConfigMap, ClusterEvent, ClusterJob, ClusterPod } from '../../../workloads/kubernetes/api/objects.js';

type PodStatus = NonNullable<ClusterPod['status']>;

interface Follower {
  readonly selector: string;
  readonly tell: (event: WatchEvent<never>) => void;
}

const unused = (): Promise<never> => Promise.reject(new Error('not part of this test'));

/** A cluster of which a test plays every part: it makes the pods of Jobs, and moves them through their lives. */
export class HandCluster implements ClusterApi {
  readonly namespace = 'bench';
  readonly calls = new Map<string, number>();
  /** When the API was last away. */
  awayAtMs = Number.NEGATIVE_INFINITY;
  readonly troubledAtMs = (): number => this.awayAtMs;
  readonly jobs = new Map<string, ClusterJob>();
  readonly configMaps = new Map<string, ConfigMap>();
  readonly patches: { readonly name: string; readonly patch: object }[] = [];
  readonly deleted: string[] = [];
  readonly logs = new Map<string, string>();
  /** Thrown by calls of that name: `create jobs`. */
  readonly refused = new Map<string, Error>();
  /** Pods of a Job that is deleted end at once, as they do within their grace time. */
  endsPods = true;
  readonly getCronJob = unused;
  readonly getConfigMap = unused;
  readonly getLease = unused;
  readonly createLease = unused;
  readonly updateLease = unused;
  readonly getPod = unused;
  readonly followLog = unused;
  readonly pods = new Map<string, ClusterPod>();
  private readonly followers = { pods: new Set<Follower>(), jobs: new Set<Follower>(), events: new Set<Follower>() };
  private readonly blind: ((error: FlowbenchError) => void)[] = [];
  private made = 0;

  async createJob(job: Job): Promise<{ readonly kind: 'created'; readonly job: ClusterJob } | { readonly kind: 'exists' }> {
    await this.call('create jobs');
    const { name } = job.metadata;
    if (this.jobs.has(name)) return { kind: 'exists' };
    const stored = { ...structuredClone(job), status: {} } as unknown as ClusterJob;
    stored.metadata = { ...stored.metadata, uid: `job-${(this.made += 1)}` };
    this.jobs.set(name, stored);
    this.tell('jobs', { kind: 'seen', item: stored });
    return { kind: 'created', job: stored };
  }

  async getJob(name: string): Promise<ClusterJob | null> {
    await this.call('get jobs');
    return this.jobs.get(name) ?? null;
  }

  async listJobs(selector: string): Promise<ClusterJob[]> {
    await this.call('list jobs');
    return [...this.jobs.values()].filter((job) => isSelected(job, selector));
  }

  async patchJob(name: string, patch: object): Promise<ClusterJob | null> {
    await this.call('patch jobs');
    this.patches.push({ name, patch });
    const job = this.jobs.get(name);
    const { labels } = (patch as { metadata?: { labels?: Record<string, string> } }).metadata ?? {};
    if (job?.metadata !== undefined) job.metadata.labels = { ...job.metadata.labels, ...labels };
    return job ?? null;
  }

  async deleteJob(name: string): Promise<void> {
    await this.call('delete jobs');
    this.deleted.push(name);
    const job = this.jobs.get(name);
    this.jobs.delete(name);
    if (job !== undefined) this.tell('jobs', { kind: 'gone', item: job });
    if (this.endsPods) for (const pod of [...this.pods.values()]) if (pod.metadata?.labels?.['batch.kubernetes.io/controller-uid'] === job?.metadata?.uid) this.podGone(pod);
  }

  async createConfigMap(configMap: ConfigMap): Promise<'created' | 'exists'> {
    await this.call('create configmaps');
    if (this.configMaps.has(configMap.metadata.name)) return 'exists';
    this.configMaps.set(configMap.metadata.name, configMap);
    return 'created';
  }

  async listConfigMaps(selector: string): Promise<ClusterConfigMap[]> {
    await this.call('list configmaps');
    return [...this.configMaps.values()].map((map) => map as unknown as ClusterConfigMap).filter((map) => isSelected(map, selector));
  }

  async deleteConfigMap(name: string): Promise<void> {
    await this.call('delete configmaps');
    this.configMaps.delete(name);
  }

  async listPods(): Promise<ClusterPod[]> {
    await this.call('list pods');
    return [...this.pods.values()];
  }

  async podLog(pod: string): Promise<string | null> {
    await this.call('get pods/log');
    return this.logs.get(pod) ?? null;
  }

  watchPods(selector: string, onEvent: (event: WatchEvent<ClusterPod>) => void): Watching {
    return this.follow('pods', selector, onEvent, [...this.pods.values()]);
  }

  watchJobs(selector: string, onEvent: (event: WatchEvent<ClusterJob>) => void): Watching {
    return this.follow('jobs', selector, onEvent, [...this.jobs.values()]);
  }

  watchEvents(onEvent: (event: WatchEvent<ClusterEvent>) => void): Watching {
    return this.follow('events', '', onEvent, []);
  }

  get watches(): number {
    return this.followers.pods.size + this.followers.jobs.size + this.followers.events.size;
  }

  /** All watches give up. */
  goBlind(error: FlowbenchError): void {
    for (const tell of this.blind) tell(error);
  }

  /** The Job that was made last, once it is there. */
  async job(): Promise<ClusterJob> {
    for (let turns = 0; turns < 1_000 && this.jobs.size === 0; turns += 1) await new Promise((resolve) => setImmediate(resolve));
    const job = [...this.jobs.values()].at(-1);
    if (job === undefined) throw new Error('no Job was made');
    return job;
  }

  /** A pod of an index, as the Job controller makes it. */
  pod(job: ClusterJob, index: number, status: PodStatus = { phase: 'Pending' }): ClusterPod {
    const uid = `pod-${(this.made += 1)}`;
    const name = `${job.metadata?.name}-${index}-${uid}`;
    const labels = { ...job.spec?.template.metadata?.labels, 'batch.kubernetes.io/controller-uid': job.metadata?.uid ?? '', 'batch.kubernetes.io/job-completion-index': String(index) };
    return this.set({ metadata: { name, uid, labels }, spec: { containers: [] } }, status);
  }

  /** Another status of a pod. */
  set(pod: ClusterPod, status: PodStatus, more: { readonly node?: string; readonly deleting?: boolean } = {}): ClusterPod {
    const metadata = { ...pod.metadata, ...(more.deleting === true ? { deletionTimestamp: new Date() } : {}) };
    const next: ClusterPod = { ...pod, metadata, status, spec: { containers: [], ...pod.spec, ...(more.node === undefined ? {} : { nodeName: more.node }) } };
    this.pods.set(next.metadata?.uid ?? '', next);
    this.tell('pods', { kind: 'seen', item: next });
    return next;
  }

  podGone(pod: ClusterPod): void {
    this.pods.delete(pod.metadata?.uid ?? '');
    this.tell('pods', { kind: 'gone', item: pod });
  }

  setJob(job: ClusterJob, type: string, reason: string): void {
    job.status = { conditions: [{ type, status: 'True', reason, message: 'of the controller' }] };
    this.tell('jobs', { kind: 'seen', item: job });
  }

  event(kind: 'Job' | 'Pod', about: { metadata?: { uid?: string; name?: string } }, reason: string, message = ''): void {
    this.tell('events', { kind: 'seen', item: { metadata: {}, involvedObject: { kind, uid: about.metadata?.uid ?? '' }, reason, message } });
  }

  private async call(name: string): Promise<void> {
    await Promise.resolve();
    this.calls.set(name, (this.calls.get(name) ?? 0) + 1);
    const error = this.refused.get(name);
    if (error !== undefined) throw error;
  }

  private follow(kind: keyof HandCluster['followers'], selector: string, tell: Follower['tell'], there: readonly object[]): Watching {
    const follower = { selector, tell };
    this.followers[kind].add(follower);
    for (const item of there) if (isSelected(item, selector)) tell({ kind: 'seen', item: item as never });
    let end: (error: FlowbenchError | null) => void = () => undefined;
    const ended = new Promise<FlowbenchError | null>((resolve) => { end = resolve; });
    this.blind.push(end);
    const refused = this.refused.get(`watch ${kind}`);
    return { ready: refused === undefined ? Promise.resolve() : Promise.reject(refused), ended, stop: () => { this.followers[kind].delete(follower); end(null); } };
  }

  private tell(kind: keyof HandCluster['followers'], event: WatchEvent<object>): void {
    for (const { selector, tell } of this.followers[kind]) if (isSelected(event.item, selector)) tell(event as WatchEvent<never>);
  }
}

/** `a=b,!c` */
function isSelected(object: object, selector: string): boolean {
  const labels = (object as { metadata?: { labels?: Record<string, string> } }).metadata?.labels ?? {};
  return selector.split(',').filter((term) => term !== '').every((term) => {
    if (term.startsWith('!')) return labels[term.slice(1)] === undefined;
    const [key = '', value] = term.split('=');
    return labels[key] === value;
  });
}
