import { readdirSync, readFileSync } from 'node:fs';
import type { DriverHost } from '../driver/host.js';
import type { DriverProcess } from '../driver/process.js';
import { Bridge } from './bridge.js';

/** More than are ever needed: a process may be started while the others are being stopped. */
const MAX_SWEEPS = 50;

/** A driver among the processes of a Ray head, all of them in namespaces of their own. */
export class NestHost implements DriverHost {
  readonly ended: Promise<string>;

  constructor(private readonly nest: DriverProcess, private readonly bridges: readonly Bridge[]) {
    this.ended = nest.ended;
  }

  lastLines(): Promise<string> {
    return this.nest.lastLines();
  }

  /** All of them: they have groups and sessions of their own. */
  readonly suspend = (): void => {
    for (let sweep = 0; sweep < MAX_SWEEPS; sweep += 1) {
      const moving = processesBelow(this.nest.pid).filter((pid) => !isStopped(pid));
      if (moving.length === 0) return;
      for (const pid of moving) signal(pid, 'SIGSTOP');
    }
  };

  readonly resume = (): void => {
    for (const pid of processesBelow(this.nest.pid)) signal(pid, 'SIGCONT');
  };

  /** The system ends everything in the namespaces with their first process, and lets that be gone only after the last. */
  async kill(): Promise<void> {
    try {
      await this.nest.kill();
    } finally {
      await Bridge.closeAll(this.bridges);
    }
  }
}

/** A process and all that came of it, whatever groups they are in. */
export function processesBelow(root: number): readonly number[] {
  const childrenOf = new Map<number, number[]>();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const parent = statOf(Number(name))?.parent;
    if (parent !== undefined) childrenOf.set(parent, [...(childrenOf.get(parent) ?? []), Number(name)]);
  }
  const found = [root];
  for (const pid of found) found.push(...(childrenOf.get(pid) ?? []));
  return found;
}

function isStopped(pid: number): boolean {
  const state = statOf(pid)?.state;
  return state === undefined || 'TtZX'.includes(state);
}

/** After the name, which may hold spaces and brackets: the state, and the parent. */
function statOf(pid: number): { readonly state: string; readonly parent: number } | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const [state = '', parent = ''] = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return { state, parent: Number(parent) };
  } catch {
    return undefined;
  }
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It has ended meanwhile.
  }
}
