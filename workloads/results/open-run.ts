import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { FlowbenchError, messageOf } from '../model/errors.js';
import { RESULTS_FILE, SESSIONS_FILE, UNITS_FILE } from '../model/names.js';
import { isS3Uri } from '../model/storage-uri.js';
import { storageOf } from '../storage/storage-of.js';
import type { Storage } from '../storage/storage.js';
import { FolderRunStore } from './folder-run-store.js';
import { readObjectRun } from './object-run.js';
import { ObjectRunStore } from './object-run-store.js';
import { isRunFolder, readRun, writeRunRecord, writeWhole } from './run-folder.js';
import type { RunStore } from './run-store.js';
import { linesOf, noRunError, type StoredRun } from './stored-run.js';

/** Which store a location is in. */
export type StorageOf = (uri: string) => Storage;

export interface RunPlaceOptions {
  /** Default: by the scheme of the location. */
  readonly storageOf?: StorageOf | undefined;
  /** Where a run in S3 gets its folder for temporary files; default: that of the system. */
  readonly scratchRoot?: string | undefined;
}

/** Opens a run to write to it: `s3://…/runs/<id>`, or a folder, which is made. */
export function openRunStore(uri: string, options: RunPlaceOptions = {}): RunStore {
  if (!isS3Uri(uri)) return FolderRunStore.open(uri);
  const scratch = options.scratchRoot === undefined ? {} : { scratchRoot: options.scratchRoot };
  return new ObjectRunStore({ uri, storage: (options.storageOf ?? storageOf)(uri), ...scratch });
}

/** Record and rows of a run, wherever it is; null where there is none. Throws `configuration` for what cannot be read as one. */
export async function openStoredRun(uri: string, options: RunPlaceOptions = {}): Promise<StoredRun | null> {
  const place = uri.length > 1 ? uri.replace(/\/+$/, '') : uri;
  if (isS3Uri(place)) return readObjectRun((options.storageOf ?? storageOf)(place), place);
  return isRunFolder(place) ? readRun(place) : null;
}

/** The same, where there must be one. */
export async function requireStoredRun(uri: string, options: RunPlaceOptions = {}): Promise<StoredRun> {
  const run = await openStoredRun(uri, options);
  if (run === null) throw noRunError(uri);
  return run;
}

/**
 * Brings a run to a folder of this machine, the run's own: as complete as it is now, also while it goes on. Of
 * the same run an earlier copy is replaced. Throws `configuration` where the folder is of another run.
 */
export async function fetchRun(uri: string, folder: string, options: RunPlaceOptions = {}): Promise<StoredRun> {
  const run = await requireStoredRun(uri, options);
  const there = isRunFolder(folder) ? readRun(folder) : null;
  if (there !== null && there.record.run_id !== run.record.run_id) {
    throw new FlowbenchError('configuration', `"${folder}" is of run ${there.record.run_id}; run ${run.record.run_id} was not copied there.`, { remedy: 'Name another folder.' });
  }
  try {
    mkdirSync(folder, { recursive: true });
  } catch (cause) {
    throw new FlowbenchError('configuration', `The folder "${folder}" cannot be made (${messageOf(cause)}).`, { remedy: 'Name a folder that can be written.', cause });
  }
  writeWhole(join(folder, RESULTS_FILE), linesOf(run.rows));
  if (run.units.length > 0) writeWhole(join(folder, UNITS_FILE), linesOf(run.units));
  if (run.sessions.length > 0) writeWhole(join(folder, SESSIONS_FILE), linesOf(run.sessions));
  // Last, as it is what makes the folder a run.
  writeRunRecord(folder, run.record);
  return { ...run, uri: folder };
}
