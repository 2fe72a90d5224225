import { MAX_TIMER_MS } from '../../coordinator/interrupt.js';
import type { ExecuteOptions, UnitFailure, UnitOutcome, WorkUnitExecutor } from '../../coordinator/executor.js';
import { FlowbenchError, messageOf } from '../../model/errors.js';
import { JOB_LABELS, jobName } from '../../model/job-manifest-names.js';
import type { Job, OwnerReference } from '../../model/job-manifest-types.js';
import { sessionLabelSelector } from '../../model/job-manifest.js';
import type { WorkUnitV2 } from '../../model/work-unit.js';
import type { Storage } from '../../storage/storage.js';
import type { ClusterApi } from '../api/cluster-api.js';
import { JobObjects, type JobHandle, type JobOrder } from './job-objects.js';
import { JobRun } from './job-run.js';
import { Lanes } from './lanes.js';
import { DEFAULT_JOB_LIMITS, type JobLimits } from './limits.js';
import { SessionWatch } from './session-watch.js';

export interface JobExecutorOptions {
  readonly api: ClusterApi;
  /** The published Job template (see parseJobTemplate). */
  readonly template: Job;
  /** Where workers put their outputs and reports. */
  readonly storage: Pick<Storage, 'read'>;
  readonly runId: string;
  readonly sessionId: string;
  /** The coordinator's own Job: what is made goes with it. */
  readonly owner?: OwnerReference;
  /** Another image than the template's, by digest. */
  readonly image?: string;
  readonly limits?: Partial<JobLimits>;
  readonly log: (line: string) => void;
}

/**
 * One Indexed Job for each stage of each query and repetition: a pod an index, a unit a pod. Pods' ends are noticed
 * from the watch on pods; of the pods of an index exactly one output counts. A coordinator that starts again takes
 * over the Jobs of its session, once each.
 */
export class KubernetesJobExecutor implements WorkUnitExecutor {
  readonly kind = 'job';
  private readonly limits: JobLimits;
  private readonly reads: Lanes;
  private readonly selector: string;
  private readonly running = new Map<string, { readonly run: JobRun; readonly done: Promise<unknown> }>();
  private readonly background = new Set<Promise<void>>();
  private session: { readonly watch: SessionWatch; readonly objects: JobObjects } | null = null;
  private isClosed = false;

  constructor(private readonly options: JobExecutorOptions) {
    this.limits = { ...DEFAULT_JOB_LIMITS, ...options.limits };
    this.reads = new Lanes(this.limits.reads);
    this.selector = sessionLabelSelector(options.runId, options.sessionId);
  }

  async start(): Promise<void> {
    const { api, template, runId, sessionId, owner, image } = this.options;
    const watch = new SessionWatch(api, this.selector);
    const facts = { template, runId, sessionId, ...(owner === undefined ? {} : { owner }), ...(image === undefined ? {} : { image }) };
    this.session = { watch, objects: new JobObjects(api, facts, watch, this.limits) };
    try {
      await watch.ready();
    } catch (error) {
      watch.stop();
      throw error;
    }
    for (const { metadata } of watch.unclaimedJobs()) {
      if (metadata?.labels?.[JOB_LABELS.collected] !== undefined) watch.release(metadata.uid ?? '');
    }
  }

  async execute(units: readonly WorkUnitV2[], options: ExecuteOptions): Promise<UnitOutcome[]> {
    const { api, storage, runId, sessionId, log } = this.options;
    const name = jobName('fw', runId, sessionId, options.name);
    const run = new JobRun({ name, units, api, storage, limits: this.limits, reads: this.reads, log });
    const done = this.carryOut(run, { name, query: options.name, units, timeoutMs: options.timeoutMs }, options);
    this.running.set(name, { run, done });
    try {
      return run.outcomes(await done);
    } finally {
      this.running.delete(name);
    }
  }

