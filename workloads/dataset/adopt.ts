import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { configurationError, FlowbenchError } from '../model/errors.js';
import type { DatasetHandle, Manifest } from '../model/manifest.js';
import { TPCH_SCHEMA } from '../tpch/schema.js';
import { completeDataset, spillFolder, withSession } from './complete-dataset.js';
import { FOLDER_LOCK_WAIT_MS, withFileLock } from './file-lock.js';
import { listDataset } from './inventory.js';
import { refuseS3 } from './local-copy.js';
import { readTextIfPresent } from './json-file.js';
import { inconsistencies, readManifest } from './load.js';
import { generatingPath, manifestPath, STATE_FOLDER, workFolder } from './paths.js';
import { Progress, type ProgressSink } from './progress.js';

export interface AdoptOptions {
  readonly dir: string;
  readonly scaleFactor: number;
  readonly memoryBytes: number;
  readonly threads: number;
  readonly sink: ProgressSink;
  readonly signal: AbortSignal;
}

export interface AdoptResult {
  readonly handle: DatasetHandle;
  /** What looks unlike the scale factor given; nothing is refused for it, as adopted data may be altered. */
  readonly warnings: readonly string[];
}

/**
 * Makes a dataset of TPC-H Parquet that lies in a folder already: describes and answers it in place and
 * moves no byte. Throws `dataset_missing`, `dataset_invalid` or `schema_mismatch` naming all that is wrong.
 */
export async function adoptDataset(options: AdoptOptions): Promise<AdoptResult> {
  const { dir, scaleFactor } = options;
  if (!(scaleFactor > 0 && Number.isFinite(scaleFactor))) throw configurationError([`Scale factor ${scaleFactor} is not a positive number.`]);
  refuseS3('"flowbench dataset adopt"', dir);
  await refuseUnfit(dir);
  const lock = { what: `The dataset folder ${dir}`, waitMs: FOLDER_LOCK_WAIT_MS };
  return withFileLock(join(dir, STATE_FOLDER, 'lock'), lock, async () => {
    const previous = await previousManifest(dir);
    const workDir = workFolder(dir);
    const limits = { threads: options.threads, memoryBytes: options.memoryBytes, spillDir: spillFolder(workDir) };
    try {
      const handle = await withSession(limits, options.signal, (session) =>
        completeDataset({ dir, scaleFactor, origin: 'adopted', tools: {}, derivedFrom: null, previous, session, progress: new Progress(options.sink), signal: options.signal }),
      );
      return { handle, warnings: sizeWarnings(handle.manifest) };
    } finally {
      await rm(workDir, { recursive: true, force: true });
    }
  });
}

async function refuseUnfit(dir: string): Promise<void> {
  const { tables } = await listDataset(dir);
  if ((await readTextIfPresent(generatingPath(dir))) !== null && (await readTextIfPresent(manifestPath(dir))) === null) {
    throw new FlowbenchError('dataset_missing', `${dir} holds a half-generated dataset.`, { remedy: 'Run the same "flowbench datagen" command again: it continues where it stopped.' });
  }
  const twice = [...tables].filter(([table, names]) => names.includes(`${table}.parquet`) && names.length > 1).map(([table]) => table);
  if (twice.length === 0) return;
  throw new FlowbenchError('schema_mismatch', `${dir} has ${twice.join(', ')} both as a file and as a folder.`, { remedy: 'Move one of the two away: their rows would be read together.' });
}

/** Null when there is none that could be trusted. */
async function previousManifest(dir: string): Promise<Manifest | null> {
  const manifest = await readManifest(dir).catch(() => null);
  return manifest === null || inconsistencies(manifest).length > 0 ? null : manifest;
}

/** How far row counts may be off before the scale factor is doubted. */
const DOUBTFUL_SHARE = 0.1;

function sizeWarnings(manifest: Manifest): string[] {
  return Object.entries(TPCH_SCHEMA).flatMap(([table, { rowsAtScale1, fixed }]) => {
    const expected = rowsAtScale1 * (fixed ? 1 : manifest.scale_factor);
    const rows = manifest.tables[table]?.rows ?? 0;
    if (Math.abs(rows - expected) <= expected * DOUBTFUL_SHARE) return [];
    return [`${table} has ${rows} rows where scale factor ${manifest.scale_factor} has about ${Math.round(expected)}`];
  });
}
