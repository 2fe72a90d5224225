import { readFileSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { systemErrorCode } from '../dataset/node-errors.js';
import { isProcessRunning } from '../dataset/process-liveness.js';
import { FlowbenchError, messageOf } from '../model/errors.js';

const LOCK_FILE = 'lock';

/**
 * Makes this process the only one that writes to a run's folder; answers what gives it up again. The lock
 * of a process that is gone (kill -9) does not count. Throws `configuration` while another one writes.
 */
export function lockRun(dir: string): () => void {
  const path = join(dir, LOCK_FILE);
  const release = (): void => {
    unlinkSync(path);
  };
  try {
    writeFileSync(path, String(process.pid), { flag: 'wx' });
    return release;
  } catch (cause) {
    if (systemErrorCode(cause) !== 'EEXIST') throw new FlowbenchError('storage_write', `Cannot write to "${dir}" (${messageOf(cause)}).`, { cause });
  }
  const holder = Number(readFileSync(path, 'utf8'));
  if (Number.isInteger(holder) && holder > 0 && holder !== process.pid && isProcessRunning(holder)) {
    throw new FlowbenchError('configuration', `The run in "${dir}" is being measured by process ${holder}.`, { remedy: 'Wait for it to end, or stop it.' });
  }
  writeFileSync(path, String(process.pid));
  return release;
}
