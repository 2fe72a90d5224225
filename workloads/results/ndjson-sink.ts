import { closeSync, fsyncSync, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs';
import { FlowbenchError, messageOf } from '../model/errors.js';
import { linesOf } from './stored-run.js';

/**
 * Appends to a file, one JSON line each. What was given to `append` is on disk (fsync) when it returns; the
 * newline at its end is what makes a line count, so one torn by a crash is cut off, never continued.
 */
export class NdjsonSink {
  private constructor(
    private readonly path: string,
    private readonly descriptor: number,
    private sizeBytes: number,
  ) {}

  /** Opens for appending, creating the file or cutting a torn last line. Throws `storage_write`. */
  static open(path: string): NdjsonSink {
    try {
      const descriptor = openSync(path, 'a+');
      const content = readFileSync(descriptor);
      const sizeBytes = content.lastIndexOf('\n') + 1;
      if (sizeBytes < content.length) ftruncateSync(descriptor, sizeBytes);
      return new NdjsonSink(path, descriptor, sizeBytes);
    } catch (cause) {
      throw writeError(path, cause);
    }
  }

  /** Throws `storage_write` when not all of them could be stored; the lines before them stay as they were. */
  append(...values: readonly object[]): void {
    const line = Buffer.from(linesOf(values));
    try {
      for (let offset = 0; offset < line.length; ) offset += writeSync(this.descriptor, line, offset);
      fsyncSync(this.descriptor);
      this.sizeBytes += line.length;
    } catch (cause) {
      this.cutTornLine();
      throw writeError(this.path, cause);
    }
  }

  /** A reader does not count a torn line anyway: failing to cut it must not hide why it is torn. */
  private cutTornLine(): void {
    try {
      ftruncateSync(this.descriptor, this.sizeBytes);
    } catch {
      return;
    }
  }

  close(): void {
    closeSync(this.descriptor);
  }
}

function writeError(path: string, cause: unknown): FlowbenchError {
  return new FlowbenchError('storage_write', `Cannot write the results to "${path}" (${messageOf(cause)}).`, {
    remedy: 'Make room or make the folder writable; what was measured before is kept, go on with --resume.',
    cause,
  });
}
