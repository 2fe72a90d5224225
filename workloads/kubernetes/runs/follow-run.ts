import { setTimeout as sleep } from 'node:timers/promises';
import type { ClusterEvent, ClusterJob, ClusterPod } from '../api/objects.js';
import { FlowbenchError } from '../../model/errors.js';
import type { ClusterApi } from '../api/cluster-api.js';
import { exitCodeOf, hasEnded, hasLog, jobState, podsOfJob } from './coordinator-pods.js';
import { creationTrouble, startTrouble, type StartTrouble } from './start-trouble.js';

/** How following a coordinator ended. */
export type FollowedEnd =
  | { readonly kind: 'complete' }
  /** The exit code is the last pod's; null when none was seen. */
  | { readonly kind: 'failed'; readonly exitCode: number | null; readonly why: string }
  /** Its Job is not there (any more). */
  | { readonly kind: 'deleted' }
  | { readonly kind: 'detached' };

export interface FollowOptions {
  readonly api: ClusterApi;
  readonly jobName: string;
  /** Ends the following, not the run. */
  readonly signal: AbortSignal;
  /** A line of the coordinator's own. */
  readonly onLine: (line: string) => void;
  /** What happens around it. */
  readonly onNote: (note: string) => void;
  readonly lookEveryMs?: number;
  /** How long a pod may be kept from starting by what may pass. */
  readonly patienceMs?: number;
}

const LOOK_EVERY_MS = 1_000;
const PATIENCE_MS = 45_000;
/** How often the log of an ended pod may break off before it is taken as it is. */
const CUTS_AT_THE_END = 3;

/**
 * Follows the coordinator of a run through all its pods: each line it wrote is told once, whatever happens to
 * the connection. Throws `infrastructure` when its pod does not start, with the reason the cluster gives.
 */
export async function followRun(options: FollowOptions): Promise<FollowedEnd> {
  const events = new Map<string, ClusterEvent>();
  const watching = options.api.watchEvents((event) => {
    if (event.kind === 'seen') events.set(event.item.metadata.uid ?? '', event.item);
  });
  // What cannot be watched is a reason less to show, no failure.
  watching.ready.catch(() => undefined);
  try {
    return await new Follower(options, events).follow();
  } finally {
    watching.stop();
  }
}

class Follower {
  private readonly finished = new Set<string>();
  /** Pod → lines of its log that were told: a log that is opened again starts at its beginning. */
  private readonly linesTold = new Map<string, number>();
  private lastExitCode: number | null = null;
  private troubleSinceMs: number | null = null;
  private told = '';

  constructor(
    private readonly options: FollowOptions,
    private readonly events: ReadonlyMap<string, ClusterEvent>,
  ) {}

  /** A cluster that does not answer for a while changes nothing about the run: only its end ends this. */
  async follow(): Promise<FollowedEnd> {
    const { signal } = this.options;
    while (!signal.aborted) {
      try {
        const end = await this.look();
        if (end !== null) return end;
      } catch (error) {
        if (!(error instanceof FlowbenchError && error.code === 'infrastructure' && error.retryable)) throw error;
        this.tell(`The cluster does not answer; trying on. ${error.message}`);
      }
      await this.pause();
    }
    return { kind: 'detached' };
  }

  private async look(): Promise<FollowedEnd | null> {
    const { api, jobName, signal } = this.options;
    const job = await api.getJob(jobName);
    if (job === null) return { kind: 'deleted' };
    const next = (await podsOfJob(api, jobName)).find((pod) => !this.finished.has(uidOf(pod)));
    if (next !== undefined && (hasLog(next) || hasEnded(next))) {
      await this.followPod(next);
      return signal.aborted ? null : this.look();
    }
    const end = next === undefined ? this.endOf(job) : null;
    if (end === null) this.judge(next);
    return end;
  }

  private async pause(): Promise<void> {
    await sleep(this.options.lookEveryMs ?? LOOK_EVERY_MS, undefined, { signal: this.options.signal }).catch(() => undefined);
  }

  /** Once, however often it is seen. */
  private tell(note: string): void {
    if (note !== this.told) this.options.onNote(note);
    this.told = note;
  }

  private endOf(job: ClusterJob): FollowedEnd | null {
    const state = jobState(job);
    if (state.kind === 'complete') return { kind: 'complete' };
    return state.kind === 'failed' ? { kind: 'failed', exitCode: this.lastExitCode, why: state.why } : null;
  }

  /** From the first line to the container's end; a connection that is cut is taken up where it was. */
  private async followPod(pod: ClusterPod): Promise<void> {
    const { api, signal, onLine } = this.options;
    const name = pod.metadata?.name ?? '';
    const uid = uidOf(pod);
    this.troubleSinceMs = null;
    if (this.finished.size > 0) this.tell(`Another pod goes on with the run: ${name}.`);
    let cuts = 0;
    for (;;) {
      let line = 0;
      const isWhole = await api.followLog(name, { signal }, (text) => {
        line += 1;
        if (line <= (this.linesTold.get(uid) ?? 0)) return;
        this.linesTold.set(uid, line);
        onLine(text);
      });
      if (signal.aborted) return;
      const now = await api.getPod(name);
      if (now !== null && uidOf(now) === uidOf(pod) && !isWhole) cuts = hasEnded(now) ? cuts + 1 : 0;
      // The log of a pod that has ended may be gone with its node.
      if (now === null || uidOf(now) !== uidOf(pod) || (hasEnded(now) && (isWhole || cuts > CUTS_AT_THE_END))) {
        this.endPod(pod, now);
        return;
      }
      await this.pause();
    }
  }

  private endPod(pod: ClusterPod, now: ClusterPod | null): void {
    this.finished.add(uidOf(pod));
    this.lastExitCode = now === null ? null : exitCodeOf(now);
  }

  /** Throws when the pod will not start. */
  private judge(pod: ClusterPod | undefined): void {
    const trouble = pod === undefined ? creationTrouble(this.events.values(), this.options.jobName) : startTrouble(pod);
    if (trouble === null) {
      this.troubleSinceMs = null;
      return;
    }
    this.troubleSinceMs ??= performance.now();
    const waitedMs = performance.now() - this.troubleSinceMs;
    if (trouble.isFinal || waitedMs > (this.options.patienceMs ?? PATIENCE_MS)) throw doesNotStart(pod, trouble);
    this.tell(`The coordinator's pod waits: ${trouble.text}`);
  }
}

const uidOf = (pod: ClusterPod): string => pod.metadata?.uid ?? '';

function doesNotStart(pod: ClusterPod | undefined, trouble: StartTrouble): FlowbenchError {
  const who = pod === undefined ? 'The pod of the coordinator cannot be made' : `The coordinator's pod ${pod.metadata?.name ?? ''} does not start`;
  return new FlowbenchError('infrastructure', `${who}: ${trouble.text}`.replace(/\.*$/, '.'));
}
