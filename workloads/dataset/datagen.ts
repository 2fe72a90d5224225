import { join } from 'node:path';
import { DATAGEN_PACKAGES } from '../../images/versions.js';
import type { DuckDBSession } from '../duckdb/session.js';
import type { Answer } from '../model/answer.js';
import { configurationError, FlowbenchError } from '../model/errors.js';
import type { DatasetHandle, Manifest } from '../model/manifest.js';
import { completeDataset, spillFolder, withSession } from './complete-dataset.js';
import { decimalDatasetId, deriveTables, tableChecksums, type DecimalSource } from './derive-double.js';
import { FOLDER_LOCK_WAIT_MS, withFileLock } from './file-lock.js';
import { claimFolder, inspectFolder, releaseFolder, type GenerationSettings } from './folder-state.js';
import { generateTables, type GenerateContext } from './generate-tables.js';
import { listDataset } from './inventory.js';
import { tableJobs } from './layout-plan.js';
import { checkUnchanged, loadDataset } from './load.js';
import { refuseS3 } from './local-copy.js';
import type { QueryTextOf } from './make-answers.js';
import { STATE_FOLDER, workFolder } from './paths.js';
import { Progress, type ProgressSink } from './progress.js';
import { checkPublishedAnswers, PUBLISHED_SCALE_FACTORS } from './published-answers.js';
import { ensurePythonEnv } from './python-env.js';
import { createTableViews } from './table-views.js';

export interface DatagenOptions {
  readonly scaleFactor: number;
  /** Folder of the dataset; made when missing. */
  readonly out: string;
  readonly rowGroupRows: number;
  readonly numeric: Manifest['numeric'];
  /** Decimal dataset that a `double` one is derived from; generated on the way when undefined. */
  readonly from?: string;
  /** In how many cuts lineitem is generated (default by scale factor); changes no byte of the result. */
  readonly parts?: number;
  /** What each process may take. */
  readonly memoryBytes: number;
  readonly threads: number;
  /** flowbench's folder in the user's cache. */
  readonly cacheDir: string;
  /** The Python that the private environment is built upon. */
  readonly python: string;
  readonly sink: ProgressSink;
  readonly signal: AbortSignal;
  /** Where query texts come from (default: the suite's); a test puts a wrong one in. */
  readonly textOf?: QueryTextOf;
}

export interface DatagenResult {
  readonly handle: DatasetHandle;
  /** False when the very same dataset was complete already. */
  readonly made: boolean;
  /** How many answers were found equal to the published ones; null when none are published at this scale factor. */
  readonly publishedCompared: number | null;
}

const MINIMUM_MEMORY_BYTES = 1_000_000_000;

/**
 * Makes a TPC-H dataset: generates, lays out, describes, answers, checks. Continues what an interrupted
 * call with the same settings left. Throws `internal` naming query, row and column when an answer differs
 * from the published one: the folder then stays unfinished.
 */
export async function generateDataset(options: DatagenOptions): Promise<DatagenResult> {
  checkOptions(options);
  for (const place of [options.out, options.from ?? '']) refuseS3('"flowbench datagen"', place);
  const source = options.from === undefined ? null : await openSource(options.from, options.scaleFactor);
  const lock = { what: `The dataset folder ${options.out}`, waitMs: FOLDER_LOCK_WAIT_MS };
  const settings = settingsOf(options, source);
  // Looked at before the lock too, as the lock is a file in a folder that may be someone else's.
  await inspectFolder(options.out, settings);
  return withFileLock(join(options.out, STATE_FOLDER, 'lock'), lock, async () => {
    if ((await inspectFolder(options.out, settings)) === 'generate') {
      await claimFolder(options.out, settings);
      return generate(options, settings, source);
    }
    const handle = await loadDataset(options.out);
    await checkUnchanged(handle);
    await releaseFolder(options.out);
    return { handle, made: false, publishedCompared: null };
  });
}

function checkOptions(options: DatagenOptions): void {
  const problems: string[] = [];
  const wholeNumber = (name: string, value: number | undefined) => {
    if (value !== undefined && !(Number.isInteger(value) && value > 0)) problems.push(`${name} ${value} is not a positive whole number.`);
  };
  if (!(options.scaleFactor > 0 && Number.isFinite(options.scaleFactor))) problems.push(`Scale factor ${options.scaleFactor} is not a positive number.`);
  wholeNumber('--row-group-rows', options.rowGroupRows);
  wholeNumber('--parts', options.parts);
  if (options.memoryBytes < MINIMUM_MEMORY_BYTES) problems.push(`--memory ${options.memoryBytes} bytes is less than the ${MINIMUM_MEMORY_BYTES} needed.`);
  if (options.from !== undefined && options.numeric === 'decimal') problems.push('--from needs --numeric double.');
  if (problems.length > 0) throw configurationError(problems);
}

