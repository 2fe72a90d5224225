import { countOf, countedRowGroups, type TableScan } from '../dataset/source.js';
import { withSources } from '../duckdb/compose.js';
import type { DuckDBSession } from '../duckdb/session.js';
import { FlowbenchError } from '../model/errors.js';
import type { WorkUnit } from '../model/work-unit.js';
import { isS3Uri } from '../model/storage-uri.js';
import { s3AccessFor } from '../storage/s3-access.js';
import { s3Settings } from '../storage/settings.js';
import type { WorkerMetrics } from '../model/worker-metrics.js';
import type { WorkerEnvironment } from './environment.js';
import { resolveInput, type ResolvedInput } from './inputs.js';
import { jobOf, readUris, type Job } from './job.js';
import { checkWritable, PendingFiles, writeError, type PublishedFile } from './pending-files.js';
import { prepareOutput } from './prepare-output.js';
import { emptyMetrics, withError, writeMetricsBeside } from './report.js';
import { RetryBudget } from './retry.js';
import { startUsageMeter, type ReadsFrom } from './usage.js';

/**
 * Carries out one work unit and reports it; never throws, a failure is in the report's `error`. On success
 * the partial is whole under its final name, on failure nothing is there that was not there before.
 */
export async function runUnit(unit: WorkUnit, env: WorkerEnvironment): Promise<WorkerMetrics> {
  const startedMs = performance.now();
  const usage = startUsageMeter(readsFrom(unit, env));
  let metrics = emptyMetrics(unit, env.node);
  let job: Job | null = null;
  try {
    const wanted = (job = jobOf(unit, env.defaults, env.podUid));
    const budget = new RetryBudget(env.retry, {
      signal: env.signal,
      onRetry: (error, delayMs) => { env.log('warn', `${error.sentence} Trying again in ${Math.round(delayMs)} ms.`); },
    });
    const measured = await budget.run(() => attempt(wanted, env, budget));
    metrics = { ...metrics, ...measured, ignored_options: [...wanted.ignoredOptions] };
  } catch (error) {
    metrics = withError(metrics, error);
  }
  env.resources.release(metrics.error !== null);
  const { bytesRead, cpuMs, maxRssBytes } = usage();
  metrics = { ...metrics, bytes_read: bytesRead, cpu_ms: cpuMs, max_rss_bytes: maxRssBytes, wall_ms: performance.now() - startedMs };
  if (job !== null) {
    await writeMetricsBeside(job.output, metrics, (why) => { env.log('warn', `No metrics file beside the output: ${why}`); });
  }
  return metrics;
}

type Measured = Pick<
  WorkerMetrics,
  'row_group_range' | 'row_groups' | 'rows_in' | 'rows_out' | 'decode_ms' | 'exec_ms' | 'upload_ms' | 'proof_ms' | 'bytes_written' | 'output_uri' | 'output_files' | 'engine_version'
>;

async function attempt(job: Job, env: WorkerEnvironment, budget: RetryBudget): Promise<Measured> {
  const pending = new PendingFiles({ uploadFrom: job.settings.spillDir, isOwn: job.output.isOwn, retrying: (work) => budget.run(work) });
  const discard = (): void => { pending.discard(); };
  env.signal.addEventListener('abort', discard);
  try {
    env.signal.throwIfAborted();
    return await attemptWith(job, env, pending);
  } catch (error) {
    throw env.signal.aborted ? cancelled() : storageError(job, pending, error);
  } finally {
    env.signal.removeEventListener('abort', discard);
    pending.discard();
  }
}

async function attemptWith(job: Job, env: WorkerEnvironment, pending: PendingFiles): Promise<Measured> {
  const lap = stopwatch();
  await checkWritable(job.output.uri);
  // The manifest is read while the engine starts; what is wrong with it is told when its turn comes.
  const manifestRead = env.resources.dataset(job.datasetUri, job.datasetId).catch(() => null);
  const s3 = await s3AccessFor(readUris(job));
  const session = await env.resources.session(s3 === undefined ? job.settings : { ...job.settings, s3 });
  await manifestRead;
  const stop = interruptOn(env.signal, session);
  try {
    const input = await resolveInput(job, session, env);
    const made = await filesFirst(input, env, () => makePartial(job, env, session, input, pending, lap));
    env.signal.throwIfAborted();
    const files = namedFiles(await pending.publish(), made.rows);
    return {
      ...readProof(job, made.counted),
      rows_out: sumOf(files.map((file) => file.rows)),
      decode_ms: made.decodeMs,
      exec_ms: made.execMs,
      proof_ms: made.proofMs,
      upload_ms: lap(),
      bytes_written: sumOf(files.map((file) => file.size_bytes)),
      output_uri: files[0]?.uri ?? null,
      output_files: files,
      engine_version: session.version,
    };
  } finally {
    stop();
  }
}