  async close(): Promise<void> {
    if (this.session === null || this.isClosed) return;
    this.isClosed = true;
    const { watch, objects } = this.session;
    const { api, log } = this.options;
    try {
      for (const { run } of this.running.values()) run.end(cancelled('The executor was closed.'));
      await Promise.allSettled([...this.running.values()].map(({ done }) => done));
      await Promise.all(this.background);
      const [jobs, configMaps] = await Promise.all([api.listJobs(`${this.selector},!${JOB_LABELS.collected}`), api.listConfigMaps(this.selector)]);
      await Promise.all(configMaps.map(({ metadata }) => api.deleteConfigMap(metadata?.name ?? '')));
      const handles = jobs.map(({ metadata }): JobHandle => ({ name: metadata?.name ?? '', uid: metadata?.uid ?? '', configMaps: [] }));
      await Promise.all(handles.map((handle) => objects.remove(handle)));
      if (!(await watch.podsGone(this.limits.podsGoneMs))) log('Pods of this session are still ending: what comes next may wait for their nodes.');
    } catch (error) {
      log(`What is left of session ${this.options.sessionId} could not be removed: ${messageOf(error)}`);
    } finally {
      watch.stop();
    }
  }

  /** Null when each unit has its output. */
  private async carryOut(run: JobRun, order: JobOrder, { timeoutMs, signal }: ExecuteOptions): Promise<UnitFailure | null> {
    if (this.session === null) throw new Error('The executor has not started.');
    const { watch, objects } = this.session;
    const begunAtMs = performance.now();
    const onAbort = (): void => { run.end(cancelled(`${order.query} was stopped on request.`)); };
    const timer = setTimeout(() => { run.end(timedOut(order.query, run.describe())); }, Math.min(MAX_TIMER_MS, Math.max(0, timeoutMs)));
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) onAbort();
    let job: JobHandle | null = null;
    try {
      job = signal.aborted ? null : await this.place(run, order, objects);
      if (job !== null) watch.claim(job.uid, run);
      const failure = await run.over;
      // What happened while the API was away was told late.
      run.isInterrupted ||= this.options.api.troubledAtMs() >= begunAtMs;
      if (job !== null) await this.putAway(job, failure, watch, objects);
      return failure;
    } catch (error) {
      return refused(error);
    } finally {
      run.end(cancelled('Nothing is waited for any more.'));
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
    }
  }

  private async place(run: JobRun, order: JobOrder, objects: JobObjects): Promise<JobHandle> {
    const adopted = objects.adoptable(order);
    const job = adopted ?? await objects.create(order);
    run.isInterrupted = adopted !== null;
    run.createdMs = run.now();
    if (adopted !== null) this.options.log(`The Job ${adopted.name} is taken over from an earlier coordinator.`);
    return job;
  }

  /** After success while the next query goes on; after a failure at once, as the next needs the nodes. */
  private async putAway(job: JobHandle, failure: UnitFailure | null, watch: SessionWatch, objects: JobObjects): Promise<void> {
    const { log } = this.options;
    if (failure !== null) {
      try {
        if (!(await objects.remove(job))) log(`Pods of the Job ${job.name} have not ended within ${this.limits.podsGoneMs / 1_000} s after it was deleted.`);
      } catch (error) {
        log(`The Job ${job.name} could not be deleted: ${messageOf(error)}`);
      }
      watch.release(job.uid);
      return;
    }
    watch.release(job.uid);
    const marked = objects.collected(job).catch((error: unknown) => { log(`The Job ${job.name} could not be marked as collected: ${messageOf(error)}`); });
    this.background.add(marked);
    void marked.then(() => { this.background.delete(marked); });
  }
}

/** The cluster's refusals are outcomes; a plan that no cluster could carry out is not. */
function refused(error: unknown): UnitFailure {
  if (error instanceof FlowbenchError && (error.code === 'configuration' || error.code === 'infrastructure')) {
    return { kind: 'infrastructure', message: error.sentence, exitCode: null, signal: null };
  }
  throw error;
}

function cancelled(message: string): UnitFailure {
  return { kind: 'cancelled', message, exitCode: null, signal: null };
}

function timedOut(what: string, progress: string): UnitFailure {
  return { kind: 'timeout', message: `${what} had not ended at its time limit and was stopped: ${progress}.`, exitCode: null, signal: null };
}
