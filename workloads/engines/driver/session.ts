import type { DriverHello, DriverOrder, DriverOutcome } from '../../model/driver-protocol.js';
import { stageTimesSchema, type StageTimes } from '../../model/result-row.js';
import type { QueryId } from '../../model/queries.js';
import type { EngineSession, OpenStages, Parity, Precision, QueryFailure, QueryOutcome, QuerySuccess, QueryText, RunOptions, SessionContext } from '../contract.js';
import { storageMediumOf } from '../live-settings.js';
import { precisionOf } from '../variants.js';
import type { Artifacts } from './artifacts.js';
import type { DriverChannel } from './channel.js';
import type { DriverHost } from './host.js';

/** How long a driver may take until nothing of a cancelled query runs; less than what a campaign waits for. */
const CANCEL_WITHIN_MS = 11_000;
/** How long an engine may take to end by itself. */
const END_WITHIN_MS = 8_000;
const UNPARK_WITHIN_MS = 60_000;
/** Two clocks of one machine, read at slightly different moments. */
const CLOCK_TOLERANCE_MS = 1;

/** What a session needs besides what the driver said. */
export interface DriverParts {
  /** How the engine is called in messages: `Spark`. */
  readonly name: string;
  readonly context: SessionContext;
  readonly channel: DriverChannel;
  readonly host: DriverHost;
  readonly artifacts: Artifacts;
  readonly openMs: number;
  /** From the start of the driver's program until the engine began to open, where it was waited for here. */
  readonly startMs: number | null;
  /** Takes away what was made for the session, after its driver has ended. */
  readonly cleanUp: () => Promise<void>;
}

type Ended = { readonly kind: 'told'; readonly outcome: DriverOutcome } | { readonly kind: 'lost'; readonly how: string } | { readonly kind: 'overdue' };
type Stop = 'timeout' | 'cancelled';

/** An engine's session that a driver program holds. */
export class DriverEngineSession implements EngineSession {
  readonly version: string;
  readonly label: string;
  readonly openMs: number;
  readonly openStages: OpenStages;
  readonly parity: Parity;
  readonly settings: Readonly<Record<string, string>>;
  readonly resultCache: string;
  private readonly precisions = new Map<QueryId, Precision>();
  private orders = 0;
  private isParked = false;
  private closing: Promise<void> | null = null;
  /** Why no further query can be asked. */
  private lost: string | null = null;

  constructor(private readonly parts: DriverParts, hello: DriverHello) {
    const { context } = parts;
    this.version = hello.engine_version;
    this.label = hello.label;
    this.openMs = parts.openMs;
    const { start_ms: startMs, session_ms: sessionMs, register_ms: registerMs, analyze_ms: analyzeMs } = hello.open_stages;
    this.openStages = { startMs: startMs ?? parts.startMs, sessionMs, registerMs, analyzeMs };
    this.parity = {
      nodes: hello.parity.nodes,
      threadsTotal: hello.parity.threads_total,
      memoryLimitBytesTotal: hello.parity.memory_limit_bytes_total,
      storageMedium: storageMediumOf(context.dataset.uri),
      datasetId: context.dataset.manifest.dataset_id,
      parallelism: hello.parity.parallelism,
      scratchFreeBytes: hello.parity.scratch_free_bytes,
    };
    this.settings = hello.settings;
    this.resultCache = hello.result_cache;
    void parts.host.ended.then((how) => { this.lost ??= `Its driver ended (${how}).`; });
  }

  precision(query: QueryId): Precision {
    return this.precisions.get(query) ?? precisionOf(this.parts.context.dataset.manifest);
  }

  async run(query: QueryText, options: RunOptions): Promise<QueryOutcome> {
    if (options.signal.aborted) return stopped('cancelled', `${query.id} was stopped before it ran.`);
    if (this.lost !== null) return failure('infrastructure_error', `The session of ${this.parts.name} is lost: ${this.lost}`);
    const startedAt = performance.now();
    this.orders += 1;
    const order: DriverOrder = { order_id: `${query.id}-${options.repetition}-${this.orders}`, query: query.id, text: query.text, repetition: options.repetition, timeout_ms: options.timeoutMs };
    const { ended, stop } = await this.carriedOut(order, options);
    const endToEndMs = performance.now() - startedAt;
    switch (ended.kind) {
      case 'told': return this.judge(query.id, ended.outcome, stop, options, endToEndMs);
      case 'lost': return this.endedWithout(query.id, ended.how);
      case 'overdue':
        await this.giveUp(`${query.id} could not be cancelled.`);
        return stopped(stop ?? 'timeout', `${sentenceOf(query.id, stop, options)} ${this.parts.name} did not stop it within ${CANCEL_WITHIN_MS / 1000} s, so its processes were ended.`);
    }
  }

  async tidy(): Promise<void> {
    await this.parts.artifacts.keep();
  }

  async park(): Promise<void> {
    const { host, channel } = this.parts;
    if (this.isParked || this.lost !== null || host.suspend === undefined) return;
    this.isParked = true;
    await host.suspend();
    // It finds this answer when it goes on, and asks anew.
    channel.letGo();
  }

  async unpark(): Promise<void> {
    const { host, channel } = this.parts;
    if (!this.isParked) return;
    this.isParked = false;
    host.resume?.();
    const isReady = await Promise.race([channel.asksAgain().then(() => true), host.ended.then(() => false), late(UNPARK_WITHIN_MS)]);
    if (!isReady) await this.giveUp('It did not take up again after it was parked.');
  }

  async close(): Promise<void> {
    this.closing ??= this.end();
    await this.closing;
  }