/** A pod has its network to itself, unless the store is on this very machine. */
function readsFrom(unit: WorkUnit, env: WorkerEnvironment): ReadsFrom {
  if (!isS3Uri(unit.input.uri_prefix)) return 'files';
  const isLocal = /^https?:\/\/(127\.|localhost\b|\[::1\])/.test(s3Settings().endpoint ?? '');
  return env.podUid === null || isLocal ? 'shared' : 'network';
}

/** A partial that is not published yet. */
interface MadePartial {
  /** Of each output file. */
  readonly rows: readonly number[];
  readonly counted: Counted;
  readonly decodeMs: number;
  readonly execMs: number;
  readonly proofMs: number;
}

async function makePartial(job: Job, env: WorkerEnvironment, session: DuckDBSession, input: ResolvedInput, pending: PendingFiles, lap: () => number): Promise<MadePartial> {
  const sql = withSources(input.sources, job.sql(input.facts));
  env.log('debug', sql);
  const output = await prepareOutput(session, sql, job.output, pending);
  const decodeMs = lap();
  env.signal.throwIfAborted();
  const rows = await output.run();
  const execMs = lap();
  const counted = await countRead(session, input.scans);
  return { rows, counted, decodeMs, execMs, proofMs: lap() };
}

/** A file that is not the manifest's comes first: what the engine says of it is only what follows from that. */
async function filesFirst<T>({ filesChecked }: ResolvedInput, { signal }: WorkerEnvironment, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } finally {
    if (!signal.aborted) await filesChecked;
  }
}

function namedFiles(published: readonly PublishedFile[], rows: readonly number[]): WorkerMetrics['output_files'] {
  return published.map(({ uri, sizeBytes }, index) => ({ uri, size_bytes: sizeBytes, rows: rows[index] ?? 0 }));
}

type Counted = WorkerMetrics['row_groups'];

/** Counts the rows of the very reads the partial was made from, see source.ts. */
async function countRead(session: DuckDBSession, scans: ReadonlyMap<string, TableScan>): Promise<Counted> {
  const counted: Counted = {};
  for (const [table, scan] of scans) {
    const sql = countOf(scan);
    counted[table] = sql === null ? [] : countedRowGroups(scan, await session.queryKeepingFooters(sql));
  }
  return counted;
}

function readProof(job: Job, counted: Counted): Pick<Measured, 'row_groups' | 'rows_in' | 'row_group_range'> {
  const groups = job.driver === null ? null : (counted[job.driver] ?? []);
  return {
    row_groups: counted,
    rows_in: groups === null ? null : sumOf(groups.map((group) => group.rows)),
    row_group_range: job.isV1 && groups !== null ? contiguousRange(groups.map((group) => group.number)) : null,
  };
}

/** The half-open range of rising numbers without a gap; null for none or with one. */
function contiguousRange(numbers: readonly number[]): [number, number] | null {
  const [first, last] = [numbers[0], numbers.at(-1)];
  if (first === undefined || last === undefined || last - first + 1 !== numbers.length) return null;
  return [first, last + 1];
}

/** Again and again until the attempt ends: an interrupt that falls between two statements is lost on the second. */
const INTERRUPT_EVERY_MS = 20;

function interruptOn(signal: AbortSignal, session: DuckDBSession): () => void {
  let timer: NodeJS.Timeout | undefined;
  const interrupt = (): void => {
    session.interrupt();
    timer = setInterval(() => { session.interrupt(); }, INTERRUPT_EVERY_MS);
  };
  signal.addEventListener('abort', interrupt);
  return () => {
    signal.removeEventListener('abort', interrupt);
    clearInterval(timer);
  };
}

function cancelled(): FlowbenchError {
  return new FlowbenchError('cancelled', 'The unit was stopped by a signal.');
}

const IO_CODES: ReadonlySet<string> = new Set(['storage_read', 'storage_write', 'out_of_disk']);

/**
 * The engine reports reading, writing and damaged files alike as errors of its own; here they get their side.
 * What a person must mend about S3 (no right, no such bucket) is storage to whoever sent the unit.
 */
function storageError(job: Job, pending: PendingFiles, error: unknown): unknown {
  if (!(error instanceof FlowbenchError)) return error;
  if (IO_CODES.has(error.code) && pending.concerns(error)) return writeError(job.output.uri, error);
  if (error.code === 'configuration') {
    return new FlowbenchError('storage_read', error.message, { cause: error, ...(error.remedy === undefined ? {} : { remedy: error.remedy }) });
  }
  const damaged = error.code === 'dataset_invalid' && error.message.startsWith('DuckDB: ');
  return damaged ? new FlowbenchError('storage_read', error.message, { remedy: 'The Parquet file is truncated or damaged: restore it.', cause: error }) : error;
}

/** Milliseconds since the last lap. */
function stopwatch(): () => number {
  let last = performance.now();
  return () => {
    const now = performance.now();
    const elapsed = now - last;
    last = now;
    return elapsed;
  };
}

function sumOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}
