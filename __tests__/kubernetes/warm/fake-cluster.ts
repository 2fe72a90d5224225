import { type ClusterApi, type WatchEvent, type Watching } from '../../../workloads/kubernetes/api/cluster-api.js';
import { type ClusterEvent, type ClusterJob, type ClusterPod } from '../../../workloads/kubernetes/api/objects.js';
import { type Job } from '../../../workloads/model/job-manifest-types.js';

type Used = Pick<ClusterApi, 'namespace' | 'calls' | 'createJob' | 'getJob' | 'listJobs' | 'deleteJob' | 'podLog' | 'watchPods' | 'watchJobs' | 'watchEvents'>;

interface Watch<Item> {
  readonly takes: (item: Item) => boolean;
  readonly tell: (event: WatchEvent<Item>) => void;
}

/** Takes part in a cluster as the program in a pod. `stop` ends it at once, as SIGKILL does. */
export interface PodProgram {
  stop(): void;
}

/**
 * A namespace with Indexed Jobs whose pods are programs of the test. Pods come at once and end only by the hand of
 * the test or with their Job; what a real controller does more, the test does itself.
 */
export class FakeCluster implements Used {
  readonly namespace = 'flowbench-alpha';
  readonly calls = new Map<string, number>();
  readonly jobs = new Map<string, ClusterJob>();
  readonly pods = new Map<string, { pod: ClusterPod; readonly program: PodProgram | null }>();
  readonly made: Job[] = [];
  private readonly podWatches = new Set<Watch<ClusterPod>>();
  private readonly jobWatches = new Set<Watch<ClusterJob>>();
  private readonly eventWatches = new Set<Watch<ClusterEvent>>();
  private uids = 0;

  /** @param startPod what runs in a new pod; null: it stays pending */
  constructor(private readonly startPod: (pod: ClusterPod, index: number, job: ClusterJob) => PodProgram | null) {}

  createJob(job: Job): Promise<{ kind: 'created'; job: ClusterJob } | { kind: 'exists' }> {
    if (this.jobs.has(job.metadata.name)) return Promise.resolve({ kind: 'exists' });
    this.made.push(job);
    const stored = structuredClone(job) as unknown as ClusterJob;
    this.jobs.set(job.metadata.name, stored);
    this.tellOfJob('seen', stored);
    setImmediate(() => { for (let index = 0; index < (job.spec.completions ?? 0); index += 1) this.makePod(stored, index); });
    return Promise.resolve({ kind: 'created', job: stored });
  }

  getJob(name: string): Promise<ClusterJob | null> {
    return Promise.resolve(this.jobs.get(name) ?? null);
  }

  listJobs(selector: string): Promise<ClusterJob[]> {
    return Promise.resolve([...this.jobs.values()].filter((job) => matches(job.metadata?.labels, selector)));
  }

  /** The Job is gone at once, its pods a moment later. */
  deleteJob(name: string): Promise<void> {
    const job = this.jobs.get(name);
    this.jobs.delete(name);
    if (job !== undefined) this.tellOfJob('gone', job);
    for (const [uid, { pod }] of this.pods) {
      if (pod.metadata?.labels?.['batch.kubernetes.io/job-name'] === name) setTimeout(() => { this.removePod(uid); }, 10);
    }
    return Promise.resolve();
  }

  podLog(pod: string): Promise<string | null> {
    return Promise.resolve(`last words of ${pod}`);
  }

  watchPods(selector: string, tell: (event: WatchEvent<ClusterPod>) => void): Watching {
    return this.watch(this.podWatches, { takes: (pod) => matches(pod.metadata?.labels, selector), tell }, [...this.pods.values()].map(({ pod }) => pod));
  }

  watchJobs(selector: string, tell: (event: WatchEvent<ClusterJob>) => void): Watching {
    return this.watch(this.jobWatches, { takes: (job) => matches(job.metadata?.labels, selector), tell }, [...this.jobs.values()]);
  }

