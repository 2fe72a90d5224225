import { access, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { FlowbenchError } from '../model/errors.js';
import { partName, type TableJob } from './layout-plan.js';
import type { Progress } from './progress.js';
import type { PythonEnv } from './python-env.js';
import { runTool } from './tool-process.js';

export interface GenerateContext {
  readonly env: PythonEnv;
  readonly scaleFactor: number;
  readonly rowGroupRows: number;
  readonly threads: number;
  /** Of one process. */
  readonly memoryBytes: number;
  /** Where raw files, runs and unfinished tables lie. */
  readonly workDir: string;
  /** Where finished tables go. */
  readonly targetDir: string;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/** Row-equivalents: how long a row takes in each phase, relative to generating it. */
const WEIGHT = { generate: 1, copy: 1, partition: 1, sort: 1.2 } as const;

/** What DataFusion holds besides its accounted pool: buffers of open writers, decoded batches, itself. */
const OUTSIDE_POOL_BYTES = 600_000_000;
const MINIMUM_POOL_BYTES = 200_000_000;

/** lineitem has a total order, so that equal rows of any cut end in equal bytes. */
const LINEITEM_ORDER = ['l_shipdate', 'l_orderkey', 'l_linenumber'] as const;

/** Generates the tables that are not there yet, one after the other, each appearing whole. */
export async function generateTables(context: GenerateContext, jobs: readonly TableJob[]): Promise<void> {
  const open: TableJob[] = [];
  for (const job of jobs) {
    if (await exists(join(context.targetDir, job.table))) continue;
    open.push(job);
    context.progress.expect(job.rows * (job.table === 'lineitem' ? WEIGHT.generate + WEIGHT.partition + WEIGHT.sort : WEIGHT.generate + WEIGHT.copy));
  }
  for (const job of open) {
    context.progress.startPhase(`Generating ${job.table}`);
    const finished = job.table === 'lineitem' ? await makeLineitem(context, job) : await makeTable(context, job);
    await mkdir(context.targetDir, { recursive: true });
    await rename(finished, join(context.targetDir, job.table));
  }
}

/** Keys rise over the files as the generator gives them. */
async function makeTable(context: GenerateContext, job: TableJob): Promise<string> {
  const folder = join(context.workDir, 'tables', job.table);
  const rows = job.rows / job.cuts;
  for (let cut = 1; cut <= job.cuts; cut += 1) {
    const output = join(folder, `${partName(cut)}.parquet`);
    if (!(await exists(output))) {
      const raw = await generateCut(context, job, cut);
      await runLayout(context, { operation: 'copy', input: raw, output, double_columns: [] });
      await rm(dirname(raw), { recursive: true, force: true });
    }
    context.progress.done({ label: `file ${cut} of ${job.cuts}`, weight: rows * (WEIGHT.generate + WEIGHT.copy), rows });
  }
  return folder;
}

/**
 * An external sort by months: each cut's rows are dealt out to the months, then each month is sorted by
 * itself. Needs the memory of one month, and of the disk one raw cut besides the compressed rows.
 */
async function makeLineitem(context: GenerateContext, job: TableJob): Promise<string> {
  // Rows dealt out by another number of cuts must not be mixed in: they would be there twice.
  const cutsFolder = join(context.workDir, `lineitem-in-${job.cuts}`);
  const months = join(cutsFolder, 'months');
  const rows = job.rows / job.cuts;
  for (let cut = 1; cut <= job.cuts; cut += 1) {
    const dealt = join(cutsFolder, 'dealt', partName(cut));
    if (!(await exists(dealt))) {
      const raw = await generateCut(context, job, cut);
      await runLayout(context, { operation: 'partition', input: raw, output: months, part: partName(cut), date_column: 'l_shipdate' });
      await mkdir(dirname(dealt), { recursive: true });
      await writeFile(dealt, '');
      await rm(dirname(raw), { recursive: true, force: true });
    }
    context.progress.done({ label: `part ${cut} of ${job.cuts}`, weight: rows * (WEIGHT.generate + WEIGHT.partition), rows });
  }
  return sortMonths(context, job, months);
}

async function sortMonths(context: GenerateContext, job: TableJob, months: string): Promise<string> {
  const folder = join(context.workDir, 'tables', job.table);
  const expectedMonths = 84;
  context.progress.startPhase(`Sorting ${job.table}`);
  await runLayout(context, { operation: 'sort', input: months, output: folder, order_by: LINEITEM_ORDER }, (month) => {
    const rows = job.rows / expectedMonths;
    context.progress.done({ label: month, weight: rows * WEIGHT.sort, rows });
  });
  return folder;
}

/** Writes one cut as raw Parquet and gives its path; it lies alone in its folder. */
async function generateCut(context: GenerateContext, job: TableJob, cut: number): Promise<string> {
  const folder = join(context.workDir, 'raw');
  await rm(folder, { recursive: true, force: true });
  context.progress.working(`part ${cut} of ${job.cuts}`);
  const args = ['parquet', '-s', String(context.scaleFactor), '-T', job.table, '-p', String(job.cuts), '--part', String(cut)];
  await runTool(context.env.tpchgen, [...args, '-o', folder, '-n', String(context.threads), '--quiet'], context);
  const raw = join(folder, job.table, `${job.table}.${cut}.parquet`);
  if (await exists(raw)) return raw;
  throw new FlowbenchError('internal', `tpchgen-cli did not write ${raw}.`);
}

/** One operation of layout.py in a process of its own, so that its memory is given back. */
export async function runLayout(
  context: Pick<GenerateContext, 'env' | 'threads' | 'memoryBytes' | 'rowGroupRows' | 'workDir' | 'signal'>,
  operation: Readonly<Record<string, unknown>>,
  onFinished: (name: string) => void = () => undefined,
): Promise<void> {
  const spillDir = join(context.workDir, 'spill');
  await mkdir(spillDir, { recursive: true });
  const request = {
    ...operation,
    threads: context.threads,
    row_group_rows: context.rowGroupRows,
    pool_bytes: Math.max(MINIMUM_POOL_BYTES, context.memoryBytes - OUTSIDE_POOL_BYTES),
    spill_dir: spillDir,
    ...(operation['operation'] === 'partition' ? { batch_rows: 65_536, parallel_encoding: 'false' } : { batch_rows: 8192, parallel_encoding: 'true' }),
  };
  await runTool(context.env.python, [join(__dirname, 'layout.py'), JSON.stringify(request)], {
    signal: context.signal,
    onLine: (line) => {
      onFinished((JSON.parse(line) as { finished: string }).finished);
    },
  });
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(() => true, () => false);
}
