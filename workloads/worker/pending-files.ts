import { randomUUID } from 'node:crypto';
import { mkdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { access, constants, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { systemErrorCode } from '../dataset/node-errors.js';
import { FlowbenchError, messageOf } from '../model/errors.js';
import { isS3Uri } from '../model/storage-uri.js';
import { storageOf } from '../storage/storage-of.js';

/** Where a unit's files go, and where they are made. */
export interface PendingPlace {
  /** Folder of this machine for what goes to S3; made when it is missing. */
  readonly uploadFrom: string;
  /** The names hold the uid of this very pod: nobody else writes them, and what is there already is its own. */
  readonly isOwn: boolean;
  /** Repeats an upload that may work the next time. */
  readonly retrying: <T>(work: () => Promise<T>) => Promise<T>;
}

export interface PublishedFile {
  readonly uri: string;
  readonly sizeBytes: number;
}

/**
 * Output files while they are written: under a name of their own, beside the final one or, for S3, in a folder
 * of this machine. A reader of the final name sees a whole file or none.
 *
 * Two workers with the same local output both succeed: each renames a whole file into place, the later one
 * stays, and as both did the same unit it makes no difference which. On S3 it is the same with a name that tells
 * of no pod. A name with the pod's own uid is only ever made anew (its role may not replace anything): an
 * object that is there is that of an earlier try whose answer was lost.
 * A worker that is killed leaves its unpublished file, which no reader looks at.
 */
export class PendingFiles {
  private readonly finalByPending = new Map<string, string>();
  private readonly published: PublishedFile[] = [];

  constructor(private readonly place: PendingPlace) {}

  /** The name to write to until {@link publish}. */
  add(finalUri: string): string {
    const pending = isS3Uri(finalUri) ? join(this.uploadFolder(), `${randomUUID()}-${basename(finalUri)}`) : `${finalUri}.tmp-${randomUUID()}`;
    this.finalByPending.set(pending, finalUri);
    return pending;
  }

  /** Renames or uploads every file into place and answers place and size of each, in the order they were added. */
  async publish(): Promise<readonly PublishedFile[]> {
    for (const [pending, uri] of this.finalByPending) {
      try {
        this.published.push(isS3Uri(uri) ? await this.place.retrying(() => this.upload(pending, uri)) : rename(pending, uri));
      } catch (cause) {
        throw writeError(uri, cause);
      }
      this.finalByPending.delete(pending);
    }
    return this.published;
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

  private async upload(pending: string, uri: string): Promise<PublishedFile> {
    const storage = storageOf(uri);
    const outcome = await storage.upload(pending, uri, { ifAbsent: this.place.isOwn });
    // Rows of the same unit, but perhaps in another order, and so in another number of bytes.
    const sizeBytes = outcome === 'written' ? statSync(pending).size : await storage.size(uri);
    if (sizeBytes === null) throw new FlowbenchError('storage_write', `${uri} was there, and is gone.`);
    rmSync(pending, { force: true });
    return { uri, sizeBytes };
  }

  private uploadFolder(): string {
    const { uploadFrom } = this.place;
    try {
      mkdirSync(uploadFrom, { recursive: true });
    } catch (cause) {
      throw writeError(uploadFrom, cause);
    }
    return uploadFrom;
  }
}

function rename(pending: string, path: string): PublishedFile {
  const sizeBytes = statSync(pending).size;
  renameSync(pending, path);
  return { uri: path, sizeBytes };
}

/**
 * Throws `storage_write` when the folder of a local output is missing or cannot be written: said before any work
 * is done. S3 has no folders, and a right to write that is missing shows in the first upload.
 */
export async function checkWritable(uri: string): Promise<void> {
  if (isS3Uri(uri)) return;
  const folder = dirname(uri);
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

/** The failure of writing a location, with its own code for a full disk. What is said of S3 stays as it is said. */
export function writeError(uri: string, cause: unknown): FlowbenchError {
  const full = FULL_DISK.has(cause instanceof FlowbenchError ? cause.code : (systemErrorCode(cause) ?? ''));
  if (full && isS3Uri(uri)) return new FlowbenchError('out_of_disk', `No space left to make ${uri} before it is uploaded.`, { remedy: 'Give a spill folder with more space.', cause });
  if (full) return new FlowbenchError('out_of_disk', `No space left to write ${uri}.`, { remedy: 'Free space, or give another output folder.', cause });
  if (isS3Uri(uri) && cause instanceof FlowbenchError) {
    return new FlowbenchError('storage_write', cause.message, { retryable: cause.retryable, cause, ...(cause.remedy === undefined ? {} : { remedy: cause.remedy }) });
  }
  return new FlowbenchError('storage_write', `Cannot write ${uri} (${messageOf(cause)}).`, {
    remedy: 'Give an output folder that can be written.',
    retryable: cause instanceof FlowbenchError && cause.retryable,
    cause,
  });
}

const FULL_DISK: ReadonlySet<string> = new Set(['out_of_disk', 'ENOSPC', 'EDQUOT']);
