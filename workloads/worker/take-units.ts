import { setTimeout as sleep } from 'node:timers/promises';
import { FlowbenchError } from '../model/errors.js';
import { aliveAnswerSchema, nextAnswerSchema, WARM_PATHS, type NextAnswer } from '../model/warm-protocol.js';
import type { WorkUnitV2 } from '../model/work-unit.js';
import type { WorkerMetrics } from '../model/worker-metrics.js';
import type { WorkerEnvironment } from './environment.js';
import { emptyMetrics, withError } from './report.js';
import { runUnit } from './run-unit.js';
import { WARM_PATIENCE, WarmCalls, type CoordinatorAddress, type WarmPatience } from './warm-calls.js';

export interface TakeOptions {
  readonly coordinator: CoordinatorAddress;
  /** Told of each report, when it is made. */
  readonly onReport: (metrics: WorkerMetrics) => void;
  readonly patience?: WarmPatience;
  /** Carries out one unit; tests plant others. */
  readonly run?: typeof runUnit;
}

/**
 * Takes units from the coordinator, one after the other, until it says that no more will come or the environment's
 * signal aborts. Throws `infrastructure` when the coordinator stays away or a unit cannot be stopped, and
 * `configuration` when it does not know this pod.
 */
export async function takeUnits(options: TakeOptions, env: WorkerEnvironment): Promise<void> {
  const patience = options.patience ?? WARM_PATIENCE;
  const calls = new WarmCalls(options.coordinator, patience, env.log);
  try {
    while (!env.signal.aborted) {
      const answer = await calls.call(WARM_PATHS.next, {}, env.signal);
      if (answer.status === 410) return;
      if (answer.status === 204) continue;
      const { unit, timeout_ms: timeoutMs } = readNext(answer.body);
      const { metrics, isHung } = await new RunningUnit(unit, options.run ?? runUnit, env, calls, patience).end(timeoutMs);
      if (metrics === null) return;
      options.onReport(metrics);
      const told = await calls.call(WARM_PATHS.done, { unit_id: unit.id, metrics }, env.signal);
      if (isHung) throw new FlowbenchError('infrastructure', `${unit.id} did not stop ${patience.stopMs} ms after it was told to.`);
      if (told.status === 410) return;
    }
  } catch (error) {
    // By the signal: the pod is being ended, and whoever ends it knows.
    if (!env.signal.aborted) throw error;
  } finally {
    env.resources.close();
  }
}

function readNext(body: unknown): NextAnswer {
  const parsed = nextAnswerSchema.safeParse(body);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map((issue) => `${issue.path.join('.') || '(root)'}: ${issue.message}`).join('; ');
  throw new FlowbenchError('configuration', `The coordinator sent what is no work unit: ${problems}.`, { remedy: 'Run coordinator and workers of one version.' });
}

type StopReason = 'told' | 'timeout' | 'over' | 'forsaken' | 'refused';

interface UnitEnd {
  /** Null when nobody wants the report any more. */
  readonly metrics: WorkerMetrics | null;
  /** The engine did not stop: this process is of no more use. */
  readonly isHung: boolean;
}

/** A unit that runs while the coordinator hears that its pod is alive. */
class RunningUnit {
  private readonly stopping = new AbortController();
  /** Ends the signs of life. */
  private readonly ended = new AbortController();
  private reason: StopReason | null = null;
  private refusal: unknown = null;

  constructor(
    private readonly unit: WorkUnitV2,
    private readonly run: typeof runUnit,
    private readonly env: WorkerEnvironment,
    private readonly calls: WarmCalls,
    private readonly patience: WarmPatience,
  ) {}

  async end(timeoutMs: number): Promise<UnitEnd> {
    const signal = AbortSignal.any([this.env.signal, this.stopping.signal]);
    const timer = setTimeout(() => { this.stop('timeout'); }, Math.min(timeoutMs, MAX_TIMER_MS));
    const signs = this.giveSigns();
    try {
      const finished = await Promise.race([this.run(this.unit, { ...this.env, signal }), this.hung(signal)]);
      return this.endOf(finished);
    } finally {
      clearTimeout(timer);
      this.ended.abort();
      await signs;
    }
  }

  private endOf(finished: WorkerMetrics | null): UnitEnd {
    if (this.reason === 'refused') throw this.refusal;
    const metrics = finished ?? emptyMetrics(this.unit, this.env.node);
    if (this.reason === 'forsaken') throw this.calls.forsaken();
    if (this.reason === 'over') return { metrics: null, isHung: finished === null };
    // A unit that was done all the same in the moment it was stopped is done.
    if (finished?.error === null) return { metrics, isHung: false };
    if (this.reason === 'timeout') return { metrics: withError(metrics, new FlowbenchError('timeout', `${this.unit.id} had not ended at its time limit and was stopped.`)), isHung: finished === null };
    if (finished === null) return { metrics: withError(metrics, new FlowbenchError('cancelled', 'The unit was stopped.')), isHung: true };
    return { metrics, isHung: false };
  }

  private stop(reason: StopReason): void {
    this.reason ??= reason;
    this.stopping.abort();
  }

  private hasEnded(): boolean {
    return this.ended.signal.aborted;
  }

  /** Null, when the unit has not ended some time after it was stopped. */
  private async hung(signal: AbortSignal): Promise<null> {
    await new Promise<void>((resolve) => { signal.addEventListener('abort', () => { resolve(); }, { once: true }); });
    await sleep(this.patience.stopMs, undefined, { signal: this.ended.signal }).catch(() => undefined);
    return null;
  }

  /** Fails in no way: what it finds out stops the unit. */
  private async giveSigns(): Promise<void> {
    while (!this.hasEnded()) {
      try {
        const answer = await this.calls.callOnce(WARM_PATHS.alive, { unit_id: this.unit.id }, this.ended.signal);
        if (answer.status === 410) this.stop('over');
        if (answer.status === 200 && aliveAnswerSchema.parse(answer.body).stop) this.stop('told');
      } catch (error) {
        if (this.hasEnded()) return;
        if (error instanceof FlowbenchError) {
          this.refusal = error;
          this.stop('refused');
        } else if (this.calls.isForsaken) {
          this.stop('forsaken');
        }
      }
      await sleep(this.patience.aliveEveryMs, undefined, { signal: this.ended.signal }).catch(() => undefined);
    }
  }
}

/** The longest that a timer can be set to. */
const MAX_TIMER_MS = 2 ** 31 - 1;
