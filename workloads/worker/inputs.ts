import { existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { DuckDBSession } from '../duckdb/session.js';
import { readParquet } from '../duckdb/compose.js';
import { generatingPath, manifestPath } from '../dataset/paths.js';
import { fileUri, rowsOf, scanOf, type TableScan } from '../dataset/source.js';
import { FlowbenchError, messageOf } from '../model/errors.js';
import type { ManifestFile, ManifestTable } from '../model/manifest.js';
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
}

/**
 * Finds the files a job reads and makes the relations of its SQL. Throws `dataset_changed` for another
 * dataset than the unit was planned for, `dataset_missing`, `schema_mismatch`, `work_unit_invalid` (row
 * group outside the table) or `storage_read` (file missing, or of another size than the manifest says).
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
  await checkFiles(job, files);
  for (const [name, uris] of job.files) sources.set(name, `SELECT * FROM ${readParquet(uris)}`);
  await checkPresent([...job.files.values()].flat());
  return { sources, scans, facts };
}

async function datasetFacts(job: Job, session: DuckDBSession, env: WorkerEnvironment): Promise<DatasetFacts> {
  const { datasetUri } = job;
  if (job.isV1 && !existsSync(manifestPath(datasetUri)) && !existsSync(generatingPath(datasetUri))) {
    return describeFolder(datasetUri, [...job.reads.keys()], session);
  }
  const { manifest } = await env.resources.dataset(datasetUri);
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

async function checkFiles(job: Job, files: readonly ManifestFile[]): Promise<void> {
  await Promise.all(
    files.map(async (file) => {
      const path = fileUri(job.datasetUri, file.name);
      const sizeBytes = await sizeOf(path);
      if (sizeBytes === file.size_bytes) return;
      throw new FlowbenchError('storage_read', `${path} has ${sizeBytes} bytes where its dataset says ${file.size_bytes}: it is truncated or was replaced.`, {
        remedy: 'Restore the file, or make the dataset again.',
      });
    }),
  );
}

async function checkPresent(paths: readonly string[]): Promise<void> {
  await Promise.all(paths.map(sizeOf));
}

async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size;
  } catch (cause) {
    throw new FlowbenchError('storage_read', `Cannot read ${path} (${messageOf(cause)}).`, { remedy: 'Restore the file, or plan again without it.', cause });
  }
}
