import type { ClusterPod } from '../api/objects.js';
import { goneVerdict, type PodTrouble, type PodVerdict, podVerdict } from '../jobs/pod-verdict.js';
import type { EngineLimits } from './limits.js';

/** Watches over the pods of an engine: says when one of them is in trouble for longer than is let pass. */
export class PodPatience {
  private readonly timers = new Map<string, { readonly trouble: PodTrouble; readonly timer: NodeJS.Timeout }>();

  constructor(
    private readonly limits: EngineLimits,
    private readonly onTrouble: (sentence: string) => void,
  ) {}

  /** Answers what the pod says of itself. */
  look(pod: ClusterPod): PodVerdict {
    const uid = pod.metadata?.uid ?? '';
    const verdict = podVerdict(pod);
    const held = this.timers.get(uid);
    // Its words may change while the trouble stays.
    if (held !== undefined && held.trouble.patience === verdict.trouble?.patience) return verdict;
    clearTimeout(held?.timer);
    this.timers.delete(uid);
    if (verdict.trouble !== null && pod.metadata?.deletionTimestamp === undefined) this.wait(uid, verdict.trouble);
    return verdict;
  }

  gone(pod: ClusterPod): PodVerdict {
    clearTimeout(this.timers.get(pod.metadata?.uid ?? '')?.timer);
    this.timers.delete(pod.metadata?.uid ?? '');
    return goneVerdict(pod.metadata?.name ?? '');
  }

  stop(): void {
    for (const { timer } of this.timers.values()) clearTimeout(timer);
    this.timers.clear();
  }

  private wait(uid: string, trouble: PodTrouble): void {
    const { shortTroubleMs, longTroubleMs } = this.limits;
    const waitMs = { none: 0, short: shortTroubleMs, long: longTroubleMs }[trouble.patience];
    const timer = setTimeout(() => { this.onTrouble(trouble.failure.message); }, waitMs);
    timer.unref();
    this.timers.set(uid, { trouble, timer });
  }
}
