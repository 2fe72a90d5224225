import type { UnitFailure, UnitOutcome } from '../../coordinator/executor.js';
import type { FlowbenchError } from '../../model/errors.js';
import { POD_LABELS } from '../../model/job-manifest-names.js';
import type { WorkUnitV2 } from '../../model/work-unit.js';
import type { Storage } from '../../storage/storage.js';
import type { ClusterApi, WatchEvent } from '../api/cluster-api.js';
import type { ClusterEvent, ClusterJob, ClusterPod } from '../api/objects.js';
import { collectReport } from './collect-report.js';
import { UnitProgress, type PodTrack } from './job-progress.js';
import type { Lanes } from './lanes.js';
import type { JobLimits } from './limits.js';
import { goneVerdict, podVerdict, POD_STAGES, type PodEnd, type PodStage, type PodTrouble, type PodVerdict } from './pod-verdict.js';
import type { JobListener } from './session-watch.js';

export interface JobRunOptions {
  readonly name: string;
  readonly units: readonly WorkUnitV2[];
  readonly api: Pick<ClusterApi, 'podLog'>;
  readonly storage: Pick<Storage, 'read'>;
  readonly limits: JobLimits;
  readonly reads: Lanes;
  readonly log: (line: string) => void;
}

/** How often it is looked whether pods are missing, ms. */
const LOOK_EVERY_MS = 1_000;
/** A Job is over a moment before its last pod's end is told, ms. */
const LAST_WORDS_MS = 5_000;
/** The controller waits ever longer before it replaces a pod; so long is never right, ms. */
const REPLACED_WITHIN_MS = 90_000;
const LOG_LINES = 50;

/** One Job from the cluster's words: who ends, whose output counts, and when it is over. */
export class JobRun implements JobListener {
  /** Resolves when each unit has its output (null), or with what ended the Job before that. */
  readonly over: Promise<UnitFailure | null>;
  isInterrupted = false;
  createdMs: number | null = null;
  private readonly startedAtMs = performance.now();
  private readonly progress: readonly UnitProgress[];
  private readonly pods = new Map<string, PodTrack>();
  private readonly timers = new Map<string, { readonly timer: NodeJS.Timeout; readonly key: string }>();
  private readonly indexes = new Set<number>();
  private readonly look: NodeJS.Timeout;
  private settle: (failure: UnitFailure | null) => void = () => undefined;
  private isOver = false;
  private missing: number;
  private newestPodMs = 0;
  private cannotCreate: { readonly message: string; readonly atMs: number } | null = null;

  constructor(private readonly options: JobRunOptions) {
    this.progress = options.units.map((unit) => new UnitProgress(unit));
    this.missing = options.units.length;
    this.over = new Promise((resolve) => { this.settle = resolve; });
    this.look = setInterval(() => { this.lookForMissing(); }, LOOK_EVERY_MS);
  }

  /** Ms since the units were handed over. */
  now(): number {
    return performance.now() - this.startedAtMs;
  }

  /** Ends the waiting: the first reason counts. */
  end(failure: UnitFailure | null): void {
    if (this.isOver) return;
    this.isOver = true;
    clearInterval(this.look);
    for (const { timer } of this.timers.values()) clearTimeout(timer);
    this.timers.clear();
    this.settle(failure);
  }

  outcomes(failure: UnitFailure | null): UnitOutcome[] {
    const endedMs = this.now();
    return this.progress.map((unit) => unit.outcome(this.createdMs, endedMs, this.isInterrupted, failure));
  }

  /** How far it had come, for the sentence of a time limit. */
  describe(): string {
    const done = this.progress.filter((unit) => unit.isCommitted).length;
    const open = this.progress.find((unit) => !unit.isCommitted);
    const pod = open?.lastPod ?? null;
    const where = pod === null ? `${open?.unit.id} has no pod` : `pod ${pod.name} is ${pod.stage}${pod.node === null ? '' : ` on node ${pod.node}`}`;
    return `${done} of ${this.progress.length} units were done; ${where}`;
  }

