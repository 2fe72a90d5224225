import { writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DriverHost } from '../../engines/driver/host.js';
import { FlowbenchError, messageOf } from '../../model/errors.js';
import type { CustomKind, CustomManifest, CustomResources, EngineApi, WatchEvent, Watching } from '../api/cluster-api.js';
import type { ClusterPod, CustomObject } from '../api/objects.js';
import type { PodEnd } from '../jobs/pod-verdict.js';
import type { EngineLimits } from './limits.js';
import { PodPatience } from './pod-patience.js';
import { untilGone } from './remove-left.js';
import { StandingPods } from './standing-pods.js';

/** How a kind of job that an operator carries out is read. */
export interface JobReading<Item> {
  readonly kind: CustomKind;
  /** Of the pods that the job runs in. */
  readonly podSelector: string;
  /** Whether the pods are the job's own, and go with it. */
  readonly ownsPods: boolean;
  isDriver(pod: ClusterPod): boolean;
  /** What it means that the driver's pod is lost, where no operator says it better. */
  readonly lossOf?: (what: string) => string;
  /** How it ended, in a few words; null while it goes on. */
  endOf(item: Item): string | null;
  /** Whether an operator has it in hand. */
  isTouched(item: Item): boolean;
  /** What the driver program printed, its last lines. */
  logOf(item: Item | null, tailLines: number): Promise<string | null>;
}

export interface HostedJob<Item> {
  readonly api: EngineApi;
  readonly reading: JobReading<Item>;
  readonly manifest: CustomManifest;
  /** Where the driver's log is kept; null for nowhere. */
  readonly logFile: string | null;
  readonly limits: EngineLimits;
  readonly log: (line: string) => void;
}

const TAIL_LINES = 5;
const READ_LINES = 60;
const KEPT_LINES = 50_000;

/**
 * A driver program that an operator runs as a job of its kind: from the object that is made for it to the last of
 * its pods that is gone. What the operator says of it counts; where a pod says it sooner, the operator has some
 * seconds to say it better.
 */
export class CustomJobHost<Item extends CustomObject> implements DriverHost {
  readonly ended: Promise<string>;
  /** What the driver's pod was ended for, where that is known. */
  lostTo: 'out_of_memory' | 'out_of_disk' | null = null;
  /** Until the driver's pod ran. */
  runningAfterMs: number | null = null;
  private readonly startedAtMs = performance.now();
  private readonly objects: CustomResources<Item>;
  private readonly patience: PodPatience;
  private readonly watches: Watching[] = [];
  private readonly timers = new Set<NodeJS.Timeout>();
  private readonly standing = new StandingPods();
  private readonly name: string;
  private item: Item | null = null;
  private settle: (how: string) => void = () => undefined;
  private killing: Promise<void> | null = null;

  private constructor(private readonly job: HostedJob<Item>) {
    this.name = job.manifest.metadata.name;
    this.objects = job.api.custom<Item>(job.reading.kind);
    this.patience = new PodPatience(job.limits, (sentence) => { this.settle(sentence); });
    this.ended = new Promise((resolve) => { this.settle = resolve; });
    void this.ended.then(() => { this.stopWatching(); });
  }

  /** Throws `configuration` with the server's words for a manifest that it does not take. */
  static async start<Item extends CustomObject>(job: HostedJob<Item>): Promise<CustomJobHost<Item>> {
    const host = new CustomJobHost(job);
    if ((await host.objects.create(job.manifest)) === null) {
      throw new FlowbenchError('infrastructure', `There is a ${job.reading.kind.kind} ${host.name} in namespace ${job.api.namespace} already.`, { remedy: 'Remove it with "flowbench run --target kubernetes --cleanup".' });
    }
    host.watch();
    return host;
  }

  async lastLines(): Promise<string> {
    const text = await this.job.reading.logOf(this.item, READ_LINES);
    return (text ?? '').split('\n').map((line) => line.split('\r').at(-1)?.trim() ?? '').filter((line) => line !== '').slice(-TAIL_LINES).join(' | ');
  }

  /** Keeps its log, deletes it, and waits until it is gone with the pods that are its own. */
  async kill(): Promise<void> {
    this.killing ??= this.end();
    await this.killing;
  }

