import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FlowbenchError } from '../model/errors.js';
import type { DatasetHandle, Manifest, ManifestFile } from '../model/manifest.js';
import { QUERY_IDS } from '../model/queries.js';
import type { S3Access } from '../model/s3-access.js';
import { s3AccessFor } from '../storage/s3-access.js';
import { storageOf } from '../storage/storage-of.js';
import { queryText } from '../tpch/query-text.js';
import { TABLE_NAMES, type TableName } from '../tpch/schema.js';
import { loadAnswer } from './answers.js';
import { withSession } from './complete-dataset.js';
import { tableChecksums } from './derive-double.js';
import { measureManifest } from './describe.js';
import { describeFile, listDataset, type FileFacts } from './inventory.js';
import { inconsistencies, readManifest } from './load.js';
import { manifestDifferences } from './manifest-differences.js';
import { locationIn, manifestPath } from './paths.js';

export interface VerifyOptions {
  readonly dir: string;
  readonly memoryBytes: number;
  readonly threads: number;
  readonly signal: AbortSignal;
  readonly onStep: (what: string) => void;
}

/**
 * Measures everything that the manifest says again and lists all that differs; an empty list is a sound
 * dataset. Throws `dataset_missing` or `dataset_invalid` when there is no manifest to compare with.
 */
export async function verifyDataset(options: VerifyOptions): Promise<string[]> {
  const { dir } = options;
  const s3 = await s3AccessFor([dir]);
  const manifest = await readManifest(dir);
  const problems = inconsistencies(manifest).map((problem) => `${manifestPath('.')}: ${problem}`);
  problems.push(...(await orphans(dir, manifest)));
  const { facts, problems: fileProblems } = await describeManifestFiles(options, manifest);
  problems.push(...fileProblems);
  if (facts === null) problems.push('Row groups and invariants were not measured, as not every file is whole.');
  else problems.push(...(await measuredProblems(options, manifest, facts, s3)));
  problems.push(...(await answerProblems({ uri: dir, manifest })));
  return problems;
}

/** A Parquet file that a table's folder holds besides the manifest's would be read by an engine that lists folders. */
async function orphans(dir: string, manifest: Manifest): Promise<string[]> {
  const listing = await listDataset(dir);
  const known = new Set(Object.values(manifest.tables).flatMap((table) => table.files.map((file) => file.name)));
  const unknown = [...listing.tables.values()].flat().filter((name) => !known.has(name));
  // Someone else's folder may hold notes and markers; one that datagen made holds nothing else.
  const others = manifest.origin === 'adopted' ? [] : listing.others;
  return [...unknown, ...others].map((name) => `${name} is not in the manifest`);
}

/** `facts` is null when a file is missing, cut off or unreadable: then there is nothing whole to measure. */
async function describeManifestFiles(options: VerifyOptions, manifest: Manifest): Promise<{ facts: Map<TableName, FileFacts[]> | null; problems: string[] }> {
  const facts = new Map<TableName, FileFacts[]>();
  const problems: string[] = [];
  let whole = true;
  for (const table of TABLE_NAMES) {
    const files = manifest.tables[table]?.files ?? [];
    if (files.length === 0) problems.push(`The manifest names no file of ${table}`);
    const described: FileFacts[] = [];
    for (const file of files) {
      options.onStep(file.name);
      described.push(...(await collect(problems, () => describeAsStated(options.dir, file))));
    }
    whole &&= files.length > 0 && described.length === files.length;
    for (const { name, sha256 } of described) {
      const stated = files.find((file) => file.name === name)?.sha256;
      if (sha256 !== stated) problems.push(`${name} has other bytes: sha256 ${sha256} instead of ${stated}`);
    }
    facts.set(table, described);
  }
  return { facts: whole ? facts : null, problems };
}

async function describeAsStated(dir: string, file: ManifestFile): Promise<FileFacts> {
  const location = locationIn(dir, file.name);
  const sizeBytes = await storageOf(location).size(location);
  if (sizeBytes === null || sizeBytes === file.size_bytes) return describeFile(dir, file.name);
  throw new FlowbenchError('dataset_changed', `${file.name} has ${sizeBytes} bytes instead of ${file.size_bytes}`);
}

/** The outcome of `work`, or nothing and a problem more. */
async function collect<T>(problems: string[], work: () => Promise<T>): Promise<T[]> {
  try {
    return [await work()];
  } catch (error) {
    if (!(error instanceof FlowbenchError)) throw error;
    problems.push(error.message);
    return [];
  }
}

async function measuredProblems(options: VerifyOptions, manifest: Manifest, facts: Map<TableName, FileFacts[]>, s3: S3Access | undefined): Promise<string[]> {
  const spillDir = join(tmpdir(), `flowbench-verify-${process.pid}`);
  const limits = { threads: options.threads, memoryBytes: options.memoryBytes, spillDir, ...(s3 === undefined ? {} : { s3 }) };
  try {
    return await withSession(limits, options.signal, async (session) => {
      const tables = new Map([...facts].map(([table, files]) => [table, files.map((file) => file.name)]));
      const { origin, tools, derived_from: derivedFrom, scale_factor: scaleFactor } = manifest;
      const measured = await measureManifest({ dir: options.dir, tables, scaleFactor, origin, tools, derivedFrom, session, onStep: options.onStep }, facts);
      const problems = manifestDifferences(manifest, measured);
      if (derivedFrom === null) return problems;
      options.onStep('checksums');
      const checksums = await tableChecksums(session);
      const changed = TABLE_NAMES.filter((table) => checksums[table] !== derivedFrom.table_checksums[table]);
      return [...problems, ...changed.map((table) => `The rows of ${table} are not those of the dataset it was derived from`)];
    });
  } catch (error) {
    if (!(error instanceof FlowbenchError) || error.code === 'cancelled') throw error;
    return [error.message];
  } finally {
    await rm(spillDir, { recursive: true, force: true });
  }
}

async function answerProblems(handle: DatasetHandle): Promise<string[]> {
  const problems: string[] = [];
  for (const query of QUERY_IDS) {
    await collect(problems, () => loadAnswer(handle, query, queryText(query, handle.manifest.scale_factor)));
  }
  return problems;
}
