import { failed, type Verdict } from '../../coordinator/executors/failure.js';
import { withinLimits } from '../../coordinator/executors/limits.js';
import { type ExecuteOptions } from '../../coordinator/executor.js';
import { type PodIdentity } from '../../model/warm-protocol.js';
import { type WorkUnitV2 } from '../../model/work-unit.js';
import { type WarmLimits } from './limits.js';
import { type NextReply, Slot, type Task } from './slot.js';

/** What became of a unit that was given to a slot; times are of `performance.now()`. */
export interface HandOver {
  readonly verdict: Verdict;
  /** Null for a unit that no pod came for. */
  readonly pod: PodIdentity | null;
  readonly handedAtMs: number | null;
  readonly finishedAtMs: number | null;
}

/** A check that comes so much later than it should was kept from running. */
const MAX_STEPS = 4;

/** The pods of a session, one slot for each index: what they ask, what they are told, and whether they are well. */
export class PodPool {
  readonly slots: readonly Slot[];
  private isOver = false;
  private checkedAtMs = performance.now();
  private readonly watchers = new Set<() => void>();

  constructor(
    readonly runId: string,
    workers: number,
    private readonly limits: WarmLimits,
  ) {
    this.slots = Array.from({ length: workers }, (_, index) => new Slot(index, limits, () => { this.changed(); }));
  }

  next(pod: PodIdentity, left: AbortSignal): Promise<NextReply> {
    return this.isOver ? Promise.resolve({ kind: 'over' }) : this.slotOf(pod).next(pod, left);
  }

  alive(pod: PodIdentity, unitId: string): { readonly stop: boolean } {
    return this.isOver ? { stop: true } : this.slotOf(pod).alive(pod, unitId);
  }

  done(pod: PodIdentity, unitId: string, report: string): void {
    if (!this.isOver) this.slotOf(pod).done(pod, unitId, report);
  }

  /** Gives a unit to the pod of an index and waits for its report, within the limits. */
  async run(index: number, unit: WorkUnitV2, options: ExecuteOptions): Promise<HandOver> {
    const slot = this.at(index);
    const nowMs = performance.now();
    let settle: (verdict: Verdict) => void = () => undefined;
    const work = new Promise<Verdict>((resolve) => { settle = resolve; });
    const task: Task = { unit, deadlineAtMs: nowMs + options.timeoutMs, settle, handed: null, finishedAtMs: null };
    if (this.isOver) settle(failed('cancelled', `${unit.id} was not started: the pods are told to go.`));
    else slot.offer(task);
    const verdict = await withinLimits(unit.id, options, work, () => {
      slot.withdraw(task, failed('cancelled', `${unit.id} was taken back.`));
      return Promise.resolve();
    });
    const { handed } = task;
    return { verdict, pod: handed?.pod ?? null, handedAtMs: handed?.atMs ?? null, finishedAtMs: task.finishedAtMs };
  }

  get isWell(): boolean {
    return this.slots.every((slot) => slot.isWell);
  }

  get isWorking(): boolean {
    return this.slots.some((slot) => slot.isWorking);
  }

  podEnded(index: number, podUid: string, verdict: Verdict): void {
    this.slots[index]?.podEnded(podUid, verdict);
  }

  /** Looks for pods that have gone silent. */
  check(nowMs: number): void {
    // When this process itself stood still, calls of pods lie unread: that was no silence of theirs.
    const watchedMs = Math.min(nowMs - this.checkedAtMs, MAX_STEPS * this.limits.checkEveryMs);
    this.checkedAtMs = nowMs;
    for (const slot of this.slots) slot.check(watchedMs);
  }

  /** No pod there is believed any more: all are made anew. */
  releaseAll(): void {
    for (const slot of this.slots) slot.release();
  }

  failWaiting(verdict: Verdict): void {
    for (const slot of this.slots) slot.failWaiting(verdict);
  }

  /** From now on every pod is told to go. */
  end(): void {
    this.isOver = true;
    for (const slot of this.slots) slot.dismiss();
  }

  /** Calls whenever a pod came, went or fell silent. The answer ends it. */
  onChange(watcher: () => void): () => void {
    this.watchers.add(watcher);
    return () => { this.watchers.delete(watcher); };
  }

  private slotOf(pod: PodIdentity): Slot {
    return this.at(pod.index);
  }

  private at(index: number): Slot {
    const slot = this.slots[index];
    if (slot === undefined) throw new RangeError(`There is no pod ${index} among ${this.slots.length}.`);
    return slot;
  }

  private changed(): void {
    for (const watcher of this.watchers) watcher();
  }
}
