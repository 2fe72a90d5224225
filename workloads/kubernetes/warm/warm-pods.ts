import { setTimeout as sleep } from 'node:timers/promises';
import { failed } from '../../coordinator/executors/failure.js';
import { FlowbenchError, messageOf } from '../../model/errors.js';
import { WarmEndpoint } from './endpoint.js';
import { JobPods, type PodsEnd } from './job-pods.js';
import { type WarmLimits } from './limits.js';
import { type PodPool } from './pool.js';
import { adoptable, generationOf, jobsOfSession, makeJob, newToken, type WarmJob, type WarmSession } from './warm-job.js';

export interface WarmPodsOptions extends WarmSession {
  readonly host: string;
  readonly port: number;
  readonly log: (line: string) => void;
}

/**
 * Keeps the pods of a session there: makes their Job, or goes on with the one that an earlier coordinator of the
 * run left; makes it anew when a pod hangs, as pods themselves cannot be deleted by the coordinator's rights, or
 * when the controller does not replace a lost pod any more; deletes it at the end.
 */
export class WarmPods {
  /** Why no pods come any more, once that is decided. */
  givenUp: string | null = null;
  private endpoint: WarmEndpoint | null = null;
  private current: JobPods | null = null;
  private job: WarmJob | null = null;
  /** When there was a pod of each index last, or a Job that is to make them. */
  private wholeAtMs = 0;
  private remakes = 0;
  /** A Job that never had all its pods is not made again: what kept them would keep the next. */
  private mayRemake = false;
  private remaking: Promise<void> | null = null;
  private timer: NodeJS.Timeout | undefined;
  private starting: Promise<void> | null = null;
  private closing: Promise<void> | null = null;
  private readonly unwatch: () => void;

  constructor(
    private readonly options: WarmPodsOptions,
    private readonly limits: WarmLimits,
    private readonly pool: PodPool,
  ) {
    this.unwatch = pool.onChange(() => { this.noteCalls(); });
  }

  start(): Promise<void> {
    this.starting ??= this.begin();
    return this.starting;
  }

  private async begin(): Promise<void> {
    const { host, port, log, workers } = this.options;
    const left = await jobsOfSession(this.options);
    const newest = left.at(-1);
    const adopted = newest === undefined ? null : adoptable(this.options, newest);
    for (const job of left) {
      if (job.metadata?.name !== undefined && job.metadata.name !== adopted?.name) await this.options.api.deleteJob(job.metadata.name);
    }
    const token = adopted?.token ?? newToken();
    this.endpoint = new WarmEndpoint({ host, port, token, pool: this.pool });
    await this.endpoint.listen();
    if (this.closing !== null) throw new FlowbenchError('cancelled', 'The pods are not needed any more.');
    const job = adopted ?? await makeJob(this.options, newest === undefined ? 0 : generationOf(newest), token);
    this.mayRemake = adopted !== null;
    await this.follow(job);
    this.timer = setInterval(() => { this.look(); }, this.limits.checkEveryMs);
    await this.mend().catch(async (error: unknown) => { throw await this.withLog(error); });
    this.mayRemake = true;
    log(`${workers} warm pods of ${job.name} ${adopted === null ? 'have called' : 'are taken over'}.`);
  }

