import { setTimeout as sleep } from 'node:timers/promises';
import type { ClusterLease } from '../api/objects.js';
import { FlowbenchError } from '../../model/errors.js';
import type { ClusterApi } from '../api/cluster-api.js';
import { holderOf, isHeldBy, leaseName, type LeaseFacts, type LeaseHolder, renewalOf, takenLease } from './run-lease.js';

export interface Acquisition {
  readonly api: ClusterApi;
  readonly facts: LeaseFacts;
  /** How often a held Lease is looked at. */
  readonly lookEveryMs: number;
  /** How long a pod of our own Job may keep us waiting: the time it has to end, and more. */
  readonly patienceMs: number;
  readonly signal: AbortSignal;
  readonly log: (line: string) => void;
}

/** A Lease as it was when it was seen for the first time so, on this process's own clock. */
interface Sighting {
  readonly renewal: string;
  readonly atMs: number;
}

const ENDED_PHASES: readonly (string | undefined)[] = ['Succeeded', 'Failed'];

/**
 * Takes the Lease of a run. A holder that is known to be gone loses it at once; one that is not seen to renew
 * loses it after its duration, counted from when we first looked, whatever the times in it say. Throws
 * `configuration` when another Job's coordinator renews it meanwhile: it lives.
 */
export async function acquireLease(acquisition: Acquisition): Promise<ClusterLease> {
  const { api, facts, signal, lookEveryMs } = acquisition;
  const startedAtMs = performance.now();
  let seen: Sighting | null = null;
  for (;;) {
    signal.throwIfAborted();
    const lease = await api.getLease(leaseName(facts.runId));
    const verdict = lease === null ? 'free' : await judge(lease, seen, acquisition);
    if (verdict === 'free') {
      const taken = takenLease(facts, lease);
      const result = lease === null ? await api.createLease(taken) : await api.updateLease(taken);
      if (result !== 'conflict') return result;
      // Another was faster: look again who it was.
      continue;
    }
    if (verdict === 'alive') refuse(lease, acquisition, performance.now() - startedAtMs);
    seen = sight(lease, seen, acquisition);
    await sleep(lookEveryMs, undefined, { signal });
  }
}

type Verdict = 'free' | 'waiting' | 'alive';

async function judge(lease: ClusterLease, seen: Sighting | null, { api, facts }: Acquisition): Promise<Verdict> {
  const holder = holderOf(lease);
  if (holder === null || isHeldBy(lease, facts.holder)) return 'free';
  if (await hasEnded(api, holder)) return 'free';
  if (seen === null) return 'waiting';
  if (seen.renewal !== renewalOf(lease)) return 'alive';
  const durationMs = (lease.spec?.leaseDurationSeconds ?? facts.durationSeconds) * 1_000;
  return performance.now() - seen.atMs > durationMs ? 'free' : 'waiting';
}

/** Whether the pod is gone, or only its record is left. A pod that is being deleted may still be at work. */
async function hasEnded(api: ClusterApi, holder: LeaseHolder): Promise<boolean> {
  const pod = await api.getPod(holder.pod);
  return pod?.metadata?.uid !== holder.podUid || ENDED_PHASES.includes(pod.status?.phase);
}

function sight(lease: ClusterLease | null, seen: Sighting | null, { log }: Acquisition): Sighting | null {
  if (lease === null) return null;
  const renewal = renewalOf(lease);
  if (seen?.renewal === renewal) return seen;
  if (seen === null) log(`The run is held by pod ${holderOf(lease)?.pod ?? '?'}; waiting whether it lives.`);
  return { renewal, atMs: performance.now() };
}

/** A coordinator of our own Job is on its way out, as a Job of ours has one pod at a time. */
function refuse(lease: ClusterLease | null, { facts, patienceMs }: Acquisition, waitedMs: number): void {
  const holder = lease === null ? null : holderOf(lease);
  if (holder === null) return;
  if (holder.jobUid !== facts.holder.jobUid) {
    throw new FlowbenchError('configuration', `Run ${facts.runId} is being measured by pod ${holder.pod} of namespace ${facts.namespace}.`, {
      remedy: `Watch it with "flowbench attach ${facts.runId}", or stop it with "flowbench cancel ${facts.runId}".`,
    });
  }
  if (waitedMs > patienceMs) {
    throw new FlowbenchError('infrastructure', `Pod ${holder.pod} of the same Job still measures run ${facts.runId} after ${Math.round(waitedMs / 1_000)} s.`, { retryable: true });
  }
}
