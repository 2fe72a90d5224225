import type { EngineSession } from '../engines/contract.js';
import { messageOf } from '../model/errors.js';
import { parityDifferences } from '../results/parity.js';
import type { Bench } from './bench.js';
import { seriesName, type SessionPlan } from './cells.js';
import { GRACE_MS } from './deadline.js';
import { openSession, type OpenedSession } from './open-session.js';
import { sessionRecord } from './session-record.js';

/** How long an engine may take to be still, or to be ready again. */
const PARKING_MS = 60_000;

/** At most one open session; opened on demand and again after it was closed, except where it once failed to open. */
export class SessionSlot {
  private opened: OpenedSession | null = null;
  private isParked = false;
  /** Cells that were asked since the session was opened. */
  private readonly asked = new Set<string>();

  constructor(
    readonly plan: SessionPlan,
    private readonly bench: Bench,
  ) {}

  get isOpen(): boolean {
    return this.opened?.ok === true;
  }

  get isAsleep(): boolean {
    return this.isParked;
  }

  /** For a person: `spark default N=2`. */
  get name(): string {
    const [cell] = this.plan.cells;
    return cell === undefined ? this.plan.runner.id : seriesName(cell.key);
  }

  /** What it may use of the machine's memory while it is open. */
  get memoryBytes(): number {
    return this.plan.workers * this.plan.memoryLimitBytes;
  }

  /** The session, ready to be asked. */
  async open(): Promise<OpenedSession> {
    if (this.isParked && !(await this.wake())) await this.close();
    if (this.opened === null) {
      const at = new Date();
      const context = this.bench.contextOf(this.plan);
      const opened = await openSession(this.plan, context);
      this.opened = opened;
      this.asked.clear();
      if (opened.ok) await this.record(opened.session, at);
    }
    return this.opened;
  }

  /** Whether a cell was asked in the session as it is open now. */
  hasAsked(cellId: string): boolean {
    return this.asked.has(cellId);
  }

  noteAsked(cellId: string): void {
    this.asked.add(cellId);
  }

  /** Makes the engine stop using the machine. One that does not do so is closed. */
  async park(): Promise<void> {
    if (this.opened?.ok !== true || this.isParked) return;
    const { session } = this.opened;
    if (session.park === undefined) return;
    const failure = await failureOf(session.park(), PARKING_MS);
    this.isParked = true;
    if (failure === null) return;
    this.bench.log(`${this.name}: could not be stopped while others are measured (${failure}); it is closed.`);
    await this.close();
  }

  async close(): Promise<void> {
    if (this.opened?.ok !== true) return;
    // What is stopped hears no request to end.
    if (this.isParked) await this.wake();
    const { session } = this.opened;
    this.opened = null;
    const failure = await failureOf(session.close(), GRACE_MS);
    if (failure !== null) this.bench.log(`${this.name}: closing the session failed (${failure})`);
  }

  private async wake(): Promise<boolean> {
    this.isParked = false;
    if (this.opened?.ok !== true || this.opened.session.unpark === undefined) return true;
    const failure = await failureOf(this.opened.session.unpark(), PARKING_MS);
    if (failure !== null) this.bench.log(`${this.name}: did not take up again after others were measured (${failure}).`);
    return failure === null;
  }

  private async record(session: EngineSession, at: Date): Promise<void> {
    const { bench, plan } = this;
    const context = bench.contextOf(plan);
    const record = sessionRecord(bench.run, plan, context, session, { number: bench.nextOpening(context.sessionId), at });
    for (const difference of parityDifferences(record)) bench.log(`NOT EQUAL: ${difference} Its numbers stand beside those of engines that have what they were given.`);
    await bench.storeSession(record);
  }
}

/** Why it failed, or did not end in time; null for neither. */
async function failureOf(work: Promise<void>, withinMs: number): Promise<string | null> {
  let timer: NodeJS.Timeout | undefined;
  const overdue = new Promise<string>((resolve) => {
    timer = setTimeout(() => {
      resolve(`it took longer than ${withinMs / 1000} s`);
    }, withinMs);
  });
  try {
    return await Promise.race([work.then(() => null), overdue]);
  } catch (error) {
    return messageOf(error);
  } finally {
    clearTimeout(timer);
  }
}