  onPod({ kind, item }: WatchEvent<ClusterPod>): void {
    if (this.isOver) return;
    const index = Number(item.metadata?.labels?.[POD_LABELS.index] ?? Number.NaN);
    const unit = this.progress[index];
    if (unit === undefined) return;
    const told = podVerdict(item);
    const verdict = kind === 'gone' && told.end === null ? goneVerdict(item.metadata?.name ?? '') : told;
    const pod = this.track(unit, index, item);
    // What has ended has ended: a pod is told of again after a new list, and as it is removed.
    if (pod.finishedMs !== null) return;
    this.note(pod, verdict, item);
    this.watchTrouble(pod.uid, verdict.trouble);
    if (verdict.end !== null) this.takeEnd(unit, index, pod, verdict.end);
  }

  onJob({ kind, item }: WatchEvent<ClusterJob>): void {
    if (this.isOver) return;
    const { name } = this.options;
    if (kind === 'gone') {
      this.later('job', 'gone', LAST_WORDS_MS / 5, infrastructure(`The Job ${name} was deleted while it ran.`));
      return;
    }
    const condition = item.status?.conditions?.find(({ type, status }) => status === 'True' && (type === 'Failed' || type === 'Complete'));
    if (condition?.reason === 'DeadlineExceeded') this.end({ ...infrastructure(`The Job ${name} had not ended at its deadline and was stopped.`), kind: 'timeout' });
    else if (condition?.type === 'Failed') this.later('job', 'failed', LAST_WORDS_MS, infrastructure(`The Job ${name} failed (${condition.reason}): ${condition.message}`));
    else if (condition !== undefined) this.later('job', 'complete', LAST_WORDS_MS * 4, infrastructure(`The Job ${name} is complete, but not every pod of it was seen to end.`));
  }

  onEvent({ reason, message, involvedObject }: ClusterEvent): void {
    if (this.isOver) return;
    if (involvedObject.kind === 'Job') {
      if (reason === 'FailedCreate') this.cannotCreate = { message: message ?? '', atMs: this.now() };
      return;
    }
    const pod = this.pods.get(involvedObject.uid ?? '');
    if (pod === undefined) return;
    if (reason === 'Scheduled') pod.scheduledMs ??= this.now();
    if (reason === 'Pulled') pod.pulledMs ??= this.now();
    if (reason === 'Started') pod.startedMs ??= this.now();
    if (reason === 'FailedMount' || reason === 'FailedAttachVolume') {
      this.watchTrouble(pod.uid, { patience: 'long', failure: infrastructure(`Pod ${pod.name} cannot mount its files: ${message ?? 'no reason given'}`) });
    }
  }

  onBlind(error: FlowbenchError): void {
    this.end(infrastructure(`What becomes of the Job ${this.options.name} cannot be seen any more: ${error.sentence}`));
  }

  private track(unit: UnitProgress, index: number, item: ClusterPod): PodTrack {
    const uid = item.metadata?.uid ?? '';
    const known = unit.pods.get(uid);
    if (known !== undefined) return known;
    const pod: PodTrack = { uid, name: item.metadata?.name ?? '', node: null, stage: 'created', scheduledMs: null, pulledMs: null, startedMs: null, finishedMs: null };
    unit.pods.set(uid, pod);
    this.pods.set(uid, pod);
    this.indexes.add(index);
    this.newestPodMs = this.now();
    this.cannotCreate = null;
    this.forget(`replace-${index}`);
    return pod;
  }

  /** When a stage was noticed; one that was passed between two tellings has no time. */
  private note(pod: PodTrack, { stage }: PodVerdict, item: ClusterPod): void {
    const nowMs = this.now();
    pod.node = item.spec?.nodeName ?? pod.node;
    if (isFurther(stage, pod.stage)) {
      if (stage === 'scheduled') pod.scheduledMs ??= nowMs;
      if (stage === 'pulled') pod.pulledMs ??= nowMs;
      if (stage === 'started') pod.startedMs ??= nowMs;
      pod.stage = stage;
    }
    if (stage === 'ended') pod.finishedMs = nowMs;
  }

