import { posix, resolve } from 'node:path';
import { FlowbenchError } from '../../model/errors.js';
import type { DatasetHandle, ManifestTable } from '../../model/manifest.js';
import { isS3Uri, joinUri } from '../../model/storage-uri.js';
import { storageOf } from '../../storage/storage-of.js';

/** A table of the dataset as Trino can have it: all files below a folder. */
export interface TrinoTable {
  readonly name: string;
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  /** Location by Trino's scheme, without a slash at its end. */
  readonly location: string;
  /** Some of its files lie in folders within. */
  readonly isNested: boolean;
}

const TYPES: Readonly<Record<string, string>> = { BIGINT: 'bigint', INTEGER: 'integer', SMALLINT: 'smallint', DOUBLE: 'double', FLOAT: 'real', VARCHAR: 'varchar', DATE: 'date', BOOLEAN: 'boolean' };
const DECIMAL = /^DECIMAL\(\d+,\d+\)$/;
/** Trino takes such files and folders for what other programs have not finished. */
const HIDDEN = /(^|\/)[._]/;

/**
 * The dataset as external tables. Trino reads folders whole, so that each table must have one of its own
 * that holds its files and no others. Throws `engine_unavailable` for a layout that it cannot read.
 */
export async function trinoTables(dataset: DatasetHandle): Promise<TrinoTable[]> {
  const tables = Object.entries(dataset.manifest.tables).map(([name, table]) => ({ name, folder: folderOf(name, table), table }));
  const uri = isS3Uri(dataset.uri) ? dataset.uri : resolve(dataset.uri);
  for (const { name, folder, table } of tables) await checkFolder(uri, name, folder, table);
  return tables.map(({ name, folder, table }) => ({
    name,
    columns: table.columns.map((column) => ({ name: column.name, type: typeOf(name, column) })),
    location: locationOf(joinUri(uri, folder)),
    isNested: table.files.some((file) => posix.dirname(file.name) !== folder),
  }));
}

/** `CREATE TABLE` over the files that are there. */
export function createTable(schema: string, { name, columns, location }: TrinoTable): string {
  const list = columns.map((column) => `${quote(column.name)} ${column.type}`).join(', ');
  return `CREATE TABLE ${quote(schema)}.${quote(name)} (${list}) WITH (external_location = '${location.replaceAll("'", "''")}', format = 'PARQUET')`;
}

export function quote(identifier: string): string {
  return `"${identifier.replaceAll('"', '""')}"`;
}

/** Trino's own name of a place: its local file system begins at the root of this machine's. */
export function locationOf(uri: string): string {
  return isS3Uri(uri) ? uri : `local://${uri}`;
}

function typeOf(table: string, { name, type }: { readonly name: string; readonly type: string }): string {
  const known = DECIMAL.test(type) ? type.toLowerCase() : TYPES[type];
  if (known === undefined) throw unreadable(`column ${table}.${name} has type ${type}, which is not known to it`);
  return known;
}

/** The deepest folder that holds all files of a table. */
function folderOf(name: string, { files }: ManifestTable): string {
  const folders = files.map((file) => posix.dirname(file.name).split('/'));
  const [first = ['.']] = folders;
  const shared = first.filter((part, depth) => folders.every((parts) => first.slice(0, depth + 1).every((own, index) => parts[index] === own)) && part !== '.');
  if (shared.length === 0) throw unreadable(`the files of ${name} have no folder of their own`);
  return shared.join('/');
}

async function checkFolder(uri: string, name: string, folder: string, { files }: ManifestTable): Promise<void> {
  const known = new Set(files.map((file) => joinUri(uri, file.name)));
  const hidden = files.find((file) => HIDDEN.test(file.name.slice(folder.length)));
  if (hidden !== undefined) throw unreadable(`it passes over ${hidden.name}, whose name begins as that of an unfinished file`);
  const found = await storageOf(uri).list(joinUri(uri, folder));
  const foreign = found.find((file) => !known.has(file.uri) && !HIDDEN.test(file.uri.slice(joinUri(uri, folder).length)));
  if (foreign !== undefined) throw unreadable(`the folder of ${name} also holds ${foreign.uri}, which is no file of that table`);
}

function unreadable(why: string): FlowbenchError {
  return new FlowbenchError('engine_unavailable', `Trino reads the folder of a table whole and cannot read this dataset as it lies: ${why}.`, {
    remedy: 'Lay the dataset out anew with "flowbench datagen", a folder for each table.',
  });
}
