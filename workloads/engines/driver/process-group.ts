import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

const POLL_MS = 20;
const GONE_WITHIN_MS = 5_000;
const STOPPED_WITHIN_MS = 1_000;

/** To every process of a group; false where there is none. */
export function signalGroup(group: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(-group, signal);
    return true;
  } catch {
    return false;
  }
}

/** Ends a whole group at once, stopped processes too, and waits until nothing of it runs, for some seconds at most. */
export async function endGroup(group: number): Promise<void> {
  const giveUpAtMs = performance.now() + GONE_WITHIN_MS;
  while (signalGroup(group, 'SIGKILL') && runs(group) && performance.now() < giveUpAtMs) await sleep(POLL_MS);
}

/** Stops a group where it stands; resolves when nothing of it runs. */
export async function stopGroup(group: number): Promise<void> {
  const giveUpAtMs = performance.now() + STOPPED_WITHIN_MS;
  signalGroup(group, 'SIGSTOP');
  while (runs(group, 'TtZX') && performance.now() < giveUpAtMs) await sleep(POLL_MS);
}

/**
 * Whether a process of the group is in another state than these. A zombie does not run: who reaps those that lost their parent may take its time, and a
 * zombie holds neither memory nor files.
 */
function runs(group: number, except = 'ZX'): boolean {
  try {
    return readdirSync('/proc').some((name) => /^\d+$/.test(name) && isMember(name, group, except));
  } catch {
    // A system without /proc: what can be signalled is taken to run.
    return true;
  }
}

function isMember(pid: string, group: number, except: string): boolean {
  try {
    // After the name, which may hold anything: state, parent, group.
    const [state = 'X', , ofGroup] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
    return Number(ofGroup) === group && !except.includes(state);
  } catch {
    return false;
  }
}
