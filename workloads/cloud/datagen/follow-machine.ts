import { MACHINE_ENDINGS } from '../../model/generator-size.js';
import { type Machine } from './machines.js';

/** Lines of a log from a place on; the place after them. */
export interface LogPage {
  readonly lines: readonly string[];
  readonly next: string | undefined;
}

export interface FollowedMachine {
  readonly state: () => Promise<Machine['state']>;
  /** From the beginning without a place; no lines while the log does not exist. */
  readonly log: (from: string | undefined) => Promise<LogPage>;
  readonly say: (line: string) => void;
  readonly sleep: (ms: number) => Promise<void>;
  /** Aborted: stop looking, and leave the machine alone. */
  readonly signal: AbortSignal;
}

export type MachineEnding = 'done' | 'failed' | 'vanished' | 'detached';

const PAUSE_MS = 5_000;
/** Looks at the log after the machine has ended: its last lines may arrive late; right after a start EC2 may not show it yet. */
const LOOKS_AFTER_END = 12;

/** Repeats the log of a machine until it has said how it ended, or has ended without a word. */
export async function followMachine(machine: FollowedMachine): Promise<MachineEnding> {
  let place: string | undefined;
  let looksAfterEnd = 0;
  while (!machine.signal.aborted) {
    // Asked before the log is read, so that what a living machine wrote is always read once more.
    const state = await machine.state();
    const page = await machine.log(place);
    place = page.next ?? place;
    for (const line of page.lines) machine.say(line);
    if (page.lines.some((line) => line.startsWith(MACHINE_ENDINGS.done))) return 'done';
    if (page.lines.some((line) => line.startsWith(MACHINE_ENDINGS.failed))) return 'failed';
    looksAfterEnd = state === 'gone' && page.lines.length === 0 ? looksAfterEnd + 1 : 0;
    if (looksAfterEnd >= LOOKS_AFTER_END) return 'vanished';
    await machine.sleep(PAUSE_MS);
  }
  return 'detached';
}
