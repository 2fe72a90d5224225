import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { FlowbenchError, messageOf } from '../model/errors.js';
import { isS3Uri } from '../model/storage-uri.js';
import { storageOf } from '../storage/storage-of.js';
import { TABLE_NAMES, type TableName } from '../tpch/schema.js';
import { readFooter, type Footer } from './footer.js';
import { byName } from './identity.js';
import { isMissing } from './node-errors.js';
import { withLocalCopy } from './local-copy.js';
import { locationIn, STATE_FOLDER } from './paths.js';

/** A Parquet file of a dataset, described from the file alone. */
export interface FileFacts {
  /** Relative to the dataset, with forward slashes. */
  readonly name: string;
  readonly sizeBytes: number;
  readonly sha256: string;
  readonly footer: Footer;
}

export interface Listing {
  /** Parquet files by table, each list in the order of names. */
  readonly tables: ReadonlyMap<TableName, readonly string[]>;
  /** Every other file: no Parquet, or of no table. */
  readonly others: readonly string[];
}

/**
 * Finds the Parquet files of each table: `<table>.parquet`, or anything below a folder `<table>/`.
 * Throws `dataset_missing` when the folder does not exist.
 */
export async function listDataset(dir: string): Promise<Listing> {
  const tables = new Map<TableName, string[]>();
  const others: string[] = [];
  for (const name of await (isS3Uri(dir) ? objectsBelow(dir) : filesBelow(dir))) {
    const table = name.endsWith('.parquet') ? tableOf(name) : undefined;
    if (table === undefined) others.push(name);
    else tables.set(table, [...(tables.get(table) ?? []), name]);
  }
  return { tables, others };
}

function tableOf(name: string): TableName | undefined {
  const first = name.slice(0, name.indexOf('/') === -1 ? -'.parquet'.length : name.indexOf('/'));
  return TABLE_NAMES.find((table) => table === first);
}

/** {@link filesBelow} for a prefix of S3, which is there when something is below it. */
async function objectsBelow(uri: string): Promise<string[]> {
  const start = locationIn(uri, '').length;
  const names = (await storageOf(uri).list(uri)).map((file) => file.uri.slice(start));
  if (names.length === 0) throw new FlowbenchError('dataset_missing', `There is nothing at ${uri}.`);
  const isShown = (name: string) => !name.startsWith(`${STATE_FOLDER}/`) && !name.split('/').some((part) => part.startsWith('.'));
  return names.filter(isShown).sort((a, b) => byName({ name: a }, { name: b }));
}

/** Relative names of all files in rising order, without flowbench's own folder and hidden files. */
async function filesBelow(dir: string, prefix = ''): Promise<string[]> {
  const entries = await readdir(join(dir, prefix), { withFileTypes: true }).catch((cause: unknown) => {
    if (isMissing(cause)) throw new FlowbenchError('dataset_missing', `There is no folder ${dir}.`, { cause });
    throw new FlowbenchError('storage_read', `Cannot list ${dir} (${messageOf(cause)}).`, { cause });
  });
  const names: string[] = [];
  for (const entry of entries) {
    const name = `${prefix}${entry.name}`;
    if (entry.name.startsWith('.') || name === STATE_FOLDER) continue;
    if (await isFolder(join(dir, name), entry)) names.push(...(await filesBelow(dir, `${name}/`)));
    else names.push(name);
  }
  return names.sort((a, b) => byName({ name: a }, { name: b }));
}

async function isFolder(path: string, entry: { isDirectory(): boolean; isSymbolicLink(): boolean }): Promise<boolean> {
  if (!entry.isSymbolicLink()) return entry.isDirectory();
  return stat(path).then((target) => target.isDirectory(), () => false);
}

/** Size, hash and footer of one file. Throws `dataset_invalid` when it is no whole Parquet file. */
export async function describeFile(dir: string, name: string): Promise<FileFacts> {
  const location = locationIn(dir, name);
  const sizeBytes = await storageOf(location).size(location);
  if (sizeBytes === null) throw new FlowbenchError('dataset_changed', `${name} is missing.`);
  return withLocalCopy(location, async (path) => ({ name, sizeBytes, sha256: await sha256OfFile(path), footer: await readFooter(path, name) }));
}

/** Streamed, so that a file of any size needs little memory. */
async function sha256OfFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(chunk as Buffer);
  return hash.digest('hex');
}
