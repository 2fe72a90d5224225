import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { FlowbenchError, messageOf } from '../model/errors.js';
import { isMissing, systemErrorCode } from './node-errors.js';

/**
 * Writes beside the target and renames, so that a reader sees the old file or the whole new one.
 * Throws `out_of_disk` or `storage_write`.
 */
export async function writeJsonFile(path: string, value: unknown): Promise<void> {
  try {
    await mkdir(dirname(path), { recursive: true });
    const unfinished = `${path}.${process.pid}.tmp`;
    await writeFile(unfinished, `${JSON.stringify(value)}\n`);
    await rename(unfinished, path);
  } catch (cause) {
    throw new FlowbenchError(systemErrorCode(cause) === 'ENOSPC' ? 'out_of_disk' : 'storage_write', `Cannot write ${path} (${messageOf(cause)}).`, { cause });
  }
}

/** Text of a file, or null when there is none. Any other failure is `storage_read`. */
export async function readTextIfPresent(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    if (isMissing(cause)) return null;
    throw new FlowbenchError('storage_read', `Cannot read ${path} (${messageOf(cause)}).`, { cause });
  }
}

/** Parses JSON, or says whose text is none with `dataset_invalid`. */
export function parseJson(path: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new FlowbenchError('dataset_invalid', `${path} is not JSON (${messageOf(cause)}).`, {
      remedy: 'Make the dataset again, or restore that file.',
      cause,
    });
  }
}
