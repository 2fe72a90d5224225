import { createHash } from 'node:crypto';
import { failed, type Verdict } from '../../coordinator/executors/failure.js';
import { judgeReport } from '../../coordinator/executors/report.js';
import { type PodIdentity } from '../../model/warm-protocol.js';
import { unitForPod, type WorkUnitV2 } from '../../model/work-unit.js';
import { type WarmLimits } from './limits.js';

/** What a pod that asks for work is told. */
export type NextReply =
  | { readonly kind: 'unit'; readonly unit: WorkUnitV2; readonly timeoutMs: number }
  | { readonly kind: 'nothing' }
  | { readonly kind: 'over' };

/** A unit on its way through a slot; times are of `performance.now()`. */
export interface Task {
  readonly unit: WorkUnitV2;
  readonly deadlineAtMs: number;
  readonly settle: (verdict: Verdict) => void;
  handed: { readonly pod: PodIdentity; readonly atMs: number } | null;
  finishedAtMs: number | null;
}

interface Waiter {
  readonly podUid: string;
  readonly answer: (reply: NextReply) => void;
}

/**
 * One index of the Job: the pod that last called for it, and the unit it has. A pod that was replaced, or that the
 * cluster says has ended, is never believed again, whatever it still says.
 */
export class Slot {
  private pod: PodIdentity | null = null;
  private readonly ended = new Set<string>();
  private waiter: Waiter | null = null;
  private task: Task | null = null;
  /** Since its pod said something, or was given something to do: time in which it would have been heard. */
  private silentMs = 0;
  /** Since it was told to stop; null: it was not. */
  private stoppingMs: number | null = null;
  private hung = false;
  /** Of the last report that counted: a pod that did not hear the answer says the very same again. */
  private lastReport = '';

  constructor(
    readonly index: number,
    private readonly limits: Pick<WarmLimits, 'nextWaitMs' | 'lostAfterMs' | 'stopGraceMs'>,
    private readonly onChange: () => void,
  ) {}

  /** Its pod stands by, or works at what it should. */
  get isWell(): boolean {
    return this.pod !== null && !this.hung && this.stoppingMs === null;
  }

  /** Its pod is up but does not do what it is told: only another one helps. */
  get isHung(): boolean {
    return this.hung;
  }

  get isWorking(): boolean {
    return this.task?.handed != null;
  }

  get isWanted(): boolean {
    return this.task !== null && this.task.handed === null;
  }

  get podUid(): string | null {
    return this.pod?.pod_uid ?? null;
  }

  /** Gives a unit to the pod, now or when there is one. */
  offer(task: Task): void {
    this.task = task;
    this.silentMs = 0;
    const { waiter } = this;
    if (waiter !== null) this.hand(task, waiter.answer);
  }

  /** Takes a unit back; the pod learns it by its next sign of life. */
  withdraw(task: Task, verdict: Verdict): void {
    if (this.task === task) {
      this.task = null;
      if (task.handed !== null) this.stoppingMs = 0;
    }
    task.settle(verdict);
  }

  /** A pod asks for work. `left` is raised when it does not wait for the answer any more. */
  next(pod: PodIdentity, left: AbortSignal): Promise<NextReply> {
    // Not told to go: a pod that leaves by itself would count as one that did its work, and not be replaced.
    if (this.ended.has(pod.pod_uid)) return nothingAfter(this.limits.nextWaitMs, left);
    this.hear(pod);
    this.waiter?.answer({ kind: 'nothing' });
    this.hung = false;
    this.stoppingMs = null;
    return new Promise((resolve) => { this.wait(pod.pod_uid, left, resolve); this.onChange(); });
  }

  /** A sign of life; the answer says whether to stop the unit. */
  alive(pod: PodIdentity, unitId: string): { readonly stop: boolean } {
    if (this.ended.has(pod.pod_uid)) return { stop: true };
    this.hear(pod);
    const stop = this.task?.handed?.pod.pod_uid !== pod.pod_uid || this.task.unit.id !== unitId;
    // Of a unit that an earlier coordinator gave it; a late call about the unit before this one means nothing.
    if (stop && this.waiter === null && !this.isWorking) this.stoppingMs ??= 0;
    return { stop };
  }

  /** A report; what is not about the unit that this pod has now is left unheard. */
  done(pod: PodIdentity, unitId: string, report: string): void {
    if (this.ended.has(pod.pod_uid)) return;
    this.hear(pod);
    const { task } = this;
    const digest = createHash('sha256').update(report).digest('hex');
    if (task?.handed?.pod.pod_uid !== pod.pod_uid || task.unit.id !== unitId) return;
    const isRepeated = digest === this.lastReport;
    // Left out once only: should the unit have failed twice in the very same way, its pod asks for it again and says so.
    this.lastReport = isRepeated ? '' : digest;
    if (isRepeated) return;
    const finishedAtMs = performance.now();
    const verdict = judgeReport(report, unitForPod(task.unit, pod.pod_uid), null);
    // Nobody here stopped it, so its pod is being ended by somebody else; what the cluster says of the pod is the reason.
    if (!verdict.ok && verdict.failure.kind === 'cancelled') return;
    task.finishedAtMs = finishedAtMs;
    this.task = null;
    task.settle(verdict);
  }

