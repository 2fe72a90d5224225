import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { FlowbenchError, messageOf } from '../model/errors.js';
import { systemErrorCode } from './node-errors.js';
import { isProcessRunning } from './process-liveness.js';

export interface LockOptions {
  /** What is being protected, for the message: `the dataset folder D`. */
  readonly what: string;
  /** How long to wait for another holder, in ms; 0 refuses at once. */
  readonly waitMs: number;
}

const RETRY_MS = 100;

/** For a dataset's folder: long enough for a process that was just killed to be gone. */
export const FOLDER_LOCK_WAIT_MS = 2000;

/**
 * Runs `work` while holding a lock file. The lock of a process that has died on this machine is taken
 * over. Throws `configuration` when someone else still holds it after `waitMs`, `storage_write` when the
 * folder cannot be written.
 */
export async function withFileLock<T>(path: string, options: LockOptions, work: () => Promise<T>): Promise<T> {
  await mkdir(dirname(path), { recursive: true }).catch((cause: unknown) => {
    throw cannotWrite(path, cause);
  });
  const deadline = Date.now() + options.waitMs;
  while (!(await tryLock(path))) {
    const holder = await holderOf(path);
    if (holder !== null && isDead(holder)) await takeAway(path, holder);
    else if (Date.now() >= deadline) throw heldBy(options.what, path, holder);
    else await sleep(RETRY_MS);
  }
  try {
    return await work();
  } finally {
    await rm(path, { force: true });
  }
}

interface Holder {
  readonly host: string;
  readonly pid: number;
}

async function tryLock(path: string): Promise<boolean> {
  try {
    const file = await open(path, 'wx');
    await file.writeFile(`${hostname()} ${process.pid}\n`);
    await file.close();
    return true;
  } catch (cause) {
    if (systemErrorCode(cause) === 'EEXIST') return false;
    throw cannotWrite(path, cause);
  }
}

function cannotWrite(path: string, cause: unknown): FlowbenchError {
  return new FlowbenchError('storage_write', `Cannot write ${path} (${messageOf(cause)}).`, { cause });
}

/** Null while the holder is still writing its name, or has just let go. */
async function holderOf(path: string): Promise<Holder | null> {
  const [host, pid] = (await readFile(path, 'utf8').catch(() => '')).trim().split(' ');
  return host === undefined || pid === undefined ? null : { host, pid: Number(pid) };
}

function isDead(holder: Holder): boolean {
  return holder.host === hostname() && !isProcessRunning(holder.pid);
}

/** Renaming succeeds for one of several that noticed the death; the others find the file gone. */
async function takeAway(path: string, holder: Holder): Promise<void> {
  const grave = `${path}.${holder.pid}.${process.pid}`;
  await rename(path, grave).catch(() => undefined);
  await rm(grave, { force: true });
}

function heldBy(what: string, path: string, holder: Holder | null): FlowbenchError {
  const who = holder === null ? 'another process' : `process ${holder.pid} on ${holder.host}`;
  return new FlowbenchError('configuration', `${what} is in use by ${who}.`, {
    remedy: `Wait for it to end; if it does not run any more, remove ${path}.`,
  });
}
