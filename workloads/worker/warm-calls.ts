import { setTimeout as sleep } from 'node:timers/promises';
import { FlowbenchError, messageOf } from '../model/errors.js';
import { ALIVE_EVERY_MS, GIVE_UP_AFTER_MS, NEXT_WAIT_MS, WARM_PATHS, type PodIdentity } from '../model/warm-protocol.js';
import type { WorkerLog } from './environment.js';

/** How the pod reaches its coordinator. */
export interface CoordinatorAddress {
  /** `http://coordinator:8470` */
  readonly url: string;
  readonly token: string;
  readonly pod: PodIdentity;
}

/** How long things take in the talk; tests are less patient. */
export interface WarmPatience {
  /** A call that is not answered within this has failed, ms; asking for work is answered late on purpose. */
  readonly callMs: number;
  readonly nextCallMs: number;
  readonly aliveEveryMs: number;
  readonly giveUpAfterMs: number;
  /** Before a failed call is made again: doubles up to the maximum, with full jitter. */
  readonly firstRetryMs: number;
  readonly maxRetryMs: number;
  /** What an engine may take to end after it was told to. */
  readonly stopMs: number;
}

export const WARM_PATIENCE: WarmPatience = {
  callMs: 5_000, nextCallMs: NEXT_WAIT_MS + 10_000, aliveEveryMs: ALIVE_EVERY_MS, giveUpAfterMs: GIVE_UP_AFTER_MS, firstRetryMs: 100, maxRetryMs: 2_000, stopMs: 5_000,
};

export interface Answer {
  /** 200, 204 or 410. */
  readonly status: number;
  readonly body: unknown;
}

/** Calls to a coordinator that may be gone for a while and come back. */
export class WarmCalls {
  /** Nobody may be there yet when a pod starts: its patience begins with itself. */
  private heardAtMs = performance.now();

  constructor(
    private readonly address: CoordinatorAddress,
    private readonly patience: WarmPatience,
    private readonly log: WorkerLog,
  ) {}

  /** The coordinator has been silent for too long. */
  get isForsaken(): boolean {
    return performance.now() - this.heardAtMs > this.patience.giveUpAfterMs;
  }

  /**
   * Calls until it is answered. Throws `infrastructure` when the coordinator stays silent, and `configuration` when it
   * says that this pod is none of its own or that the call itself is wrong, which no repetition mends.
   */
  async call(path: string, more: object, signal: AbortSignal): Promise<Answer> {
    for (let failures = 0; ; failures += 1) {
      try {
        return await this.callOnce(path, more, signal);
      } catch (error) {
        if (signal.aborted || error instanceof FlowbenchError) throw error;
        if (this.isForsaken) throw this.forsaken();
        this.log(failures === 0 ? 'info' : 'debug', `The coordinator does not answer ${path} (${messageOf(error)}).`);
        await sleep(Math.random() * Math.min(this.patience.maxRetryMs, this.patience.firstRetryMs * 2 ** failures), undefined, { signal });
      }
    }
  }

  /** One try. Throws FlowbenchError for what is final, and anything else for what may pass. */
  async callOnce(path: string, more: object, signal: AbortSignal): Promise<Answer> {
    const { url, token, pod } = this.address;
    const limitMs = path === WARM_PATHS.next ? this.patience.nextCallMs : this.patience.callMs;
    const response = await fetch(`${url.replace(/\/+$/, '')}${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ ...pod, ...more }),
      signal: AbortSignal.any([signal, AbortSignal.timeout(limitMs)]),
    });
    const text = await response.text();
    if (response.status === 403 || response.status === 400) {
      throw new FlowbenchError('configuration', `The coordinator at ${url} answered ${path} with ${response.status}: ${text.trim().slice(0, 500)}`, {
        remedy: response.status === 403 ? 'This pod belongs to another run: delete its Job.' : 'Run coordinator and workers of one version.',
      });
    }
    if (![200, 204, 410].includes(response.status)) throw new Error(`HTTP ${response.status}`);
    const body: unknown = response.status === 200 ? JSON.parse(text) : null;
    this.heardAtMs = performance.now();
    return { status: response.status, body };
  }

  forsaken(): FlowbenchError {
    return new FlowbenchError('infrastructure', `The coordinator at ${this.address.url} has not answered for ${Math.round(this.patience.giveUpAfterMs / 1000)} s.`);
  }
}
