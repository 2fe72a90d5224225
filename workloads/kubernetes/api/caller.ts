import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf } from '../../model/errors.js';
import { codeOf, connectionFailure, isPassingError, isPassingStatus, refusalOf, statusMessage, unreachable, type CallName } from './failures.js';
import type { HttpAnswer, HttpClient, HttpRequest } from './http.js';

/** How long a call is repeated: waits double, with full jitter, unless the server says how long to wait. */
export interface ApiRetry {
  readonly budgetMs: number;
  readonly firstDelayMs: number;
  readonly maxDelayMs: number;
}

export const DEFAULT_API_RETRY: ApiRetry = { budgetMs: 60_000, firstDelayMs: 200, maxDelayMs: 5_000 };
/**
 * A server that has just started refuses what it will allow in a moment: its rules are not read yet. So long
 * after a failed connection a refusal is not believed, ms.
 */
const DOUBT_MS = 10_000;
const MAX_RETRY_AFTER_MS = 30_000;

export interface CallOutcome extends HttpAnswer {
  /** An earlier try was sent and never answered: what it asked for may have been done. */
  readonly mayHaveHappened: boolean;
}

/** Calls with their count, their repetitions and their sentences; answers of 404, 409 and 410 are the caller's to read. */
export class ApiCaller {
  readonly calls = new Map<string, number>();
  private troubleAtMs = Number.NEGATIVE_INFINITY;

  constructor(
    readonly http: HttpClient,
    readonly retry: ApiRetry = DEFAULT_API_RETRY,
  ) {}

  /** Answers 2xx, 404, 409 and 410; throws FlowbenchError for everything else, after the tries that might have mended it. */
  async call(name: CallName, request: HttpRequest, signal?: AbortSignal): Promise<CallOutcome> {
    const startedAt = performance.now();
    let mayHaveHappened = false;
    let isRenewed = false;
    for (let tries = 1; ; tries += 1) {
      this.count(name);
      const answer = await this.try(name, request, signal);
      if (!(answer instanceof Error)) {
        if (answer.status < 300 || isFinal(name, answer)) return { ...answer, mayHaveHappened };
        if (answer.status === 401 && !isRenewed) {
          isRenewed = true;
          await this.http.connection.renew();
          continue;
        }
        if (!isPassingStatus(answer.status) && !this.isDoubtful(answer.status)) throw refusalOf(name, answer);
      }
      mayHaveHappened ||= answer instanceof Error ? codeOf(answer) !== 'ECONNREFUSED' : answer.status !== 429 && isPassingStatus(answer.status);
      const waitMs = this.waitMs(tries, answer);
      const triedMs = performance.now() - startedAt;
      if (triedMs + waitMs > this.retry.budgetMs) throw this.gaveUp(name, triedMs, answer);
      await sleep(waitMs, undefined, signal === undefined ? {} : { signal });
    }
  }

  /** One more of these calls was made; also for streams, which are opened elsewhere. */
  count({ verb, resource }: CallName): void {
    const key = `${verb} ${resource}`;
    this.calls.set(key, (this.calls.get(key) ?? 0) + 1);
  }

  /** The server was just not reached, or not well. */
  noteTrouble(): void {
    this.troubleAtMs = performance.now();
  }

  get troubledAtMs(): number {
    return this.troubleAtMs;
  }

  /** Whether a refusal may come from a server that is still starting. */
  isDoubtful(status: number): boolean {
    return (status === 401 || status === 403) && performance.now() - this.troubleAtMs < DOUBT_MS;
  }

  private async try(name: CallName, request: HttpRequest, signal: AbortSignal | undefined): Promise<HttpAnswer | Error> {
    try {
      const answer = await this.http.send(request, signal);
      if (isPassingStatus(answer.status) && answer.status !== 429) this.noteTrouble();
      return answer;
    } catch (error) {
      if (signal?.aborted === true) throw error;
      if (!isPassingError(error)) throw connectionFailure(this.http.connection.server, name, error);
      this.noteTrouble();
      return error instanceof Error ? error : new Error(messageOf(error));
    }
  }

  private waitMs(tries: number, answer: HttpAnswer | Error): number {
    const asked = answer instanceof Error ? Number.NaN : Number(answer.headers['retry-after']);
    const atMost = Math.min(this.retry.maxDelayMs, this.retry.firstDelayMs * 2 ** (tries - 1));
    const jitterMs = Math.random() * atMost;
    return Number.isNaN(asked) ? jitterMs : Math.min(MAX_RETRY_AFTER_MS, asked * 1_000) + jitterMs;
  }

  private gaveUp(name: CallName, triedMs: number, answer: HttpAnswer | Error): Error {
    if (!(answer instanceof Error) && !isPassingStatus(answer.status)) return refusalOf(name, answer);
    const last = answer instanceof Error ? messageOf(answer) : `HTTP ${answer.status}, ${statusMessage(answer)}`;
    return unreachable(this.http.connection.server, name, triedMs, last, answer instanceof Error ? answer : undefined);
  }
}

/** What callers have an answer to. 404 on a create says that the namespace is missing, which none has. */
function isFinal({ verb }: CallName, { status }: HttpAnswer): boolean {
  return status === 409 || status === 410 || (status === 404 && verb !== 'create');
}
