import { FlowbenchError, messageOf } from '../model/errors.js';
import { storageOf } from '../storage/storage-of.js';

/** A reader sees the old file or the whole new one. Throws `out_of_disk` or `storage_write`. */
export async function writeJsonFile(path: string, value: unknown): Promise<void> {
  await storageOf(path).write(path, `${JSON.stringify(value)}\n`);
}

/** Text of a file, or null when there is none. Any other failure is `storage_read`. */
export async function readTextIfPresent(path: string): Promise<string | null> {
  return (await storageOf(path).read(path))?.toString('utf8') ?? null;
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