  private watchTrouble(podUid: string, trouble: PodTrouble | null): void {
    if (trouble === null) this.forget(podUid);
    else if (trouble.patience === 'none') this.end(trouble.failure);
    else this.later(podUid, trouble.patience, trouble.patience === 'short' ? this.options.limits.shortTroubleMs : this.options.limits.longTroubleMs, trouble.failure);
  }

  private takeEnd(unit: UnitProgress, index: number, pod: PodTrack, end: PodEnd): void {
    if (unit.isCommitted) return;
    if (end.kind === 'failed' && !end.hasReport) {
      this.takeFailure(unit, index, end, null);
      return;
    }
    void this.takeReport(unit, index, pod, end);
  }

  private async takeReport(unit: UnitProgress, index: number, pod: PodTrack, end: PodEnd): Promise<void> {
    const { api, storage, reads } = this.options;
    const exitCode = end.kind === 'succeeded' ? 0 : end.failure.exitCode;
    const log = (): Promise<string | null> => api.podLog(pod.name, { tailLines: LOG_LINES });
    try {
      const report = await reads.run(() => collectReport(storage, unit.unit, { podUid: pod.uid, exitCode, log }));
      if (this.isOver) return;
      if (!report.ok) this.takeFailure(unit, index, end.kind === 'failed' ? end : unreadable(report.failure), report);
      else if (unit.commit(pod, report.metrics, this.now()) && (this.missing -= 1) === 0) this.end(null);
    } catch (error) {
      this.end(infrastructure(`The report of pod ${pod.name} cannot be had: ${error instanceof Error ? error.message : String(error)}`));
    }
  }

  private takeFailure(unit: UnitProgress, index: number, end: Extract<PodEnd, { kind: 'failed' }>, report: Parameters<UnitProgress['afterFailure']>[1]): void {
    const failure = unit.afterFailure(end, report, this.options.limits.disruptionsPerUnit);
    if (failure !== null) {
      this.end(failure);
      return;
    }
    this.options.log(`${end.failure.message} Another pod does ${unit.unit.id}.`);
    this.later(`replace-${index}`, 'replace', REPLACED_WITHIN_MS, infrastructure(`${end.failure.message} No other pod of ${unit.unit.id} was made within ${REPLACED_WITHIN_MS / 1_000} s.`));
  }

  private lookForMissing(): void {
    if (this.createdMs === null || this.indexes.size === this.progress.length) return;
    const { name, limits } = this.options;
    const waitedMs = this.now() - Math.max(this.newestPodMs, this.createdMs);
    const because = this.cannotCreate === null ? 'the Job controller says nothing of it' : this.cannotCreate.message;
    if (waitedMs > (this.cannotCreate === null ? limits.noPodsMs : limits.shortTroubleMs)) {
      this.end(infrastructure(`The Job ${name} has ${this.indexes.size} of its ${this.progress.length} pods after ${Math.round(waitedMs / 1_000)} s: ${because}.`));
    }
  }

  /** Ends the Job by this failure after a while, unless it is forgotten; what is known already keeps its time. */
  private later(what: string, key: string, waitMs: number, failure: UnitFailure): void {
    if (this.timers.get(what)?.key === key) return;
    this.forget(what);
    this.timers.set(what, { key, timer: setTimeout(() => { this.end(failure); }, waitMs) });
  }

  private forget(what: string): void {
    clearTimeout(this.timers.get(what)?.timer);
    this.timers.delete(what);
  }
}

function isFurther(stage: PodStage, than: PodStage): boolean {
  return POD_STAGES.indexOf(stage) > POD_STAGES.indexOf(than);
}

/** A worker that ended well, but whose report says otherwise or is not there: the controller makes no other pod. */
function unreadable(failure: UnitFailure): Extract<PodEnd, { kind: 'failed' }> {
  return { kind: 'failed', failure, isDisruption: false, mayRetry: false, hasReport: true };
}

function infrastructure(message: string): UnitFailure {
  return { kind: 'infrastructure', message, exitCode: null, signal: null };
}
