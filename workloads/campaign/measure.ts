import type { EngineSession, QueryText, SessionContext } from '../engines/contract.js';
import { messageOf } from '../model/errors.js';
import type { ResultRow } from '../model/result-row.js';
import type { UnitRecord } from '../model/unit-timeline.js';
import type { QueryId } from '../model/queries.js';
import { endsCell, remainingRepetitions, type Cell, type SessionPlan } from './cells.js';
import { GRACE_MS, runGuarded } from './deadline.js';
import { openSession, type OpenedSession } from './open-session.js';
import type { Progress } from './progress.js';
import { answeredRow, failedRow, unitRecords, type Moment, type RunFacts, type SessionFacts } from './result-rows.js';
import type { Trust } from './trust.js';

/** What measuring needs besides the plan. */
export interface Bench {
  readonly run: RunFacts;
  readonly trust: Trust;
  readonly texts: ReadonlyMap<QueryId, string>;
  readonly runs: number;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  /** Rows there are already, by cell. */
  readonly stored: ReadonlyMap<string, readonly ResultRow[]>;
  /** Makes the row and its units durable before it returns. */
  readonly store: (row: ResultRow, units: readonly UnitRecord[]) => Promise<void>;
  readonly contextOf: (plan: SessionPlan) => SessionContext;
  readonly progress: Progress;
  readonly log: (line: string) => void;
}

type Ended = 'complete' | 'interrupted';

/** Measures what is missing of a session's cells, with that session alone open. */
export async function measureSession(plan: SessionPlan, bench: Bench): Promise<Ended> {
  const slot = new SessionSlot(plan, bench);
  try {
    for (const cell of plan.cells) {
      const remaining = remainingRepetitions(bench.stored.get(cell.id) ?? [], bench.runs);
      if (remaining.length === 0) continue;
      if (bench.signal.aborted) return 'interrupted';
      bench.progress.cell(cellName(cell), remaining.length);
      if ((await measureCell(cell, remaining, slot, bench)) === 'interrupted') return 'interrupted';
      bench.progress.cellDone();
    }
    return 'complete';
  } finally {
    await slot.close();
  }
}

async function measureCell(cell: Cell, repetitions: readonly number[], slot: SessionSlot, bench: Bench): Promise<Ended> {
  for (const [index, repetition] of repetitions.entries()) {
    if (bench.signal.aborted) return 'interrupted';
    bench.progress.repetition(repetition, bench.runs);
    const opened = await slot.open();
    const moment: Moment = { repetition, startedAt: new Date() };
    if (!opened.ok) {
      // What was stopped while it opened says nothing of the engine.
      if (isStopped(bench)) return 'interrupted';
      await bench.store(failedRow(bench.run, opened.facts, cell, moment, { ...opened.failure, stages: {} }), []);
      return 'complete';
    }
    // A resumed cell's session is new: what was its cold run is repeated, unrecorded, so that warm stays warm.
    if (index === 0 && repetition > 1) await measureOnce(cell, moment, opened.session, opened.facts, bench);
    const measured = await measureOnce(cell, { ...moment, startedAt: new Date() }, opened.session, opened.facts, bench);
    if (measured === null) return 'interrupted';
    const { row, units } = measured;
    await bench.store(row, units);
    await opened.session.tidy?.();
    if (!endsCell(row.status)) continue;
    // What is left of a query that timed out or crashed must not run beside the next one.
    if (row.status !== 'unsupported') await slot.close();
    return 'complete';
  }
  return 'complete';
}

/** Asked anew each time: a signal is aborted while something else is waited for. */
function isStopped({ signal }: Bench): boolean {
  return signal.aborted;
}

interface Measured {
  readonly row: ResultRow;
  readonly units: readonly UnitRecord[];
}

/** One repetition, judged; null when it was interrupted. */
async function measureOnce(cell: Cell, moment: Moment, session: EngineSession, facts: SessionFacts, bench: Bench): Promise<Measured | null> {
  const query: QueryText = { id: cell.query, text: bench.texts.get(cell.query) ?? '' };
  const start = performance.now();
  const outcome = await runGuarded(session, query, { timeoutMs: bench.timeoutMs, signal: bench.signal, repetition: moment.repetition });
  const end = performance.now();
  if (outcome.status === 'ok') {
    const verdict = bench.trust.judge(cell.query, outcome, session.precision(cell.query), cell.key.executor !== null);
    const row = answeredRow(bench.run, facts, cell, moment, outcome, verdict, { endToEndMs: end - start, gateMs: performance.now() - end });
    return { row, units: unitRecords(row, outcome.units ?? []) };
  }
  // Ctrl-C reaches the workers too, so that any failure after it is its doing.
  if (outcome.status === 'cancelled' || bench.signal.aborted) return null;
  return { row: failedRow(bench.run, facts, cell, moment, { status: outcome.status, error: outcome.error, stages: outcome.stages }), units: [] };
}

/** At most one open session; reopened on demand, except where it once failed to open. */
class SessionSlot {
  private opened: OpenedSession | null = null;

  constructor(
    private readonly plan: SessionPlan,
    private readonly bench: Bench,
  ) {}

  async open(): Promise<OpenedSession> {
    this.opened ??= await openSession(this.plan, this.bench.contextOf(this.plan));
    return this.opened;
  }

  async close(): Promise<void> {
    if (this.opened?.ok !== true) return;
    const { session } = this.opened;
    this.opened = null;
    let timer: NodeJS.Timeout | undefined;
    const overdue = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, GRACE_MS);
    });
    try {
      await Promise.race([session.close(), overdue]);
    } catch (error) {
      this.bench.log(`${this.plan.runner.id}: closing the session failed (${messageOf(error)})`);
    } finally {
      clearTimeout(timer);
    }
  }
}

/** `flow warm balanced metadata-cache=off N=2 Q14`. */
export function cellName({ key }: Cell): string {
  const place = key.executor === null ? [] : [key.executor, key.assignment];
  return [key.engine, ...place, key.variant, `N=${key.workers}`, key.query].join(' ');
}
