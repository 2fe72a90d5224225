import type { Bench } from './bench.js';
import { seriesName, type SessionPlan } from './cells.js';
import { missingOf, measureRepetition, type Ended } from './measure.js';
import { shuffled } from '../model/seeded-random.js';
import { SessionSlot } from './session-slot.js';

/**
 * Lets the series take turns: in each round every one of them measures one repetition of all its queries, and each
 * round begins with another one, so that what changes on the machine over hours falls on all alike. All
 * sessions stay open; whoever has no turn is parked, so that never two engines use the machine at once.
 */
export async function measureRotated(plans: readonly SessionPlan[], bench: Bench): Promise<Ended> {
  const slots = new Map(plans.map((plan) => [plan, new SessionSlot(plan, bench)]));
  const residents = new Residents([...slots.values()], bench);
  const turns = planTurns(plans, bench);
  bench.progress.begin(turns.length, turns.reduce((sum, turn) => sum + turn.cells.length, 0));
  const over = new Set<string>();
  try {
    for (const [index, turn] of turns.entries()) {
      const slot = slots.get(turn.plan) as SessionSlot;
      if (bench.signal.aborted) return 'interrupted';
      await bench.checkData();
      await residents.makeRoom(slot, turns.slice(index + 1).map(({ plan }) => plan));
      if ((await takeTurn(turn, slot, bench, over)) === 'interrupted') return 'interrupted';
      await slot.park();
    }
    return 'complete';
  } finally {
    await residents.closeAll();
  }
}

/** One repetition of a series' queries. */
interface Turn {
  readonly plan: SessionPlan;
  readonly repetition: number;
  readonly cells: SessionPlan['cells'];
}

/** Every turn there is something left to measure in, in order. */
function planTurns(plans: readonly SessionPlan[], bench: Bench): Turn[] {
  const missing = new Map(plans.flatMap((plan) => plan.cells).map((cell) => [cell.id, new Set(missingOf(cell, bench))]));
  const rounds = Array.from({ length: bench.runs }, (_, index) => index + 1);
  return rounds
    .flatMap((repetition) => turnOrder(plans, bench.seed, repetition).map((plan): Turn => ({ plan, repetition, cells: plan.cells.filter((cell) => missing.get(cell.id)?.has(repetition) === true) })))
    .filter((turn) => turn.cells.length > 0);
}

/** The order of one round: shuffled by the seed, begun one further on in each. */
export function turnOrder<T>(items: readonly T[], seed: number, repetition: number): T[] {
  const order = shuffled(items, seed);
  const start = order.length === 0 ? 0 : (repetition - 1) % order.length;
  return [...order.slice(start), ...order.slice(0, start)];
}

/** @param over cells that a repetition without an answer has ended */
async function takeTurn({ plan, repetition, cells }: Turn, slot: SessionSlot, bench: Bench, over: Set<string>): Promise<Ended> {
  const [first] = cells;
  bench.progress.part(`${first === undefined ? plan.runner.id : seriesName(first.key)} run ${repetition} of ${bench.runs}`, cells.length);
  for (const cell of cells) {
    if (over.has(cell.id)) continue;
    bench.progress.repetition(cell.query);
    const step = await measureRepetition(cell, repetition, slot, bench);
    if (step === 'interrupted') return 'interrupted';
    if (step === 'cell_over') over.add(cell.id);
  }
  bench.progress.partDone();
  return 'complete';
}

/** The sessions that are open, no more of them than the machine's memory holds. */
class Residents {
  constructor(
    private readonly slots: readonly SessionSlot[],
    private readonly bench: Bench,
  ) {}

  /**
   * Closes others until this one has room, first the one whose turn is furthest off: in a round of turns that is not the
   * one used longest ago, which is the next to be needed.
   */
  async makeRoom(slot: SessionSlot, upcoming: readonly SessionPlan[]): Promise<void> {
    if (slot.isOpen) return;
    const turnsOff = ({ plan }: SessionSlot): number => (upcoming.includes(plan) ? upcoming.indexOf(plan) : Infinity);
    const others = this.slots.filter((other) => other.isOpen).sort((a, b) => turnsOff(b) - turnsOff(a));
    for (const other of others) {
      const neededBytes = slot.memoryBytes + this.slots.filter((one) => one.isOpen).reduce((sum, one) => sum + one.memoryBytes, 0);
      if (neededBytes <= this.bench.memoryBudgetBytes) return;
      this.bench.log(
        `${other.name} is closed until its next turn: with ${slot.name} open sessions would hold ${gigabytes(neededBytes)} of memory, and ${gigabytes(this.bench.memoryBudgetBytes)} of this machine are for them.`,
      );
      await other.close();
    }
  }

  /** Whoever is awake first, so that never two are. */
  async closeAll(): Promise<void> {
    for (const slot of [...this.slots].sort((a, b) => Number(a.isAsleep) - Number(b.isAsleep))) await slot.close();
  }
}

function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(1)} GB`;
}
