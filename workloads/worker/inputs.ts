import type { DuckDBSession } from '../duckdb/session.js';
import { readParquet } from '../duckdb/compose.js';
import { generatingPath, manifestPath } from '../dataset/paths.js';
import { fileUri, rowsOf, scanOf, type TableScan } from '../dataset/source.js';
import { FlowbenchError } from '../model/errors.js';
import type { ManifestFile, ManifestTable } from '../model/manifest.js';
import { isS3Uri } from '../model/storage-uri.js';
import { storageOf } from '../storage/storage-of.js';
import type { DatasetFacts } from './dataset-facts.js';
import type { WorkerEnvironment } from './environment.js';
import { describeFolder } from './folder-dataset.js';
import type { Job, RowGroupChoice } from './job.js';
import { checkColumns } from './schema-check.js';

export interface ResolvedInput {
  /** Name → relation, for the stage's SQL. */
  readonly sources: ReadonlyMap<string, string>;
  /** The scans whose rows are counted: the driver, and whatever else is read in part. */
  readonly scans: ReadonlyMap<string, TableScan>;
  readonly facts: DatasetFacts;
  /**
   * Every file that is read has the size that the manifest says; rejects with `storage_read` where one has not.
   * To be awaited before anything is published. It goes on beside the engine's own work, as on S3 it is a
   * request a file: the engine alone would notice a truncated file, but never one that was replaced.
   */
  readonly filesChecked: Promise<void>;
}

/**
 * Finds the files a job reads and makes the relations of its SQL. Throws `dataset_changed` for another
 * dataset than the unit was planned for, `dataset_missing`, `schema_mismatch`, or `work_unit_invalid` (row
 * group outside the table).
 */
export async function resolveInput(job: Job, session: DuckDBSession, env: WorkerEnvironment): Promise<ResolvedInput> {
  const facts = await datasetFacts(job, session, env);
  const sources = new Map<string, string>();
  const scans = new Map<string, TableScan>();
  const files: ManifestFile[] = [];
  for (const [name, wanted] of job.reads) {
    const table = tableOf(job, facts, name);
    const columns = wanted === 'all' ? table.columns.map((column) => column.name) : wanted;
    if (wanted !== 'all') checkColumns(name, table, columns);
    const choice = job.rowGroups.get(name);
    const counted = name === job.driver || choice !== undefined;
    // Only the counted scans go through the environment: a fault planted there must show in the count.
    const scan = (counted ? env.scanOf : scanOf)(job.datasetUri, name, table, numbersOf(choice));
    if (counted) scans.set(name, scan);
    sources.set(name, rowsOf(scan, columns));
    files.push(...filesOf(table, numbersOf(choice)));
  }
  for (const [name, uris] of job.files) sources.set(name, `SELECT * FROM ${readParquet(uris)}`);
  const filesChecked = Promise.all([checkFiles(job, files), checkPresent([...job.files.values()].flat())]).then(() => undefined);
  // Whoever publishes is told; an attempt that failed before is told by its own failure.
  filesChecked.catch(() => undefined);
  return { sources, scans, facts, filesChecked };
}

async function datasetFacts(job: Job, session: DuckDBSession, env: WorkerEnvironment): Promise<DatasetFacts> {
  const { datasetUri } = job;
  if (job.isV1 && !(await isPrepared(datasetUri))) {
    return describeFolder(datasetUri, [...job.reads.keys()], session);
  }
  const { manifest } = await env.resources.dataset(datasetUri, job.datasetId);
  if (job.datasetId !== null && job.datasetId !== manifest.dataset_id) {
    throw new FlowbenchError('dataset_changed', `The work unit is for dataset ${job.datasetId}, but ${datasetUri} holds ${manifest.dataset_id}.`, {
      remedy: 'Plan the work units again over this dataset, or point the worker at the other one.',
    });
  }
  return { tables: manifest.tables, scaleFactor: manifest.scale_factor, numeric: manifest.numeric, invariants: manifest.invariants };
}

function tableOf(job: Job, facts: DatasetFacts, name: string): ManifestTable {
  const table = Object.hasOwn(facts.tables, name) ? facts.tables[name] : undefined;
  if (table !== undefined) return table;
  throw new FlowbenchError('dataset_missing', `${job.datasetUri} has no table "${name}", which ${job.queryLabel} reads.`, {
    remedy: `It has ${Object.keys(facts.tables).join(', ') || 'none'}.`,
  });
}

function numbersOf(choice: RowGroupChoice | undefined): 'all' | readonly number[] {
  if (choice === undefined) return 'all';
  if (choice.kind === 'list') return choice.numbers;
  return Array.from({ length: choice.to - choice.from }, (_, index) => choice.from + index);
}

/** The files that hold chosen row groups. */
function filesOf(table: ManifestTable, numbers: 'all' | readonly number[]): ManifestFile[] {
  if (numbers === 'all') return table.files;
  const chosen = new Set(numbers);
  let first = 0;
  return table.files.filter((file) => {
    const start = first;
    first += file.row_groups.length;
    return file.row_groups.some((_, index) => chosen.has(start + index));
  });
}

async function isPrepared(datasetUri: string): Promise<boolean> {
  const storage = storageOf(datasetUri);
  return (await Promise.all([manifestPath(datasetUri), generatingPath(datasetUri)].map((mark) => storage.size(mark)))).some((sizeBytes) => sizeBytes !== null);
}

/** Sizes asked for at once: each is a request on S3, and the engine's own requests go on beside them. */
const CHECKS_AT_ONCE = 16;

async function checkFiles(job: Job, files: readonly ManifestFile[]): Promise<void> {
  const unchecked = files.values();
  const lane = async (): Promise<void> => {
    for (const file of unchecked) {
      const uri = fileUri(job.datasetUri, file.name);
      const sizeBytes = await sizeOf(uri);
      if (sizeBytes === file.size_bytes) continue;
      throw new FlowbenchError('storage_read', `${uri} has ${sizeBytes} bytes where its dataset says ${file.size_bytes}: it is truncated or was replaced.`, {
        remedy: 'Restore the file, or make the dataset again.',
      });
    }
  };
  await Promise.all(Array.from({ length: CHECKS_AT_ONCE }, lane));
}

/** Local files only: an object of S3 is whole or not there, and the engine says which it misses. */
async function checkPresent(uris: readonly string[]): Promise<void> {
  await Promise.all(uris.filter((uri) => !isS3Uri(uri)).map(sizeOf));
}

async function sizeOf(uri: string): Promise<number> {
  const sizeBytes = await storageOf(uri).size(uri);
  if (sizeBytes !== null) return sizeBytes;
  throw new FlowbenchError('storage_read', `Cannot read ${uri}: there is no such file.`, { remedy: 'Restore the file, or plan again without it.' });
}