  private async carriedOut(order: DriverOrder, options: RunOptions): Promise<{ readonly ended: Ended; readonly stop: Stop | null }> {
    const { channel, host } = this.parts;
    let stop: Stop | null = null;
    const timers: NodeJS.Timeout[] = [];
    let onAbort = (): void => undefined;
    const overdue = new Promise<Ended>((resolve) => {
      const cancel = (why: Stop): void => {
        if (stop !== null) return;
        stop = why;
        channel.cancel();
        timers.push(setTimeout(() => { resolve({ kind: 'overdue' }); }, CANCEL_WITHIN_MS));
      };
      timers.push(setTimeout(() => { cancel('timeout'); }, options.timeoutMs));
      onAbort = () => { cancel('cancelled'); };
      options.signal.addEventListener('abort', onAbort, { once: true });
    });
    try {
      const told = channel.ask(order).then((outcome): Ended => ({ kind: 'told', outcome }));
      const lost = host.ended.then((how): Ended => ({ kind: 'lost', how }));
      return { ended: await Promise.race([told, lost, overdue]), stop };
    } finally {
      channel.abandon();
      for (const timer of timers) clearTimeout(timer);
      options.signal.removeEventListener('abort', onAbort);
    }
  }

  private async judge(query: QueryId, outcome: DriverOutcome, stop: Stop | null, options: RunOptions, endToEndMs: number): Promise<QueryOutcome> {
    if (outcome.status !== 'ok') {
      if (outcome.session_lost) await this.giveUp(outcome.error);
      if (stop !== null) return stopped(stop, `${sentenceOf(query, stop, options)} ${outcome.error}`);
      const link = this.parts.artifacts.linkTo(outcome.trace_link);
      return { status: outcome.status, error: outcome.error, stages: {}, ...(link === undefined ? {} : { traceLink: link }) };
    }
    // It was done while it was told to stop.
    if (stop !== null) return stopped(stop, `${sentenceOf(query, stop, options)} Nothing of it runs any more.`);
    if (outcome.duration_ms > endToEndMs + CLOCK_TOLERANCE_MS) {
      return failure('infrastructure_error', `The driver tells ${outcome.duration_ms.toFixed(1)} ms for ${query}, which took ${endToEndMs.toFixed(1)} ms as seen from here: its clock cannot be used.`);
    }
    const { kind, why } = outcome.precision;
    if (kind !== 'exact') this.precisions.set(query, { kind, why: why ?? `${this.parts.name} gives no reason` });
    return this.success(outcome);
  }

  private success(outcome: Extract<DriverOutcome, { status: 'ok' }>): QuerySuccess {
    const { stats } = outcome;
    const link = this.parts.artifacts.linkTo(outcome.trace_link);
    return {
      status: 'ok',
      rows: { columns: outcome.columns, rows: outcome.rows },
      durationMs: outcome.duration_ms,
      stages: stagesOf(stats.stages),
      usage: {
        bytesRead: stats.bytes_read, bytesExchanged: stats.bytes_exchanged, cpuMs: stats.cpu_ms, maxRssBytes: null,
        nodesUsed: stats.nodes_used ?? this.parity.nodes, workerBusyMs: null,
        ...(stats.peak_memory_bytes === null ? {} : { peakMemoryBytes: stats.peak_memory_bytes }),
        ...(stats.splits_per_node === null ? {} : { splitsPerNode: stats.splits_per_node }),
      },
      coverage: null,
      ...(stats.engine_ms === null ? {} : { engineMs: stats.engine_ms }),
      ...(outcome.rewrite === null ? {} : { rewrite: outcome.rewrite }),
      ...(link === undefined ? {} : { traceLink: link }),
    };
  }

  private async endedWithout(query: QueryId, how: string): Promise<QueryFailure> {
    const lines = await this.parts.host.lastLines().catch(() => '');
    await this.giveUp(`Its driver ended (${how}).`);
    const status = /OutOfMemoryError|Java heap space/.test(lines) ? 'out_of_memory' : 'engine_error';
    return failure(status, `The driver of ${this.parts.name} ended (${how}) in the middle of ${query}${lines === '' ? '' : `; it said last: ${lines}`}.`);
  }

  /** Nothing of the engine may run on: whatever it does could disturb what is measured next. */
  private async giveUp(why: string): Promise<void> {
    this.lost = why;
    await this.parts.host.kill();
  }

  private async end(): Promise<void> {
    const { host, channel, artifacts, cleanUp } = this.parts;
    if (this.isParked) host.resume?.();
    this.isParked = false;
    this.lost ??= 'It was closed.';
    channel.end();
    await Promise.race([host.ended, late(END_WITHIN_MS)]);
    // Also where it ended by itself: what it started must not outlive it.
    await host.kill();
    try {
      await artifacts.keep(true);
    } finally {
      await cleanUp();
    }
  }
}

function failure(status: QueryFailure['status'], error: string): QueryFailure {
  return { status, error, stages: {} };
}

const stopped = failure;

function sentenceOf(query: QueryId, stop: Stop | null, options: RunOptions): string {
  return stop === 'cancelled' ? `${query} was cancelled.` : `${query} reached its time limit of ${options.timeoutMs} ms and was cancelled.`;
}

/** Those a row has a place for. */
function stagesOf(told: Readonly<Record<string, number>>): Partial<StageTimes> {
  return Object.fromEntries(Object.entries(told).filter(([name]) => name in stageTimesSchema.shape));
}

/** False after so long; holds no process up. */
function late(afterMs: number): Promise<false> {
  return new Promise((resolve) => {
    setTimeout(() => { resolve(false); }, afterMs).unref();
  });
}
