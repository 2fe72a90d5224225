import { POD_LABELS } from '../../model/job-manifest-names.js';
import type { FlowbenchError } from '../../model/errors.js';
import type { ClusterApi, WatchEvent, Watching } from '../api/cluster-api.js';
import type { ClusterEvent, ClusterJob, ClusterPod } from '../api/objects.js';
import { isOnSilentNode } from './pod-verdict.js';

/** Whoever waits for one Job. */
export interface JobListener {
  onPod(event: WatchEvent<ClusterPod>): void;
  onJob(event: WatchEvent<ClusterJob>): void;
  /** About the Job or one of its pods. */
  onEvent(event: ClusterEvent): void;
  /** The cluster tells nothing any more. */
  onBlind(error: FlowbenchError): void;
}

/**
 * What the cluster tells of a session's Jobs, from one watch of a kind for all of them: opening a watch for each Job
 * would be part of its time. An event costs a look-up, however many pods there are.
 */
export class SessionWatch {
  private readonly watches: readonly Watching[];
  private readonly listeners = new Map<string, JobListener>();
  /** Pods of Jobs that nobody waits for yet: the answer to a create may come after its first pod. */
  private readonly unclaimed = new Map<string, Map<string, ClusterPod>>();
  private readonly jobs = new Map<string, ClusterJob>();
  private readonly done = new Set<string>();
  /** Pods that have not ended: uid → uid of the Job. */
  private readonly alive = new Map<string, string>();
  private readonly jobOfPod = new Map<string, string>();
  private readonly waiting = new Set<() => void>();
  private blindness: FlowbenchError | null = null;

  constructor(api: ClusterApi, labelSelector: string) {
    this.watches = [
      api.watchPods(labelSelector, (event) => { this.takePod(event); }),
      api.watchJobs(labelSelector, (event) => { this.takeJob(event); }),
      api.watchEvents(({ kind, item }) => { if (kind === 'seen') this.takeEvent(item); }),
    ];
    for (const watch of this.watches) {
      void watch.ended.then((error) => { if (error !== null) this.goBlind(error); });
    }
  }

  /** Resolves when what there is was told; rejects where the API refuses to tell. */
  async ready(): Promise<void> {
    await Promise.all(this.watches.map((watch) => watch.ready));
  }

  /** Jobs that there are and that nobody has waited for. */
  unclaimedJobs(): ClusterJob[] {
    return [...this.jobs.values()];
  }

  unclaimedPods(jobUid: string): ClusterPod[] {
    return [...(this.unclaimed.get(jobUid)?.values() ?? [])];
  }

  /** Tells of one Job from now on, beginning with its pods that were seen before. */
  claim(jobUid: string, listener: JobListener): void {
    const pods = this.unclaimedPods(jobUid);
    this.unclaimed.delete(jobUid);
    this.jobs.delete(jobUid);
    this.listeners.set(jobUid, listener);
    if (this.blindness !== null) listener.onBlind(this.blindness);
    for (const item of pods) this.takePod({ kind: 'seen', item });
  }

  /** Nobody waits for the Job any more; only whether its pods are gone is still of interest. */
  release(jobUid: string): void {
    this.listeners.delete(jobUid);
    this.unclaimed.delete(jobUid);
    this.jobs.delete(jobUid);
    this.done.add(jobUid);
    for (const [pod, job] of this.jobOfPod) if (job === jobUid) this.jobOfPod.delete(pod);
  }

  /** Whether all pods, or those of one Job, had ended or gone within the time. */
  async podsGone(timeoutMs: number, jobUid?: string): Promise<boolean> {
    const isGone = (): boolean => (jobUid === undefined ? this.alive.size === 0 : ![...this.alive.values()].includes(jobUid));
    if (isGone()) return true;
    return new Promise((resolve) => {
      const end = (gone: boolean): void => {
        clearTimeout(timer);
        this.waiting.delete(look);
        resolve(gone);
      };
      const look = (): void => { if (isGone()) end(true); };
      const timer = setTimeout(() => { end(false); }, timeoutMs);
      this.waiting.add(look);
    });
  }

  stop(): void {
    for (const watch of this.watches) watch.stop();
  }

  private takePod(event: WatchEvent<ClusterPod>): void {
    const { metadata, status } = event.item;
    const [uid, jobUid] = [metadata?.uid ?? '', metadata?.labels?.[POD_LABELS.jobUid] ?? ''];
    // A pod that went down with its node is told of for minutes, or until somebody removes the node.
    const hasEnded = event.kind === 'gone' || status?.phase === 'Succeeded' || status?.phase === 'Failed' || isOnSilentNode(event.item);
    if (hasEnded) this.alive.delete(uid);
    else this.alive.set(uid, jobUid);
    const listener = this.listeners.get(jobUid);
    if (listener !== undefined) {
      this.jobOfPod.set(uid, jobUid);
      listener.onPod(event);
    } else if (!this.done.has(jobUid)) this.keep(jobUid, uid, event);
    if (hasEnded) for (const look of [...this.waiting]) look();
  }

  private keep(jobUid: string, uid: string, { kind, item }: WatchEvent<ClusterPod>): void {
    const pods = this.unclaimed.get(jobUid) ?? new Map<string, ClusterPod>();
    if (kind === 'seen') pods.set(uid, item);
    else pods.delete(uid);
    this.unclaimed.set(jobUid, pods);
  }

  private takeJob(event: WatchEvent<ClusterJob>): void {
    const uid = event.item.metadata?.uid ?? '';
    const listener = this.listeners.get(uid);
    if (listener !== undefined) listener.onJob(event);
    if (event.kind === 'seen' && listener === undefined && !this.done.has(uid)) this.jobs.set(uid, event.item);
    else this.jobs.delete(uid);
  }

  private takeEvent(event: ClusterEvent): void {
    const uid = event.involvedObject.uid ?? '';
    this.listeners.get(this.jobOfPod.get(uid) ?? uid)?.onEvent(event);
  }

  private goBlind(error: FlowbenchError): void {
    this.blindness ??= error;
    for (const listener of [...this.listeners.values()]) listener.onBlind(error);
  }
}
