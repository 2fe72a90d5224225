import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import * as z from 'zod';
import { FlowbenchError } from '../model/errors.js';
import { parseJson, readTextIfPresent, writeJsonFile } from './json-file.js';
import { isMissing } from './node-errors.js';
import { generatedPath, generatingPath, manifestPath, STATE_FOLDER, workFolder } from './paths.js';

/** What a dataset is generated with. Two calls with equal settings make the same dataset. */
const settingsSchema = z.strictObject({
  settings_version: z.literal(1),
  scale_factor: z.number().positive(),
  numeric: z.enum(['decimal', 'double']),
  row_group_rows: z.int().positive(),
  /** Dataset a `double` one is derived from, null for one that is generated first. */
  source_dataset_id: z.string().nullable(),
  packages: z.record(z.string(), z.string()),
});
export type GenerationSettings = z.infer<typeof settingsSchema>;

/**
 * Whether a dataset is to be generated in a folder, or the very same one is already complete there. Writes
 * nothing. Throws `configuration` when the folder holds anything else, naming the settings that differ.
 */
export async function inspectFolder(dir: string, settings: GenerationSettings): Promise<'generate' | 'complete'> {
  const started = await readSettings(generatingPath(dir));
  if ((await readTextIfPresent(manifestPath(dir))) !== null) {
    const made = (await readSettings(generatedPath(dir))) ?? started;
    if (made === null) throw refused(`${dir} already holds a dataset that datagen did not make`);
    refuseOthers(dir, made, settings);
    return 'complete';
  }
  if (started === null) await refuseForeignFiles(dir);
  else refuseOthers(dir, started, settings);
  return 'generate';
}

/** Marks a folder as being generated: from here on it is no dataset until the manifest is written. */
export async function claimFolder(dir: string, settings: GenerationSettings): Promise<void> {
  await mkdir(workFolder(dir), { recursive: true });
  await writeJsonFile(generatingPath(dir), settings);
}

/** To be called once the manifest is written: from here on a repeated call finds the dataset complete. */
export async function releaseFolder(dir: string): Promise<void> {
  await rm(workFolder(dir), { recursive: true, force: true });
  await rename(generatingPath(dir), generatedPath(dir)).catch((error: unknown) => {
    if (!isMissing(error)) throw error;
  });
}

async function readSettings(path: string): Promise<GenerationSettings | null> {
  const text = await readTextIfPresent(path);
  if (text === null) return null;
  const parsed = settingsSchema.safeParse(parseJson(path, text));
  if (parsed.success) return parsed.data;
  throw refused(`${path} was written by another version of flowbench`);
}

function refuseOthers(dir: string, found: GenerationSettings, wanted: GenerationSettings): void {
  const keys = Object.keys(wanted) as (keyof GenerationSettings)[];
  const different = keys.filter((key) => JSON.stringify(found[key]) !== JSON.stringify(wanted[key]));
  if (different.length === 0) return;
  const list = different.map((key) => `${key} ${JSON.stringify(found[key])} instead of ${JSON.stringify(wanted[key])}`);
  throw refused(`${dir} holds a dataset made with other settings (${list.join(', ')})`);
}

async function refuseForeignFiles(dir: string): Promise<void> {
  const names = await readdir(dir).catch((error: unknown) => {
    if (isMissing(error)) return [];
    throw error;
  });
  const foreign = names.filter((name) => name !== STATE_FOLDER);
  if (foreign.length > 0) throw refused(`${dir} is not empty (${foreign.slice(0, 3).join(', ')}${foreign.length > 3 ? ', …' : ''})`);
}

function refused(what: string): FlowbenchError {
  return new FlowbenchError('configuration', `${what}.`, { remedy: 'Give another --out folder, or remove that one.' });
}