  watchEvents(tell: (event: WatchEvent<ClusterEvent>) => void): Watching {
    return this.watch(this.eventWatches, { takes: () => true, tell }, []);
  }

  /** Pods of an index that have not ended. */
  podOf(index: number): string {
    const found = [...this.pods].find(([, { pod }]) => pod.metadata?.labels?.['batch.kubernetes.io/job-completion-index'] === String(index));
    if (found === undefined) throw new Error(`no pod ${index}`);
    return found[0];
  }

  get names(): string[] {
    return [...this.jobs.keys()];
  }

  setStatus(uid: string, status: NonNullable<ClusterPod['status']>): void {
    const held = this.pods.get(uid);
    if (held === undefined) throw new Error(`no pod ${uid}`);
    held.pod = { ...held.pod, status };
    this.tellOfPod('seen', held.pod);
  }

  /** The container's end, and the pod that the controller makes in its place. */
  endPod(uid: string, status: NonNullable<ClusterPod['status']>): void {
    const held = this.pods.get(uid);
    held?.program?.stop();
    this.setStatus(uid, status);
    const labels = held?.pod.metadata?.labels ?? {};
    const job = this.jobs.get(labels['batch.kubernetes.io/job-name'] ?? '');
    this.removePod(uid);
    if (job !== undefined) this.makePod(job, Number(labels['batch.kubernetes.io/job-completion-index']));
  }

  setJobStatus(name: string, status: NonNullable<ClusterJob['status']>): void {
    const job = this.jobs.get(name);
    if (job === undefined) throw new Error(`no Job ${name}`);
    const changed = { ...job, status };
    this.jobs.set(name, changed);
    this.tellOfJob('seen', changed);
  }

  tellEvent(event: ClusterEvent): void {
    for (const watch of this.eventWatches) watch.tell({ kind: 'seen', item: event });
  }

  private makePod(job: ClusterJob, index: number): void {
    if (!this.jobs.has(job.metadata?.name ?? '')) return;
    const uid = `uid-${this.uids += 1}`;
    const labels = { ...job.spec?.template.metadata?.labels, 'batch.kubernetes.io/job-name': job.metadata?.name ?? '', 'batch.kubernetes.io/job-completion-index': String(index) };
    const pending: ClusterPod = { metadata: { name: `${job.metadata?.name}-${index}-${uid}`, uid, labels }, spec: { ...job.spec?.template.spec, containers: [], nodeName: `node-${index}` }, status: { phase: 'Pending' } };
    const program = this.startPod(pending, index, job);
    const pod: ClusterPod = program === null ? pending : { ...pending, status: { phase: 'Running' } };
    this.pods.set(uid, { pod, program });
    this.tellOfPod('seen', pod);
  }

  private removePod(uid: string): void {
    const held = this.pods.get(uid);
    if (held === undefined) return;
    held.program?.stop();
    this.pods.delete(uid);
    this.tellOfPod('gone', held.pod);
  }

  private watch<Item>(watches: Set<Watch<Item>>, watch: Watch<Item>, there: readonly Item[]): Watching {
    watches.add(watch);
    for (const item of there.filter(watch.takes)) watch.tell({ kind: 'seen', item });
    let ended: (error: null) => void = () => undefined;
    return {
      ready: Promise.resolve(),
      ended: new Promise((resolve) => { ended = resolve; }),
      stop: () => { watches.delete(watch); ended(null); },
    };
  }

  private tellOfPod(kind: 'seen' | 'gone', item: ClusterPod): void {
    for (const watch of [...this.podWatches].filter(({ takes }) => takes(item))) watch.tell({ kind, item });
  }

  private tellOfJob(kind: 'seen' | 'gone', item: ClusterJob): void {
    for (const watch of [...this.jobWatches].filter(({ takes }) => takes(item))) watch.tell({ kind, item });
  }
}

function matches(labels: Readonly<Record<string, string>> | undefined, selector: string): boolean {
  return selector.split(',').every((term) => {
    const [key = '', value] = term.split('=');
    return labels?.[key] === value;
  });
}