  /**
   * Resolves when every pod stands by or works.
   *
   * @throws `infrastructure` when that does not come to be
   */
  async mend(signal?: AbortSignal): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const look = (): void => {
        const trouble = this.givenUp ?? this.trouble();
        if (this.pool.isWell || signal?.aborted === true || this.closing !== null) end(resolve);
        else if (trouble !== null) end(() => { reject(new FlowbenchError('infrastructure', trouble, { remedy: REMEDY })); });
      };
      const end = (then: () => void): void => {
        clearInterval(again);
        unwatch();
        then();
      };
      const unwatch = this.pool.onChange(look);
      const again = setInterval(look, this.limits.checkEveryMs);
      look();
    });
  }

  close(): Promise<void> {
    this.closing ??= this.end();
    return this.closing;
  }

  /** What cannot be deleted is told, and found by its labels later: it goes with the coordinator's Job at the latest. */
  private async end(): Promise<void> {
    this.unwatch();
    this.pool.end();
    // A start, or a new Job, that is under way would otherwise be left behind.
    await Promise.allSettled([this.starting, this.remaking]);
    clearInterval(this.timer);
    try {
      await this.removeJob();
    } catch (error) {
      this.options.log(`The Job ${this.job?.name} could not be deleted: ${messageOf(error)}`);
    }
    this.current?.stop();
    await this.endpoint?.close();
  }

  private async removeJob(): Promise<void> {
    if (this.job === null) return;
    await this.until(this.limits.leaveMs, (pods) => pods.haveEnded);
    await this.options.api.deleteJob(this.job.name);
    if (await this.until(this.limits.goneMs, (pods) => pods.areGone)) return;
    this.options.log(`Pods of ${this.job.name} are still ending: what comes next may wait for their nodes.`);
  }

  private async follow(job: WarmJob): Promise<void> {
    this.job = job;
    this.wholeAtMs = performance.now();
    this.current = new JobPods({
      api: this.options.api,
      runId: this.options.runId,
      sessionId: this.options.sessionId,
      job,
      onEnded: (index, podUid, verdict) => { this.pool.podEnded(index, podUid, verdict); },
      onChange: () => { this.look(); },
    });
    await this.current.ready();
  }

  private noteCalls(): void {
    for (const { podUid } of this.pool.slots) {
      if (podUid !== null) this.current?.noteCall(podUid);
    }
  }

  /** A pod that ended before it called says why in its log, if anywhere. */
  private async withLog(error: unknown): Promise<unknown> {
    const pod = this.current?.last?.pod;
    const text = pod === undefined ? null : await this.options.api.podLog(pod, { tailLines: LOG_LINES }).catch(() => null);
    if (!(error instanceof FlowbenchError) || text === null || text.trim() === '') return error;
    return new FlowbenchError(error.code, `${error.message} Its log ends with: ${text.trim()}`, { remedy: REMEDY, cause: error });
  }

  /** Decides what is to be done about what is known now. */
  private look(): void {
    if (this.closing !== null || this.current === null || this.remaking !== null) return;
    this.noteCalls();
    this.pool.check(performance.now());
    if (this.current.blindness !== null && this.givenUp === null) this.giveUp(this.current.blindness);
    const isBroken = this.current.isSpent || this.pool.slots.some((slot) => slot.isHung);
    if (isBroken && this.mayRemake && !this.pool.isWorking && this.givenUp === null) {
      // Pods that work are let finish first: a new Job ends them all.
      this.remaking = Promise.resolve().then(() => this.remake()).catch((error: unknown) => { this.giveUp(messageOf(error)); }).finally(() => { this.remaking = null; });
      return;
    }
    const trouble = this.givenUp ?? this.trouble();
    if (trouble !== null) this.pool.failWaiting(failed('infrastructure', trouble));
  }

  /** What keeps the pods from being whole, where waiting longer would not help. */
  private trouble(): string | null {
    const { current, limits, pool } = this;
    const nowMs = performance.now();
    if (pool.isWell) this.wholeAtMs = nowMs;
    if (current === null || this.remaking !== null || pool.isWell) return null;
    const cause = current.trouble(nowMs, limits);
    if (cause !== null) return cause;
    if (current.isSpent && !this.mayRemake) return `The Job ${this.job?.name} ended before its pods had called${lastWords(current.last)}`;
    const missing = pool.slots.filter((slot) => slot.podUid === null).length;
    if (missing === 0) this.wholeAtMs = nowMs;
    if (nowMs - this.wholeAtMs <= limits.startMs) return null;
    return `${missing} of ${pool.slots.length} pods of ${this.job?.name} have not called for ${limits.startMs / 1_000} s.`;
  }

  private async remake(): Promise<void> {
    const { job, current } = this;
    if (job === null || current === null) return;
    this.remakes += 1;
    if (this.remakes > this.limits.remakes) {
      this.giveUp(`The pods of ${job.name} were made anew ${this.limits.remakes} times and were lost again${lastWords(current.last)}`);
      return;
    }
    this.options.log(`${job.name} is made anew: a pod of it hangs, or is not replaced any more.`);
    this.pool.releaseAll();
    await this.options.api.deleteJob(job.name);
    await this.until(this.limits.goneMs, (pods) => pods.areGone);
    current.stop();
    await this.follow(await makeJob(this.options, job.generation, job.token));
  }

  private giveUp(why: string): void {
    this.givenUp = why;
    this.pool.failWaiting(failed('infrastructure', why));
  }

  private async until(limitMs: number, holds: (pods: JobPods) => boolean): Promise<boolean> {
    const untilMs = performance.now() + limitMs;
    const isDone = (): boolean => this.current === null || holds(this.current);
    while (!isDone() && performance.now() < untilMs) await sleep(Math.min(LOOK_AGAIN_MS, this.limits.checkEveryMs));
    return isDone();
  }
}

const LOOK_AGAIN_MS = 100;
const LOG_LINES = 3;
const REMEDY = 'Look at the pod with "kubectl describe pod".';

const lastWords = (end: PodsEnd | null): string => (end === null || end.verdict.ok ? '.' : `: ${end.verdict.failure.message}`);
