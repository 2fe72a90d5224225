import { stat } from 'node:fs/promises';
import type * as z from 'zod';
import { FlowbenchError } from '../model/errors.js';
import { manifestSchema, type DatasetHandle, type Manifest } from '../model/manifest.js';
import { isS3Uri } from '../model/storage-uri.js';
import { storageOf } from '../storage/storage-of.js';
import { contentHashOf, datasetIdOf } from './identity.js';
import { parseJson, readTextIfPresent } from './json-file.js';
import { generatingPath, locationIn, manifestPath } from './paths.js';

const MAX_NAMED = 5;

/**
 * Opens a dataset by its folder: reads the manifest and makes sure that it is whole and unedited.
 * Throws `dataset_missing` (no such folder, no manifest, half generated) or `dataset_invalid`.
 */
export async function loadDataset(uri: string): Promise<DatasetHandle> {
  const manifest = await readManifest(uri);
  const problems = inconsistencies(manifest);
  if (problems.length === 0) return { uri, manifest };
  throw new FlowbenchError('dataset_invalid', `${manifestPath(uri)} was edited or damaged: ${problems.slice(0, MAX_NAMED).join('; ')}.`, {
    remedy: 'Restore it, or make it again with "flowbench dataset adopt".',
  });
}

/** The manifest as it stands, whether or not it agrees with itself. Throws as {@link loadDataset} does otherwise. */
export async function readManifest(uri: string): Promise<Manifest> {
  const path = manifestPath(uri);
  const text = await readTextIfPresent(path);
  if (text === null) throw await missingDataset(uri);
  const parsed = manifestSchema.safeParse(parseJson(path, text));
  if (!parsed.success) {
    throw new FlowbenchError('dataset_invalid', `${path} does not fit the manifest's schema: ${issuesOf(parsed.error)}.`, {
      remedy: 'Make the manifest again with "flowbench dataset adopt", or the dataset with "flowbench datagen".',
    });
  }
  return parsed.data;
}

/** The first problems of a zod error in one line. */
export function issuesOf(error: z.ZodError): string {
  return error.issues
    .slice(0, MAX_NAMED)
    .map((issue) => `${issue.path.join('.') || '(root)'}: ${issue.message}`)
    .join('; ');
}

async function missingDataset(uri: string): Promise<FlowbenchError> {
  if ((await readTextIfPresent(generatingPath(uri))) !== null) {
    return new FlowbenchError('dataset_missing', `${uri} holds a half-generated dataset.`, {
      remedy: 'Run the same "flowbench datagen" command again: it continues where it stopped.',
    });
  }
  if (isS3Uri(uri)) {
    return new FlowbenchError('dataset_missing', `There is no dataset at ${uri}: it has no ${manifestPath('.')}.`, {
      remedy: 'Put one there with "flowbench datagen --target ec2", or copy the folder of a local one as it is.',
    });
  }
  const exists = await stat(uri).then((found) => found.isDirectory(), () => false);
  return exists
    ? new FlowbenchError('dataset_missing', `${uri} has no ${manifestPath('.')}, so it is not a dataset.`, {
        remedy: `For Parquet files made elsewhere run "flowbench dataset adopt ${uri} --sf N".`,
      })
    : new FlowbenchError('dataset_missing', `There is no folder ${uri}.`, { remedy: `Make the dataset with "flowbench datagen --sf N --out ${uri}".` });
}

/** Where a manifest disagrees with itself: its hashes with its content, its totals with their parts. */
export function inconsistencies(manifest: Manifest): string[] {
  const problems: string[] = [];
  const actualId = datasetIdOf(manifest);
  if (actualId !== manifest.dataset_id) problems.push(`dataset_id is ${manifest.dataset_id}, but its files and hashes give ${actualId}`);
  if (contentHashOf(manifest) !== manifest.content_sha256) problems.push('its content does not give its content_sha256');
  for (const [name, table] of Object.entries(manifest.tables)) {
    for (const file of table.files) {
      if (sum(file.row_groups.map((group) => group.rows)) !== file.rows) problems.push(`rows of ${file.name} are not the sum of its row groups`);
    }
    if (sum(table.files.map((file) => file.rows)) !== table.rows) problems.push(`rows of ${name} are not the sum of its files`);
    if (table.files.some((file, index) => index > 0 && file.name <= (table.files[index - 1]?.name ?? ''))) {
      problems.push(`files of ${name} are not in the order of their names`);
    }
  }
  return problems;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/**
 * Cheap proof, before and while numbers are made, that the files are those the manifest names: each is
 * there with its size. Throws `dataset_changed` naming the first few that are not.
 */
export async function checkUnchanged(handle: DatasetHandle): Promise<void> {
  const sizeOf = await sizesOf(handle);
  const problems: string[] = [];
  for (const file of Object.values(handle.manifest.tables).flatMap((table) => table.files)) {
    const sizeBytes = await sizeOf(file.name);
    if (sizeBytes === null) problems.push(`${file.name} is missing`);
    else if (sizeBytes !== file.size_bytes) problems.push(`${file.name} has ${sizeBytes} bytes instead of ${file.size_bytes}`);
  }
  if (problems.length === 0) return;
  const more = problems.length > MAX_NAMED ? ` and ${problems.length - MAX_NAMED} more` : '';
  throw new FlowbenchError('dataset_changed', `The dataset at ${handle.uri} changed since its manifest was made: ${problems.slice(0, MAX_NAMED).join('; ')}${more}.`, {
    remedy: `"flowbench dataset verify ${handle.uri}" lists everything that differs.`,
  });
}

/** In S3 one listing tells the sizes of all files; on a disk each is looked up, as a folder may hold much else. */
async function sizesOf({ uri }: DatasetHandle): Promise<(name: string) => Promise<number | null>> {
  const storage = storageOf(uri);
  if (!isS3Uri(uri)) return (name) => storage.size(locationIn(uri, name));
  const sizes = new Map((await storage.list(uri)).map((file) => [file.uri, file.sizeBytes]));
  return (name) => Promise.resolve(sizes.get(locationIn(uri, name)) ?? null);
}
