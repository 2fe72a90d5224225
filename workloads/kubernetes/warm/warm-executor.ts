import { failed } from '../../coordinator/executors/failure.js';
import { DEFAULT_RETRY_POLICY, type RetryPolicy, runWithRetries } from '../../coordinator/executors/retry.js';
import { type ExecuteOptions, type UnitOutcome, type WorkUnitExecutor } from '../../coordinator/executor.js';
import { messageOf } from '../../model/errors.js';
import { type UnitTimeline } from '../../model/unit-timeline.js';
import { unitForPod, type WorkUnitV2 } from '../../model/work-unit.js';
import { DEFAULT_WARM_LIMITS, type WarmLimits } from './limits.js';
import { type HandOver, PodPool } from './pool.js';
import { type WarmSession } from './warm-job.js';
import { WarmPods } from './warm-pods.js';

export interface WarmPodExecutorOptions extends WarmSession {
  /** Address that pods are listened to on: every one of a coordinator's pod, a loopback address elsewhere. */
  readonly host: string;
  readonly port: number;
  readonly log: (line: string) => void;
  readonly retry?: RetryPolicy;
  readonly limits?: Partial<WarmLimits>;
}

/**
 * Pods that stay up for a session and take units over HTTP: what a query takes without the start of its pods.
 * Unit i of every stage goes to the pod of index i, whose caches then serve it.
 */
export class WarmPodExecutor implements WorkUnitExecutor {
  readonly kind = 'warm-job';
  private readonly pool: PodPool;
  private readonly pods: WarmPods;
  private readonly lanes: Promise<unknown>[];

  constructor(private readonly options: WarmPodExecutorOptions) {
    const limits = { ...DEFAULT_WARM_LIMITS, ...options.limits };
    this.pool = new PodPool(options.runId, options.workers, limits);
    this.pods = new WarmPods(options, limits, this.pool);
    this.lanes = this.pool.slots.map(() => Promise.resolve());
  }

  /** @throws `infrastructure` where the pods do not come, `configuration` where nothing can listen for them */
  start(): Promise<void> {
    return this.pods.start();
  }

  async execute(units: readonly WorkUnitV2[], options: ExecuteOptions): Promise<UnitOutcome[]> {
    const outcomes = await Promise.all(units.map((unit, position) => this.inTurn(position, (index) => this.carryOut(index, unit, options))));
    // Now rather than at the next unit, so that the start of a pod is not part of the next query's time.
    if (!this.pool.isWell && !options.signal.aborted) {
      await this.pods.mend(options.signal).catch((error: unknown) => { this.options.log(`The warm pods are not whole again: ${messageOf(error)}`); });
    }
    return outcomes;
  }

  close(): Promise<void> {
    return this.pods.close();
  }

  /** A pod has one unit at a time: should a stage have more units than pods, the rest waits for its turn. */
  private inTurn<Result>(position: number, work: (index: number) => Promise<Result>): Promise<Result> {
    const index = position % this.lanes.length;
    const turn = (this.lanes[index] ?? Promise.resolve()).then(() => work(index));
    this.lanes[index] = turn.catch(() => undefined);
    return turn;
  }

  private async carryOut(index: number, unit: WorkUnitV2, options: ExecuteOptions): Promise<UnitOutcome> {
    const startedAtMs = performance.now();
    let last: HandOver | null = null;
    const outcome = await runWithRetries(unit, options, this.options.retry ?? DEFAULT_RETRY_POLICY, async (again, limits) => {
      const { givenUp } = this.pods;
      if (givenUp !== null) return { spawnMs: 0, verdict: failed('infrastructure', givenUp) };
      last = await this.pool.run(index, again, limits);
      return { spawnMs: 0, verdict: last.verdict };
    });
    return withTrace(outcome, unit, last, startedAtMs);
  }
}

function withTrace(outcome: UnitOutcome, unit: WorkUnitV2, last: HandOver | null, startedAtMs: number): UnitOutcome {
  const timeline = timelineOf(last, startedAtMs);
  const uid = last?.pod?.pod_uid;
  return outcome.result.ok && uid !== undefined ? { ...outcome, timeline, outputUri: unitForPod(unit, uid).output.uri } : { ...outcome, timeline };
}

function timelineOf(last: HandOver | null, startedAtMs: number): UnitTimeline {
  const since = (atMs: number | null | undefined): number | null => (atMs === null || atMs === undefined ? null : Math.max(0, atMs - startedAtMs));
  return {
    pod: last?.pod?.pod ?? null,
    pod_uid: last?.pod?.pod_uid ?? null,
    node: last?.pod?.node ?? null,
    created_ms: 0,
    scheduled_ms: null,
    pulled_ms: null,
    started_ms: since(last?.handedAtMs),
    finished_ms: since(last?.finishedAtMs),
    collected_ms: last?.finishedAtMs == null ? null : since(performance.now()),
  };
}