function settingsOf(options: DatagenOptions, source: DatasetHandle | null): GenerationSettings {
  return {
    settings_version: 1,
    scale_factor: options.scaleFactor,
    numeric: options.numeric,
    row_group_rows: options.rowGroupRows,
    source_dataset_id: source?.manifest.dataset_id ?? null,
    packages: DATAGEN_PACKAGES,
  };
}

async function openSource(from: string, scaleFactor: number): Promise<DatasetHandle> {
  const source = await loadDataset(from);
  await checkUnchanged(source);
  const { numeric, scale_factor: found } = source.manifest;
  if (numeric === 'decimal' && found === scaleFactor) return source;
  throw new FlowbenchError('configuration', `${from} is a ${numeric} dataset of scale factor ${found}.`, {
    remedy: `Give a decimal one of scale factor ${scaleFactor} as --from, or leave --from out to generate it.`,
  });
}

async function generate(options: DatagenOptions, settings: GenerationSettings, source: DatasetHandle | null): Promise<DatagenResult> {
  const progress = new Progress(options.sink);
  const onNote = (line: string) => {
    progress.note(line);
  };
  const env = await ensurePythonEnv({ ...options, onNote });
  const workDir = workFolder(options.out);
  const context: GenerateContext = { ...options, env, workDir, targetDir: options.out, progress };
  const limits = { threads: options.threads, memoryBytes: options.memoryBytes, spillDir: spillFolder(workDir) };
  return withSession(limits, options.signal, async (session) => {
    const derivedFrom = await makeTables(context, options, session, source);
    let publishedCompared: number | null = null;
    const handle = await completeDataset({
      dir: options.out,
      scaleFactor: options.scaleFactor,
      origin: derivedFrom === null ? 'generated' : 'derived',
      tools: settings.packages,
      derivedFrom,
      session,
      progress,
      signal: options.signal,
      ...textOfOption(options),
      checkAnswers: async (answers) => {
        publishedCompared = await requirePublished(options, session, env.tpchExtension, answers);
      },
    });
    await releaseFolder(options.out);
    return { handle, made: true, publishedCompared };
  });
}

/** Fills the folder with tables; for doubles also says what they were made from. */
async function makeTables(context: GenerateContext, options: DatagenOptions, session: DuckDBSession, source: DatasetHandle | null): Promise<Manifest['derived_from']> {
  const jobs = tableJobs(options.scaleFactor, options.parts);
  if (options.numeric === 'decimal') {
    await generateTables(context, jobs);
    return null;
  }
  const sourceDir = source?.uri ?? join(context.workDir, 'source');
  if (source === null) await generateTables({ ...context, targetDir: sourceDir }, jobs);
  const decimals: DecimalSource = { dir: sourceDir, tables: (await listDataset(sourceDir)).tables };
  await deriveTables(context, decimals);
  await createTableViews(session, decimals.dir, decimals.tables);
  return {
    dataset_id: source?.manifest.dataset_id ?? (await decimalDatasetId(decimals, options.scaleFactor)),
    table_checksums: await tableChecksums(session),
  };
}

function textOfOption(options: DatagenOptions): { textOf?: QueryTextOf } {
  return options.textOf === undefined ? {} : { textOf: options.textOf };
}

async function requirePublished(options: DatagenOptions, session: DuckDBSession, extensionPath: string, answers: readonly Answer[]): Promise<number | null> {
  const { scaleFactor } = options;
  if (!PUBLISHED_SCALE_FACTORS.includes(scaleFactor)) return null;
  const { compared, problems } = await checkPublishedAnswers({ session, scaleFactor, extensionPath, answers, ...textOfOption(options) });
  if (problems.length === 0) return compared;
  throw new FlowbenchError('internal', `Answers differ from the published ones of scale factor ${scaleFactor}:\n${problems.map((problem) => `  - ${problem}`).join('\n')}\n`, {
    remedy: 'A query text or the generated data is wrong; the folder was left unfinished.',
  });
}
