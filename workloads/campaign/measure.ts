import type { EngineSession, QueryText } from '../engines/contract.js';
import type { ResultRow } from '../model/result-row.js';
import type { UnitRecord } from '../model/unit-timeline.js';
import type { Bench } from './bench.js';
import { cellName, endsCell, remainingRepetitions, type Cell, type SessionPlan } from './cells.js';
import { runGuarded } from './deadline.js';
import { answeredRow, failedRow, unitRecords, type Moment, type SessionFacts } from './result-rows.js';
import { SessionSlot } from './session-slot.js';

export type Ended = 'complete' | 'interrupted';

/** What is missing of a session's cells, with that session alone open. */
export async function measureSequentially(plans: readonly SessionPlan[], bench: Bench): Promise<Ended> {
  const missing = plans.flatMap((plan) => plan.cells.map((cell) => missingOf(cell, bench).length)).filter((count) => count > 0);
  bench.progress.begin(missing.length, missing.reduce((sum, count) => sum + count, 0));
  for (const plan of plans) {
    await bench.checkData();
    if ((await measureSession(plan, bench)) === 'interrupted') return 'interrupted';
  }
  return 'complete';
}

async function measureSession(plan: SessionPlan, bench: Bench): Promise<Ended> {
  const slot = new SessionSlot(plan, bench);
  try {
    for (const cell of plan.cells) {
      const remaining = missingOf(cell, bench);
      if (remaining.length === 0) continue;
      if (bench.signal.aborted) return 'interrupted';
      bench.progress.part(cellName(cell), remaining.length);
      for (const repetition of remaining) {
        bench.progress.repetition(`run ${repetition} of ${bench.runs}`);
        const step = await measureRepetition(cell, repetition, slot, bench);
        if (step === 'interrupted') return 'interrupted';
        if (step === 'cell_over') break;
      }
      bench.progress.partDone();
    }
    return 'complete';
  } finally {
    await slot.close();
  }
}

/** Repetitions of a cell that an earlier attempt at the run did not measure. */
export function missingOf(cell: Cell, bench: Bench): number[] {
  return remainingRepetitions(bench.stored.get(cell.id) ?? [], bench.runs);
}

/** After one repetition: whether the cell's next one is to be measured. */
export type Step = 'go_on' | 'cell_over' | 'interrupted';

/** Measures one repetition and stores its row. */
export async function measureRepetition(cell: Cell, repetition: number, slot: SessionSlot, bench: Bench): Promise<Step> {
  if (bench.signal.aborted) return 'interrupted';
  const opened = await slot.open();
  const moment: Moment = { repetition, startedAt: new Date() };
  if (!opened.ok) {
    // What was stopped while it opened says nothing of the engine.
    if (isStopped(bench)) return 'interrupted';
    await bench.store(failedRow(bench.run, opened.facts, cell, moment, { ...opened.failure, stages: {} }), []);
    return 'cell_over';
  }
  const measured = await measureWarmed(cell, moment, slot, opened.session, opened.facts, bench);
  if (measured === null) return 'interrupted';
  const { row, units } = measured;
  await bench.store(row, units);
  await opened.session.tidy?.();
  if (!endsCell(row.status)) return 'go_on';
  // What is left of a query that timed out or crashed must not run beside the next one.
  if (row.status !== 'unsupported') await slot.close();
  return 'cell_over';
}

/**
 * In a session that was opened again what was the cell's cold run is repeated, unrecorded, so that warm stays
 * warm. Where that gives no answer, it is the repetition: asking again would most likely cost as much again.
 */
async function measureWarmed(cell: Cell, moment: Moment, slot: SessionSlot, session: EngineSession, facts: SessionFacts, bench: Bench): Promise<Measured | null> {
  if (moment.repetition > 1 && !slot.hasAsked(cell.id)) {
    const warming = await measureOnce(cell, moment, session, facts, bench);
    if (warming === null || endsCell(warming.row.status)) return warming;
  }
  slot.noteAsked(cell.id);
  return measureOnce(cell, { ...moment, startedAt: new Date() }, session, facts, bench);
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
    const verdict = bench.trust.judge(cell.query, outcome, session.precision(cell.query), cell.scaling === 'units');
    const row = answeredRow(bench.run, facts, cell, moment, outcome, verdict, { endToEndMs: end - start, gateMs: performance.now() - end });
    return { row, units: unitRecords(row, outcome.units ?? []) };
  }
  // Ctrl-C reaches the workers too, so that any failure after it is its doing.
  if (outcome.status === 'cancelled' || bench.signal.aborted) return null;
  return { row: failedRow(bench.run, facts, cell, moment, { status: outcome.status, error: outcome.error, stages: outcome.stages, traceLink: outcome.traceLink }), units: [] };
}
