import { seriesName, type SessionPlan } from './cells.js';
import { missingOf, measureRepetition, type Bench, type Ended } from './measure.js';
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
    for (const turn of turns) {
      const slot = slots.get(turn.plan) as SessionSlot;
      if (bench.signal.aborted) return 'interrupted';
      await bench.checkData();
      if ((await takeTurn(turn, slot, { bench, residents, over })) === 'interrupted') return 'interrupted';
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

interface Round {
  readonly bench: Bench;
  readonly residents: Residents;
  /** Cells that a repetition without an answer has ended. */
  readonly over: Set<string>;
}

async function takeTurn({ plan, repetition, cells }: Turn, slot: SessionSlot, { bench, residents, over }: Round): Promise<Ended> {
  const [first] = cells;
  bench.progress.part(`${first === undefined ? plan.runner.id : seriesName(first.key)} run ${repetition} of ${bench.runs}`, cells.length);
  for (const cell of cells) {
    if (over.has(cell.id)) continue;
    bench.progress.repetition(cell.query);
    await residents.makeRoom(slot);
    const step = await measureRepetition(cell, repetition, slot, bench);
    if (step === 'interrupted') return 'interrupted';
    if (step === 'cell_over') over.add(cell.id);
  }
  bench.progress.partDone();
  return 'complete';
}

/** The sessions that are open, no more of them than the machine's memory holds. */
class Residents {
  /** The one that had its turn longest ago first. */
  private byUse: SessionSlot[];

  constructor(
    slots: readonly SessionSlot[],
    private readonly bench: Bench,
  ) {
    this.byUse = [...slots];
  }

  /** Closes others, the one that had its turn longest ago first, until this one has room. */
  async makeRoom(slot: SessionSlot): Promise<void> {
    this.byUse = [...this.byUse.filter((other) => other !== slot), slot];
    if (slot.isOpen) return;
    for (const other of this.byUse) {
      const used = this.byUse.filter((one) => one.isOpen).reduce((sum, one) => sum + one.memoryBytes, 0);
      if (used + slot.memoryBytes <= this.bench.memoryBudgetBytes) return;
      if (!other.isOpen) continue;
      this.bench.log(
        `${other.name} is closed until its next turn: with ${slot.name} open sessions would hold ${gigabytes(used + slot.memoryBytes)} of memory, and ${gigabytes(this.bench.memoryBudgetBytes)} of this machine are for them.`,
      );
      await other.close();
    }
  }

  /** The awake one first, so that never two are. */
  async closeAll(): Promise<void> {
    for (const slot of [...this.byUse].reverse()) await slot.close();
  }
}

function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(1)} GB`;
}
