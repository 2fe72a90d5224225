import { failed, type Verdict } from '../../coordinator/executors/failure.js';
import { sessionLabelSelector } from '../../model/job-manifest.js';
import { POD_LABELS } from '../../model/job-manifest-names.js';
import { type ClusterApi, type Watching } from '../api/cluster-api.js';
import { type ClusterEvent, type ClusterJob, type ClusterPod } from '../api/objects.js';
import { podVerdict, type PodVerdict } from '../jobs/pod-verdict.js';
import { type WarmLimits } from './limits.js';
import { isEnding, type WarmJob } from './warm-job.js';

type Patience = NonNullable<PodVerdict['trouble']>['patience'];

type TroubleLimits = Pick<WarmLimits, 'firstCallMs' | 'shortTroubleMs' | 'longTroubleMs'>;

export interface JobPodsOptions {
  readonly api: ClusterApi;
  readonly runId: string;
  readonly sessionId: string;
  readonly job: WarmJob;
  /** A pod will not carry out units any more. */
  readonly onEnded: (index: number, podUid: string, verdict: Verdict) => void;
  readonly onChange: () => void;
}

interface KnownPod {
  readonly name: string;
  readonly node: string;
  readonly runningSinceMs: number | null;
}

/** A pod that has ended, and what that made of a unit it had. */
export interface PodsEnd {
  readonly pod: string;
  readonly verdict: Verdict;
}

/** Null while a pod takes units. One that is told to end takes none any more. */
function endOf(pod: ClusterPod, { end }: PodVerdict): Verdict | null {
  const name = pod.metadata?.name ?? '';
  // By its own exit code a pod says why it takes no more units, not what became of one.
  if (end?.kind === 'failed' && end.hasReport) return failed('worker_lost', end.failure.message, { exitCode: end.failure.exitCode });
  if (end?.kind === 'failed') return { ok: false, failure: end.failure, retryable: end.mayRetry };
  if (end !== null) return failed('worker_lost', `Pod ${name} ended by itself.`);
  return pod.metadata?.deletionTimestamp === undefined ? null : failed('worker_lost', `Pod ${name} was deleted before it had ended.`);
}

/** The pods of one Job, and the Job itself, as the cluster tells of them. */
export class JobPods {
  private readonly pods = new Map<string, KnownPod>();
  private readonly told = new Set<string>();
  private readonly watches: readonly Watching[];
  private readonly called = new Set<string>();
  private readonly troubles = new Map<string, { readonly text: string; readonly patience: Patience; readonly sinceMs: number }>();
  private spent = false;
  private lastEnd: PodsEnd | null = null;
  private blind: string | null = null;

  constructor(private readonly options: JobPodsOptions) {
    const { api, job, runId, sessionId } = options;
    this.watches = [
      api.watchPods(`${POD_LABELS.jobName}=${job.name}`, ({ kind, item }) => { if (kind === 'seen') this.see(item); else this.gone(item); }),
      api.watchJobs(sessionLabelSelector(runId, sessionId), ({ kind, item }) => { if (item.metadata?.name === job.name) this.seeJob(kind, item); }),
      api.watchEvents(({ kind, item }) => { if (kind === 'seen' && item.involvedObject.name === job.name) this.seeEvent(item); }),
    ];
    for (const watch of this.watches) {
      void watch.ended.then((error) => { if (error !== null) this.blind = error.sentence; });
    }
  }

  /** Resolves when what is there is known; rejects where the API refuses to tell. */
  async ready(): Promise<void> {
    await Promise.all(this.watches.map((watch) => watch.ready));
  }

  /** The Job replaces no pod any more: another is needed. */
  get isSpent(): boolean {
    return this.spent;
  }

  /** None takes work any more. */
  get haveEnded(): boolean {
    return [...this.pods.keys()].every((uid) => this.told.has(uid));
  }

  /** None is there any more, its node is free. */
  get areGone(): boolean {
    return this.pods.size === 0;
  }

  /** Why the cluster tells nothing any more, where it does not. */
  get blindness(): string | null {
    return this.blind;
  }

  /** How a pod ended last, where one has. */
  get last(): PodsEnd | null {
    return this.lastEnd;
  }

  /** A pod has called: it started well. */
  noteCall(podUid: string): void {
    this.called.add(podUid);
    this.troubles.delete(podUid);
  }

  /** What keeps pods from being there for longer than may pass by itself, where something does. */
  trouble(nowMs: number, { firstCallMs, shortTroubleMs, longTroubleMs }: TroubleLimits): string | null {
    const patienceMs: Readonly<Record<Patience, number>> = { none: 0, short: shortTroubleMs, long: longTroubleMs };
    for (const { text, patience, sinceMs } of this.troubles.values()) {
      if (nowMs - sinceMs >= patienceMs[patience]) return text;
    }
    for (const [uid, { name, node, runningSinceMs }] of this.pods) {
      if (this.called.has(uid) || this.told.has(uid) || runningSinceMs === null || nowMs - runningSinceMs <= firstCallMs) continue;
      return `Pod ${name} runs on node ${node} for ${Math.round((nowMs - runningSinceMs) / 1_000)} s and has not reached the coordinator.`;
    }
    return null;
  }

  stop(): void {
    for (const watch of this.watches) watch.stop();
  }

  private see(pod: ClusterPod): void {
    const uid = pod.metadata?.uid ?? '';
    const runningSinceMs = pod.status?.phase === 'Running' ? this.pods.get(uid)?.runningSinceMs ?? performance.now() : null;
    this.pods.set(uid, { name: pod.metadata?.name ?? '', node: pod.spec?.nodeName ?? '', runningSinceMs });
    const verdict = podVerdict(pod);
    const end = endOf(pod, verdict);
    if (end !== null) this.tell(pod, end);
    if (end !== null || verdict.trouble === null || this.called.has(uid)) this.troubles.delete(uid);
    else this.note(uid, verdict.trouble.patience, verdict.trouble.failure.message);
    this.options.onChange();
  }

  private gone(pod: ClusterPod): void {
    this.pods.delete(pod.metadata?.uid ?? '');
    this.troubles.delete(pod.metadata?.uid ?? '');
    this.tell(pod, failed('worker_lost', `Pod ${pod.metadata?.name} was deleted before it had ended.`));
    this.options.onChange();
  }

  private tell(pod: ClusterPod, verdict: Verdict): void {
    const uid = pod.metadata?.uid ?? '';
    if (this.told.has(uid)) return;
    this.told.add(uid);
    this.lastEnd = { pod: pod.metadata?.name ?? '', verdict };
    this.options.onEnded(Number(pod.metadata?.labels?.[POD_LABELS.index] ?? -1), uid, verdict);
  }

  private seeJob(kind: 'seen' | 'gone', job: ClusterJob): void {
    if (kind === 'gone' || isEnding(job)) this.spent = true;
    this.options.onChange();
  }

  /** The controller may not make pods: a quota, a service account that is not there. */
  private seeEvent(event: ClusterEvent): void {
    if (event.reason === 'FailedCreate') this.note('', 'long', `The Job ${this.options.job.name} cannot make its pods: ${event.message ?? 'no reason given'}.`);
    else if (event.reason === 'SuccessfulCreate') this.troubles.delete('');
  }

  private note(key: string, patience: Patience, text: string): void {
    this.troubles.set(key, { text, patience, sinceMs: this.troubles.get(key)?.sinceMs ?? performance.now() });
  }
}