  private async end(): Promise<void> {
    await this.keepLog();
    this.settle('deleted by its coordinator');
    const { api, reading, limits, log } = this.job;
    await this.objects.delete(this.name);
    const left = await untilGone(async () => [
      ...((await this.objects.get(this.name)) === null ? [] : [`${reading.kind.kind} ${this.name}`]),
      ...(reading.ownsPods ? (await api.listPods(reading.podSelector)).map(({ metadata }) => `pod ${metadata?.name ?? ''}`) : []),
    ], limits);
    if (left.length > 0) log(`After ${limits.goneMs / 1_000} s there is still: ${left.join(', ')}.`);
  }

  private async keepLog(): Promise<void> {
    const { logFile, reading, log } = this.job;
    if (logFile === null) return;
    try {
      await writeFile(logFile, (await reading.logOf(this.item, KEPT_LINES)) ?? 'There is no log of the driver any more.\n');
    } catch (error) {
      log(`The log of ${this.name} could not be kept (${messageOf(error)}).`);
    }
  }

  private watch(): void {
    const { api, reading, limits } = this.job;
    const items = this.objects.follow(undefined, (event) => { this.onItem(event); });
    this.watches.push(items, api.watchPods(reading.podSelector, (event) => { this.onPod(event); }));
    // It was made before the first list: what is not in that is gone, and nothing will be told of it.
    void items.ready.then(() => { if (this.item === null) this.settle(`its ${reading.kind.kind} was gone before it could be looked at`); }, () => undefined);
    for (const watching of this.watches) {
      void watching.ended.then((error) => { if (error !== null) this.settle(`it can be watched no more: ${error.message}`); });
    }
    this.later(limits.untouchedMs, () => {
      if (this.item === null || !reading.isTouched(this.item)) this.settle(`no operator has taken it up within ${limits.untouchedMs / 1_000} s`);
    });
  }

  private onItem({ kind, item }: WatchEvent<Item>): void {
    if (item.metadata?.name !== this.name) return;
    const { reading } = this.job;
    const isGone = kind === 'gone';
    // One that is over is removed by its operator once its time to live is: how it ended is the news.
    const ended = reading.endOf(item) ?? (isGone && this.item !== null ? reading.endOf(this.item) : null);
    if (!isGone) this.item = item;
    if (ended === null) {
      if (isGone) this.settle(`its ${reading.kind.kind} was deleted`);
      return;
    }
    const how = isGone ? `${ended}, and its ${reading.kind.kind} was removed` : ended;
    // A pod that ended may be told of a moment later, with the reason that the operator does not know.
    void sleep(this.job.limits.lookEveryMs).then(() => { this.settle(how); });
  }

  private onPod({ kind, item: pod }: WatchEvent<ClusterPod>): void {
    const { reading } = this.job;
    if (!reading.ownsPods && this.standing.isPast(pod)) return;
    const verdict = kind === 'gone' ? this.patience.gone(pod) : this.patience.look(pod);
    if (!reading.isDriver(pod)) return;
    if (verdict.stage === 'started') this.runningAfterMs ??= performance.now() - this.startedAtMs;
    const end = verdict.end ?? (reading.ownsPods ? null : this.standing.endBeforeRestart(pod));
    if (end?.kind === 'failed') this.onDriverLost(end);
  }

  private onDriverLost({ failure }: Extract<PodEnd, { kind: 'failed' }>): void {
    const { lossOf } = this.job.reading;
    if (failure.kind === 'out_of_memory' || failure.kind === 'out_of_disk') this.lostTo = failure.kind;
    if (lossOf !== undefined) this.settle(lossOf(failure.message));
    else if (this.lostTo !== null) this.settle(failure.message);
    else this.later(this.job.limits.wordMs, () => { this.settle(failure.message); });
  }

  private later(delayMs: number, work: () => void): void {
    const timer = setTimeout(work, delayMs);
    timer.unref();
    this.timers.add(timer);
  }

  private stopWatching(): void {
    for (const watching of this.watches) watching.stop();
    for (const timer of this.timers) clearTimeout(timer);
    this.patience.stop();
  }
}
