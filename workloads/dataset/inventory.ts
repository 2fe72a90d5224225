import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { FlowbenchError, messageOf } from '../model/errors.js';
import { TABLE_NAMES, type TableName } from '../tpch/schema.js';
import { readFooter, type Footer } from './footer.js';
import { byName } from './identity.js';
import { isMissing } from './node-errors.js';
import { STATE_FOLDER } from './paths.js';

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
  for (const name of await filesBelow(dir)) {
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
  const path = join(dir, name);
  const sizeBytes = await fileSize(path);
  if (sizeBytes === null) throw new FlowbenchError('dataset_changed', `${name} is missing.`);
  return { name, sizeBytes, sha256: await sha256OfFile(path), footer: await readFooter(path, name) };
}

/** Size in bytes, or null when there is no such file. */
export async function fileSize(path: string): Promise<number | null> {
  try {
    return (await stat(path)).size;
  } catch (cause) {
    if (isMissing(cause)) return null;
    throw new FlowbenchError('storage_read', `Cannot look at ${path} (${messageOf(cause)}).`, { cause });
  }
}

/** Streamed, so that a file of any size needs little memory. */
async function sha256OfFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(chunk as Buffer);
  return hash.digest('hex');
}