  /** The cluster says that a pod has ended, and what that makes of a unit it had. */
  podEnded(podUid: string, verdict: Verdict): void {
    this.ended.add(podUid);
    if (this.podUid !== podUid) return;
    this.forget(verdict);
    this.onChange();
  }

  /** Its pod goes with its Job: it is not believed any more. */
  release(): void {
    if (this.pod === null) return;
    this.ended.add(this.pod.pod_uid);
    this.forget(failed('worker_lost', `Pod ${this.pod.pod} was replaced.`));
  }

  /** Tells a pod that stands by that it is not needed any more. */
  dismiss(): void {
    this.waiter?.answer({ kind: 'over' });
  }

  /** Fails a unit that no pod has: none will come for it. */
  failWaiting(verdict: Verdict): void {
    const { task } = this;
    if (task === null || task.handed !== null) return;
    this.task = null;
    task.settle(verdict);
  }

  /** Looks for a pod that has gone silent, after so much time in which it would have been heard. */
  check(watchedMs: number): void {
    const { pod, task, limits } = this;
    if (pod === null || this.waiter !== null || this.hung) return;
    this.silentMs += watchedMs;
    if (this.stoppingMs !== null) this.stoppingMs += watchedMs;
    // A pod without a unit may be waiting to call again after calls that failed.
    const isSilent = this.silentMs > (task === null ? 3 * limits.lostAfterMs : limits.lostAfterMs);
    const isDeaf = this.stoppingMs !== null && this.stoppingMs > limits.stopGraceMs;
    if (!isSilent && !isDeaf) return;
    this.hung = true;
    const what = isSilent ? `gave no sign of life for ${Math.round(this.silentMs / 1_000)} s` : 'did not stop a unit when it was told to';
    this.lose(failed('worker_lost', `Pod ${pod.pod} on node ${pod.node} ${what}.`));
    this.onChange();
  }

  private wait(podUid: string, left: AbortSignal, resolve: (reply: NextReply) => void): void {
    const answer = (reply: NextReply): void => {
      clearTimeout(timer);
      left.removeEventListener('abort', onLeft);
      if (this.waiter === waiter) this.waiter = null;
      if (this.podUid === podUid) this.silentMs = 0;
      resolve(reply);
    };
    const onLeft = (): void => { answer({ kind: 'nothing' }); };
    const timer = setTimeout(onLeft, this.limits.nextWaitMs);
    const waiter: Waiter = { podUid, answer };
    this.waiter = waiter;
    left.addEventListener('abort', onLeft, { once: true });
    if (left.aborted) onLeft();
    // A unit it was handed before, and asks for work all the same: the answer got lost.
    else if (this.task !== null) this.hand(this.task, answer);
  }

  private hand(task: Task, answer: (reply: NextReply) => void): void {
    const { pod } = this;
    if (pod === null) return;
    const nowMs = performance.now();
    task.handed ??= { pod, atMs: nowMs };
    answer({ kind: 'unit', unit: unitForPod(task.unit, pod.pod_uid), timeoutMs: Math.max(1, task.deadlineAtMs - nowMs) });
  }

  /** Who calls last holds the slot: the controller starts a second pod of an index only when the first has ended. */
  private hear(pod: PodIdentity): void {
    this.silentMs = 0;
    const current = this.pod;
    if (current?.pod_uid === pod.pod_uid) return;
    if (current !== null) {
      this.ended.add(current.pod_uid);
      this.forget(failed('worker_lost', `Pod ${current.pod} was replaced by ${pod.pod}.`));
    }
    this.pod = pod;
  }

  private forget(verdict: Verdict): void {
    this.waiter?.answer({ kind: 'nothing' });
    this.pod = null;
    this.hung = false;
    this.stoppingMs = null;
    this.lose(verdict);
  }

  private lose(verdict: Verdict): void {
    const { task } = this;
    if (task === null || (task.handed === null && this.pod === null)) return;
    this.task = null;
    task.settle(verdict);
  }
}

function nothingAfter(waitMs: number, left: AbortSignal): Promise<NextReply> {
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      left.removeEventListener('abort', end);
      resolve({ kind: 'nothing' });
    };
    const timer = setTimeout(end, waitMs);
    left.addEventListener('abort', end, { once: true });
    if (left.aborted) end();
  });
}
