import { createHash, randomBytes } from 'node:crypto';
import { FlowbenchError } from '../../model/errors.js';
import { DRIVER_NEXT_WAIT_MS, type DriverAlive, type DriverHello, type DriverOpenFailure, type DriverOrder, type DriverOutcome } from '../../model/driver-protocol.js';

/** What a driver that asks for work is told. */
export type NextAnswer = { readonly kind: 'order'; readonly order: DriverOrder } | { readonly kind: 'nothing' } | { readonly kind: 'end' } | { readonly kind: 'greet_again' };

interface Asked {
  readonly order: DriverOrder;
  readonly settle: (outcome: DriverOutcome) => void;
  isCancelled: boolean;
}

/**
 * One session's side of the conversation, whatever carries it: an order at a time goes out when the driver asks,
 * and its outcome comes back. An order that was handed out and is asked for again is handed out again: its
 * answer never reached the driver.
 */
export class DriverChannel {
  readonly token: string;
  /** What the driver said once it was open; rejects when it told that it could not be opened. */
  readonly hello: Promise<DriverHello>;
  private settleHello: { resolve: (hello: DriverHello) => void; reject: (error: Error) => void };
  private hasGreeted = false;
  private asked: Asked | null = null;
  private isEnding = false;
  private waiting: ((answer: NextAnswer) => void) | null = null;
  private readonly onWaiting = new Set<() => void>();
  private heardAtMs = performance.now();

  constructor(readonly sessionId: string, token = randomBytes(24).toString('base64url'), private readonly nextWaitMs = DRIVER_NEXT_WAIT_MS) {
    this.token = token;
    let settle: typeof this.settleHello | undefined;
    this.hello = new Promise((resolve, reject) => { settle = { resolve, reject }; });
    // Nobody may be waiting for it any more when it fails.
    this.hello.catch(() => undefined);
    this.settleHello = settle as unknown as typeof this.settleHello;
  }

  /** How long the driver has not been heard of, ms. */
  get silentMs(): number {
    return performance.now() - this.heardAtMs;
  }

  /** Hands a query to the driver; resolves with what became of it. One at a time. */
  ask(order: DriverOrder): Promise<DriverOutcome> {
    if (this.asked !== null) throw new FlowbenchError('internal', `Session ${this.sessionId} was asked for ${order.query} while ${this.asked.order.query} runs.`);
    return new Promise((resolve) => {
      this.asked = { order, settle: resolve, isCancelled: false };
      this.release({ kind: 'order', order });
    });
  }

  /** The running order is to be stopped on the engine: the driver is told when it next says that it is alive. */
  cancel(): void {
    if (this.asked !== null) this.asked.isCancelled = true;
  }

  /** Forgets the running order: its driver is gone. */
  abandon(): void {
    this.asked = null;
  }

  /** The driver is told to end the next time it asks. */
  end(): void {
    this.isEnding = true;
    this.release({ kind: 'end' });
  }

  /** Lets a waiting driver go, so that it asks anew: {@link asksAgain} shows that it is there. */
  letGo(): void {
    this.release({ kind: 'nothing' });
  }

  /** Resolves when the driver waits for an order. */
  asksAgain(): Promise<void> {
    if (this.waiting !== null) return Promise.resolve();
    return new Promise((resolve) => {
      const told = (): void => {
        this.onWaiting.delete(told);
        resolve();
      };
      this.onWaiting.add(told);
    });
  }

  // What the endpoint calls.

  greeted(hello: DriverHello): void {
    this.heard();
    this.hasGreeted = true;
    this.settleHello.resolve(hello);
  }

  failedToOpen({ kind, error }: DriverOpenFailure): void {
    this.heard();
    this.settleHello.reject(new FlowbenchError(kind === 'engine_unavailable' ? 'engine_unavailable' : 'infrastructure', error));
  }

  /** Resolves with an order, or with nothing after a while; the driver then asks again. */
  next(closed: AbortSignal): Promise<NextAnswer> {
    this.heard();
    this.release({ kind: 'nothing' });
    if (this.isEnding) return Promise.resolve({ kind: 'end' });
    if (!this.hasGreeted) return Promise.resolve({ kind: 'greet_again' });
    if (this.asked !== null) return Promise.resolve({ kind: 'order', order: this.asked.order });
    return new Promise((resolve) => {
      const timer = setTimeout(() => { this.release({ kind: 'nothing' }); }, this.nextWaitMs);
      const answer = (given: NextAnswer): void => {
        clearTimeout(timer);
        resolve(given);
      };
      this.waiting = answer;
      // Who hung up gets nothing: an order is for who asks next.
      closed.addEventListener('abort', () => {
        if (this.waiting === answer) this.waiting = null;
        answer({ kind: 'nothing' });
      }, { once: true });
      for (const told of this.onWaiting) told();
    });
  }

  /** Whether the order is to be cancelled; one that nobody asked for is. */
  alive({ order_id: orderId }: DriverAlive): boolean {
    this.heard();
    if (orderId === null) return false;
    return this.asked?.order.order_id !== orderId || this.asked.isCancelled;
  }

  /** What was told before, or is of an order that nobody waits for, is passed over. */
  done(outcome: DriverOutcome): void {
    this.heard();
    if (this.asked?.order.order_id !== outcome.order_id) return;
    const { settle } = this.asked;
    this.asked = null;
    settle(outcome);
  }

  /** The driver told something that is not of the protocol: no order of it can be trusted to come back. */
  spokeNonsense(problem: string): void {
    const asked = this.asked;
    if (asked === null) return;
    this.done({ status: 'infrastructure_error', session_id: this.sessionId, order_id: asked.order.order_id, error: `The driver's answer is not of the protocol: ${problem}`, trace_link: null, session_lost: true });
  }

  private heard(): void {
    this.heardAtMs = performance.now();
  }

  private release(answer: NextAnswer): void {
    const waiting = this.waiting;
    this.waiting = null;
    waiting?.(answer);
  }
}

/** What channels are found by: the token itself is compared nowhere. */
export function tokenKey(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}
