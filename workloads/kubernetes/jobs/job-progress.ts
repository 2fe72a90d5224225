import type { Verdict } from '../../coordinator/executors/failure.js';
import type { UnitFailure, UnitOutcome } from '../../coordinator/executor.js';
import { RETRIES_PER_UNIT } from '../../model/job-manifest.js';
import type { UnitTimeline } from '../../model/unit-timeline.js';
import { unitForPod, type WorkUnitV2 } from '../../model/work-unit.js';
import type { PodEnd, PodStage } from './pod-verdict.js';

/** One pod of an index, as far as it matters; of the pod itself nothing is kept. */
export interface PodTrack {
  readonly uid: string;
  readonly name: string;
  node: string | null;
  stage: PodStage;
  scheduledMs: number | null;
  pulledMs: number | null;
  startedMs: number | null;
  finishedMs: number | null;
}

interface Commit {
  readonly pod: PodTrack;
  readonly metrics: Extract<Verdict, { ok: true }>['metrics'];
  readonly atMs: number;
}

/**
 * One index of a Job: the pods it had, and the one whose output counts. Whatever further pods do, there is never a
 * second one.
 */
export class UnitProgress {
  readonly pods = new Map<string, PodTrack>();
  private committed: Commit | null = null;
  private disruptions = 0;
  private failures = 0;

  constructor(readonly unit: WorkUnitV2) {}

  get isCommitted(): boolean {
    return this.committed !== null;
  }

  /** The pod whose doing is told where the unit has no output. */
  get lastPod(): PodTrack | null {
    return [...this.pods.values()].at(-1) ?? null;
  }

  /** False when another pod's output counts already. */
  commit(pod: PodTrack, metrics: Commit['metrics'], atMs: number): boolean {
    if (this.committed !== null) return false;
    this.committed = { pod, metrics, atMs };
    return true;
  }

  /** Null while another pod may do the unit; else why it has failed for good. */
  afterFailure(end: Extract<PodEnd, { kind: 'failed' }>, report: Verdict | null, maxDisruptions: number): UnitFailure | null {
    if (end.isDisruption) {
      this.disruptions += 1;
      return this.disruptions <= maxDisruptions ? null : again(end.failure, `It was disruption ${this.disruptions} of ${this.unit.id}; ${maxDisruptions} are let pass.`);
    }
    const { failure, mayRetry } = report === null || report.ok ? end : { failure: report.failure, mayRetry: end.mayRetry && isWorthAnother(report) };
    this.failures += 1;
    if (!mayRetry) return failure;
    return this.failures <= RETRIES_PER_UNIT ? null : again(failure, `It was try ${this.failures} of ${this.unit.id}.`);
  }

  outcome(createdMs: number | null, endedMs: number, isInterrupted: boolean, failure: UnitFailure | null): UnitOutcome {
    const done = this.committed;
    const pod = done?.pod ?? this.lastPod;
    const spawnMs = done === null ? 0 : Math.max(0, (done.pod.finishedMs ?? done.atMs) - done.metrics.wall_ms);
    return {
      unitId: this.unit.id,
      attempts: Math.max(1, this.pods.size),
      spawnMs,
      elapsedMs: (done?.atMs ?? endedMs) - spawnMs,
      ...(done === null ? {} : { outputUri: unitForPod(this.unit, done.pod.uid).output.uri }),
      timeline: timelineOf(pod, createdMs, done?.atMs ?? null),
      ...(isInterrupted ? { isInterrupted } : {}),
      result: done === null ? { ok: false, failure: failure ?? unknownFailure(this.unit.id) } : { ok: true, metrics: done.metrics },
    };
  }
}

function isWorthAnother(report: Extract<Verdict, { ok: false }>): boolean {
  const { kind } = report.failure;
  return kind === 'storage' ? report.retryable : kind === 'worker_lost' || kind === 'bad_report';
}

function again(failure: UnitFailure, what: string): UnitFailure {
  return { ...failure, message: `${failure.message.replace(/\.?$/, '.')} ${what}` };
}

function timelineOf(pod: PodTrack | null, createdMs: number | null, collectedMs: number | null): UnitTimeline {
  return {
    pod: pod?.name ?? null,
    pod_uid: pod?.uid ?? null,
    node: pod?.node ?? null,
    created_ms: createdMs,
    scheduled_ms: pod?.scheduledMs ?? null,
    pulled_ms: pod?.pulledMs ?? null,
    started_ms: pod?.startedMs ?? null,
    finished_ms: pod?.finishedMs ?? null,
    collected_ms: collectedMs,
  };
}

function unknownFailure(unitId: string): UnitFailure {
  return { kind: 'infrastructure', message: `${unitId} has no outcome.`, exitCode: null, signal: null };
}
