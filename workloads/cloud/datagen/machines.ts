import { createHash } from 'node:crypto';
import { FlowbenchError } from '../../model/errors.js';
import { type GeneratorSize } from '../../model/generator-size.js';

export interface Machine {
  readonly id: string;
  readonly token: string;
  /** `gone` from the moment it began to end. */
  readonly state: 'alive' | 'gone';
}

export interface MachineRequest {
  /** Same token, same machine: EC2 starts one only once. */
  readonly token: string;
  readonly size: GeneratorSize;
  /** On the machine, its disk and its network interface. */
  readonly tags: Readonly<Record<string, string>>;
}

export type StartOutcome =
  | { readonly kind: 'started'; readonly machine: Machine }
  /** The token was used for a machine that has ended. */
  | { readonly kind: 'spent' }
  /** The token was used for a request made at another moment, whose machine may live. */
  | { readonly kind: 'taken' };

/** What of EC2 is needed; a test has its own. */
export interface Machines {
  /** Machines that were started with one of these tokens; EC2 forgets one an hour after its end, and shows a new one late. */
  withTokens(tokens: readonly string[]): Promise<readonly Machine[]>;
  start(request: MachineRequest): Promise<StartOutcome>;
  stateOf(id: string): Promise<Machine['state']>;
}

export interface MachineGoal {
  readonly bucketName: string;
  /** `tpch/sf10`. */
  readonly prefix: string;
  readonly size: GeneratorSize;
  readonly tags: Readonly<Record<string, string>>;
}

/** Machines that may be started for one dataset while EC2 remembers their tokens, about a day. */
const MOST_ATTEMPTS = 20;
/** How long a machine that somebody else has just started may stay unseen. */
const UNSEEN = { looks: 6, pauseMs: 5_000 } as const;

/** At most 64 characters, which is all that EC2 takes. */
export function machineToken(bucketName: string, prefix: string, attempt: number): string {
  return `flowbench-${createHash('sha256').update(`${bucketName}\n${prefix}`).digest('hex').slice(0, 40)}-${attempt}`;
}

/**
 * The machine that makes a dataset: the one that is at it, or a new one. Two callers at once end with the same
 * machine, as they use the same token; the tokens of machines that have ended are passed over.
 */
export async function ensureMachine(goal: MachineGoal, machines: Machines, sleep: (ms: number) => Promise<void>): Promise<{ readonly machine: Machine; readonly isNew: boolean }> {
  const tokens = Array.from({ length: MOST_ATTEMPTS }, (_, attempt) => machineToken(goal.bucketName, goal.prefix, attempt));
  const known = await machines.withTokens(tokens);
  const atIt = known.find(({ state }) => state === 'alive');
  if (atIt !== undefined) return { machine: atIt, isNew: false };
  for (const token of tokens) {
    if (known.some((machine) => machine.token === token)) continue;
    const outcome = await machines.start({ token, size: goal.size, tags: goal.tags });
    if (outcome.kind === 'started' && outcome.machine.state === 'alive') return { machine: outcome.machine, isNew: true };
    const other = outcome.kind === 'taken' ? await appearing(token, machines, sleep) : undefined;
    if (other?.state === 'alive') return { machine: other, isNew: false };
  }
  throw new FlowbenchError('configuration', `${MOST_ATTEMPTS} machines were started for ${goal.prefix} within a day, and all have ended.`, {
    remedy: 'Read the log of the last one before another is paid for.',
  });
}

async function appearing(token: string, machines: Machines, sleep: (ms: number) => Promise<void>): Promise<Machine | undefined> {
  for (let look = 0; look < UNSEEN.looks; look += 1) {
    const [found] = await machines.withTokens([token]);
    if (found !== undefined) return found;
    await sleep(UNSEEN.pauseMs);
  }
  return undefined;
}
