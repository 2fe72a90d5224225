import { closeSync, fsyncSync, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs';
import { FlowbenchError, messageOf } from '../model/errors.js';
import { resultRowSchema, type ResultRow } from '../model/result-row.js';

/**
 * Appends result rows to a file, one JSON line each. A row is on disk (fsync) when `append` returns; the
 * newline at its end is what makes it count, so a line torn by a crash is cut off, never continued.
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

  /** Throws `storage_write` when the row could not be stored; the rows before it stay as they were. */
  append(row: ResultRow): void {
    const line = Buffer.from(`${JSON.stringify(resultRowSchema.parse(row))}\n`);
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
