import { randomUUID } from 'node:crypto';
import { renameSync, rmSync, statSync } from 'node:fs';
import { access, constants, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { systemErrorCode } from '../dataset/node-errors.js';
import { FlowbenchError, messageOf } from '../model/errors.js';

/**
 * Output files while they are written: under a name of their own, beside the final one. A reader of the
 * final name sees a whole file or none. Two workers with the same output both succeed: each renames a
 * whole file into place, the later one stays, and as both did the same unit it makes no difference which.
 * A worker that is killed leaves its `.tmp-…` file, which no reader looks at.
 */
export class PendingFiles {
  private readonly finalByPending = new Map<string, string>();

  /** The name to write to until {@link publish}. */
  add(finalPath: string): string {
    const pending = `${finalPath}.tmp-${randomUUID()}`;
    this.finalByPending.set(pending, finalPath);
    return pending;
  }

  /** Renames every file into place and answers path and size of each, in the order they were added. */
  publish(): { path: string; sizeBytes: number }[] {
    try {
      const published = [...this.finalByPending].map(([pending, path]) => {
        const sizeBytes = statSync(pending).size;
        renameSync(pending, path);
        return { path, sizeBytes };
      });
      this.finalByPending.clear();
      return published;
    } catch (cause) {
      throw writeError([...this.finalByPending.values()][0] ?? '', cause);
    }
  }

  /**
   * Removes what was not published. Synchronous, so that it is done even in the last moment of a process;
   * can be called again, as the engine may make a file after the first call.
   */
  discard(): void {
    for (const pending of this.finalByPending.keys()) rmSync(pending, { force: true });
  }

  /** Whether an error is about writing one of these files, rather than about reading. */
  concerns(error: FlowbenchError): boolean {
    return [...this.finalByPending.keys()].some((pending) => error.message.includes(pending));
  }
}

/** Throws `storage_write` when the folder of an output is missing or cannot be written: said before any work is done. */
export async function checkWritable(path: string): Promise<void> {
  const folder = dirname(path);
  try {
    if (!(await stat(folder)).isDirectory()) throw new Error('not a folder');
    await access(folder, constants.W_OK);
  } catch (cause) {
    throw new FlowbenchError('storage_write', `Cannot write into ${folder} (${messageOf(cause)}).`, {
      remedy: 'Make the output folder, or give one that can be written.',
      cause,
    });
  }
}

/** The failure of writing `path`, with its own code for a full disk. */
export function writeError(path: string, cause: unknown): FlowbenchError {
  const full = FULL_DISK.has(cause instanceof FlowbenchError ? cause.code : (systemErrorCode(cause) ?? ''));
  if (full) return new FlowbenchError('out_of_disk', `No space left to write ${path}.`, { remedy: 'Free space, or give another output folder.', cause });
  return new FlowbenchError('storage_write', `Cannot write ${path} (${messageOf(cause)}).`, {
    remedy: 'Give an output folder that can be written.',
    retryable: cause instanceof FlowbenchError && cause.retryable,
    cause,
  });
}

const FULL_DISK: ReadonlySet<string> = new Set(['out_of_disk', 'ENOSPC', 'EDQUOT']);
