import { join } from 'node:path';
import { ANSWERS_FOLDER, MANIFEST_PATH } from '../model/names.js';
import { queryFileStem, type QueryId } from '../model/queries.js';
import { isS3Uri, joinUri } from '../model/storage-uri.js';

/** Everything flowbench keeps inside a dataset's folder besides the tables. */
export const STATE_FOLDER = '_flowbench';

/** Where a file of a dataset lies: a folder of this machine, or a prefix of S3, whose `//` a path would lose. */
export function locationIn(dir: string, ...names: readonly string[]): string {
  return isS3Uri(dir) ? joinUri(dir, ...names) : join(dir, ...names);
}

export function manifestPath(dir: string): string {
  return locationIn(dir, MANIFEST_PATH);
}

/** Present from the first byte of a generation until the manifest is written: the folder is no dataset yet. */
export function generatingPath(dir: string): string {
  return locationIn(dir, STATE_FOLDER, 'generating.json');
}

/** The settings a finished dataset was generated with, to tell a repeated call from a different one. */
export function generatedPath(dir: string): string {
  return join(dir, STATE_FOLDER, 'generated.json');
}

/** Raw files, runs and unfinished tables; removed when the dataset is complete. */
export function workFolder(dir: string): string {
  return join(dir, STATE_FOLDER, 'work');
}

export function answerPath(dir: string, query: QueryId): string {
  return locationIn(dir, ANSWERS_FOLDER, `${queryFileStem(query)}.json`);
}
