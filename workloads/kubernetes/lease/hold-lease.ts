import { setTimeout as sleep } from 'node:timers/promises';
import type { ClusterLease } from '../api/objects.js';
import { FlowbenchError, messageOf } from '../../model/errors.js';
import type { OwnerReference } from '../../model/job-manifest-types.js';
import type { ClusterApi } from '../api/cluster-api.js';
import { acquireLease } from './acquire-lease.js';
import { holderOf, isHeldBy, leaseName, type LeaseFacts, type LeaseHolder, releasedLease, renewedLease, takenLease } from './run-lease.js';

export interface LeaseOptions {
  readonly api: ClusterApi;
  readonly runId: string;
  readonly holder: LeaseHolder;
  /** The coordinator's Job: the Lease goes with it. */
  readonly owner?: OwnerReference;
  /** After how long without a renewal another may take it. */
  readonly durationSeconds?: number;
  readonly renewEveryMs?: number;
  readonly lookEveryMs?: number;
  readonly patienceMs?: number;
  /** Gives up waiting for it. */
  readonly signal?: AbortSignal;
  readonly log?: (line: string) => void;
}

export interface HeldLease {
  /** Gives it up, so that the next coordinator need not wait. Never throws: it runs out by itself. */
  release(): Promise<void>;
  /** Raised when another has taken the run, with the reason. */
  readonly lost: AbortSignal;
  /** How long ago the API did not answer for as long as a lease lasts, ms; infinite where it always did. */
  sinceTroubleMs(): number;
}

const DURATION_SECONDS = 20;
const RENEW_EVERY_MS = 4_000;
const LOOK_EVERY_MS = 1_000;
/** Time of a pod to end, and of the Job controller to see it. */
const PATIENCE_MS = 90_000;

/**
 * Makes this pod the only coordinator of a run, for as long as it lives. Throws `configuration` while the
 * coordinator of another Job has it.
 */
export async function holdLease(options: LeaseOptions): Promise<HeldLease> {
  const facts: LeaseFacts = {
    namespace: options.api.namespace,
    runId: options.runId,
    holder: options.holder,
    durationSeconds: options.durationSeconds ?? DURATION_SECONDS,
    ...(options.owner === undefined ? {} : { owner: options.owner }),
  };
  const log = options.log ?? (() => undefined);
  const held = await acquireLease({
    api: options.api,
    facts,
    lookEveryMs: options.lookEveryMs ?? LOOK_EVERY_MS,
    patienceMs: options.patienceMs ?? PATIENCE_MS,
    signal: options.signal ?? new AbortController().signal,
    log,
  });
  const renewal = new Renewal(options.api, facts, held, log);
  const renewing = renewal.goOn(options.renewEveryMs ?? RENEW_EVERY_MS);
  return {
    lost: renewal.lost,
    sinceTroubleMs: () => renewal.sinceTroubleMs(),
    release: async () => {
      renewal.stop();
      await renewing;
      await renewal.giveUp();
    },
  };
}

/** Renews until stopped or lost. An API that does not answer is no loss: only another holder is. */
class Renewal {
  private readonly stopping = new AbortController();
  private readonly losing = new AbortController();
  private renewedAtMs = performance.now();
  private troubleAtMs = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly api: ClusterApi,
    private readonly facts: LeaseFacts,
    private held: ClusterLease,
    private readonly log: (line: string) => void,
  ) {}

  get lost(): AbortSignal {
    return this.losing.signal;
  }

  sinceTroubleMs(): number {
    this.noteTrouble();
    return performance.now() - this.troubleAtMs;
  }

  /** Also while a renewal is still being tried. */
  private noteTrouble(): void {
    const now = performance.now();
    if (now - this.renewedAtMs > this.facts.durationSeconds * 1_000) this.troubleAtMs = now;
  }

  private get isOver(): boolean {
    return this.stopping.signal.aborted || this.lost.aborted;
  }

  stop(): void {
    this.stopping.abort();
  }

  async goOn(everyMs: number): Promise<void> {
    for (;;) {
      await sleep(everyMs, undefined, { signal: this.stopping.signal }).catch(() => undefined);
      if (this.isOver) return;
      try {
        await this.renew();
        this.noteTrouble();
        this.renewedAtMs = performance.now();
      } catch (error) {
        this.log(`The lease of the run could not be renewed: ${messageOf(error)}`);
      }
    }
  }

  async giveUp(): Promise<void> {
    if (this.lost.aborted) return;
    try {
      await this.api.updateLease(releasedLease(this.held));
    } catch (error) {
      this.log(`The lease of the run was not given up and runs out by itself: ${messageOf(error)}`);
    }
  }

  private async renew(): Promise<void> {
    const result = await this.api.updateLease(renewedLease(this.held));
    if (result !== 'conflict') {
      this.held = result;
      return;
    }
    const now = await this.api.getLease(leaseName(this.facts.runId));
    if (now !== null && !isHeldBy(now, this.facts.holder)) {
      this.lose(now);
      return;
    }
    // Deleted by hand, or touched by somebody who did not take it.
    const again = now === null ? await this.api.createLease(takenLease(this.facts, null)) : await this.api.updateLease(renewedLease(now));
    if (again !== 'conflict') this.held = again;
  }

  private lose(lease: ClusterLease): void {
    const by = holderOf(lease);
    const reason = `Run ${this.facts.runId} was taken over by ${by === null ? 'another coordinator' : `pod ${by.pod}`} while this one could not renew its lease.`;
    this.log(reason);
    this.losing.abort(new FlowbenchError('infrastructure', reason, { retryable: true }));
  }
}
