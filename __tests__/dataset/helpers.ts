import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBSession } from '../../workloads/duckdb/session.js';
import { FlowbenchError } from '../../workloads/model/errors.js';
import type { Manifest } from '../../workloads/model/manifest.js';
import { MANIFEST_PATH } from '../../workloads/model/names.js';
import type { ProgressSink } from '../../workloads/dataset/progress.js';

/** The repository's sample dataset, never to be written to. */
export const SAMPLE_DIR = join(__dirname, '..', '..', 'workloads', 'tpch', 'sample', 'sf0.01');

/** Folders that {@link removeTempFolders} removes. */
const folders: string[] = [];

export async function tempFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'flowbench-dataset-'));
  folders.push(folder);
  return folder;
}

export async function removeTempFolders(): Promise<void> {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true });
}

/** A copy of the sample that a test may damage. */
export async function copyOfSample(): Promise<string> {
  const folder = await tempFolder();
  await cp(SAMPLE_DIR, folder, { recursive: true });
  return folder;
}

/** Rewrites a copy's manifest. */
export async function editManifest(dir: string, edit: (manifest: Manifest) => void): Promise<void> {
  const path = join(dir, MANIFEST_PATH);
  const manifest = JSON.parse(await readFile(path, 'utf8')) as Manifest;
  edit(manifest);
  await writeFile(path, JSON.stringify(manifest));
}

export const silent: ProgressSink = { isTTY: false, write: () => undefined };
export const LIMITS = { memoryBytes: 1_000_000_000, threads: 2 } as const;

export async function withDuckDB<T>(work: (session: DuckDBSession) => Promise<T>): Promise<T> {
  const session = await DuckDBSession.open({ threads: 2, memoryLimitBytes: LIMITS.memoryBytes, spillDir: join(tmpdir(), 'flowbench-spill'), parquetMetadataCache: false });
  try {
    return await work(session);
  } finally {
    session.close();
  }
}

/** The error a promise must be rejected with. */
export async function rejection(promise: Promise<unknown>): Promise<FlowbenchError> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof FlowbenchError) return error;
    throw error;
  }
  throw new Error('was not rejected');
}
