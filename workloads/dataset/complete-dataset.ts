import { join } from 'node:path';
import { DuckDBSession } from '../duckdb/session.js';
import type { Answer } from '../model/answer.js';
import { FlowbenchError } from '../model/errors.js';
import type { DatasetHandle, Manifest } from '../model/manifest.js';
import { QUERY_IDS } from '../model/queries.js';
import type { S3Access } from '../model/s3-access.js';
import { buildManifest, manifestSteps } from './describe.js';
import { listDataset } from './inventory.js';
import { sealed } from './identity.js';
import { writeJsonFile } from './json-file.js';
import { computeAnswer, type QueryTextOf } from './make-answers.js';
import { answerPath, manifestPath } from './paths.js';
import type { Progress } from './progress.js';

/** What measuring and answering may take. */
export interface Limits {
  readonly threads: number;
  readonly memoryBytes: number;
  readonly spillDir: string;
  /** Where the files are in S3. */
  readonly s3?: S3Access;
}

export interface CompletionRequest {
  readonly dir: string;
  readonly scaleFactor: number;
  readonly origin: Manifest['origin'];
  readonly tools: Readonly<Record<string, string>>;
  readonly derivedFrom: Manifest['derived_from'];
  /** A manifest that the folder had before: when the files are still the same, where they come from is kept. */
  readonly previous?: Manifest | null;
  readonly session: DuckDBSession;
  readonly progress: Progress;
  readonly signal: AbortSignal;
  readonly textOf?: QueryTextOf;
  /** Sees the answers before anything is written; what it throws leaves the folder without a manifest. */
  readonly checkAnswers?: (answers: readonly Answer[]) => Promise<void>;
}

/** DuckDB's buffers outside its accounted memory, and Node itself. */
const OUTSIDE_LIMIT_SHARE = 0.3;

/** Runs `work` with a session within the limits; aborting the signal interrupts its running statement. */
export async function withSession<T>(limits: Limits, signal: AbortSignal, work: (session: DuckDBSession) => Promise<T>): Promise<T> {
  const session = await DuckDBSession.open({
    threads: limits.threads,
    memoryLimitBytes: Math.floor(limits.memoryBytes * (1 - OUTSIDE_LIMIT_SHARE)),
    spillDir: limits.spillDir,
    parquetMetadataCache: true,
    ...(limits.s3 === undefined ? {} : { s3: limits.s3 }),
  });
  const interrupt = () => {
    session.interrupt();
  };
  signal.addEventListener('abort', interrupt);
  try {
    return await work(session);
  } finally {
    signal.removeEventListener('abort', interrupt);
    session.close();
  }
}

/** Row-equivalents of a step (see generate-tables.ts), for the time left. */
const DESCRIBE_WEIGHT_PER_SCALE = 2_500_000;
const ANSWERS_WEIGHT_PER_SCALE = 3_500_000;

/**
 * Turns a folder of TPC-H Parquet into a dataset: measures the manifest, answers the 22 queries, writes
 * the answers and, last of all and at once, the manifest.
 */
export async function completeDataset(request: CompletionRequest): Promise<DatasetHandle> {
  const { dir, scaleFactor, progress } = request;
  progress.expect((DESCRIBE_WEIGHT_PER_SCALE + ANSWERS_WEIGHT_PER_SCALE) * scaleFactor);
  const manifest = await describe(request);
  progress.startPhase('Answering the queries');
  const answers: Answer[] = [];
  for (const query of QUERY_IDS) {
    throwIfCancelled(request.signal);
    progress.working(query);
    answers.push(await computeAnswer({ session: request.session, datasetId: manifest.dataset_id, scaleFactor, ...(request.textOf ? { textOf: request.textOf } : {}) }, query));
    progress.done({ label: query, weight: (ANSWERS_WEIGHT_PER_SCALE * scaleFactor) / QUERY_IDS.length, rows: 0 });
  }
  await request.checkAnswers?.(answers);
  for (const [index, query] of QUERY_IDS.entries()) await writeJsonFile(answerPath(dir, query), answers[index]);
  await writeJsonFile(manifestPath(dir), manifest);
  return { uri: dir, manifest };
}

async function describe(request: CompletionRequest): Promise<Manifest> {
  const { tables } = await listDataset(request.dir);
  request.progress.startPhase('Describing the files');
  const weight = (DESCRIBE_WEIGHT_PER_SCALE * request.scaleFactor) / manifestSteps(tables);
  const manifest = await buildManifest({
    ...request,
    tables,
    onStep: (label) => {
      throwIfCancelled(request.signal);
      request.progress.done({ label, weight, rows: 0 });
    },
  });
  const { previous } = request;
  if (previous?.dataset_id !== manifest.dataset_id) return manifest;
  const { origin, created_at, tools, derived_from } = previous;
  return sealed({ ...manifest, origin, created_at, tools, derived_from });
}

function throwIfCancelled(signal: AbortSignal): void {
  if (signal.aborted) throw new FlowbenchError('cancelled', 'Interrupted.', { remedy: 'The same command starts this step again.' });
}

/** Where DuckDB spills while a folder is being completed. */
export function spillFolder(workDir: string): string {
  return join(workDir, 'spill');
}
