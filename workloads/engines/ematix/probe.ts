import { execFile } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { promisify } from 'node:util';
import { FlowbenchError, messageOf } from '../../model/errors.js';
import type { EmatixHome } from '../install/homes.js';
import { readArrowAnswer, typedRows } from './arrow-answer.js';
import type { EmatixParts } from './session.js';

const PROBE_TIMEOUT_MS = 60_000;
/** What it logs, when asked to, of the threads that it will use: `target_partitions=2 (forced, cores=2)`. */
const THREADS = /target_partitions=\d+ \([^)]*\bcores=(\d+)\)/;

/** The version that the program itself tells. Throws `engine_unavailable` for another than was installed. */
export async function liveVersion({ binary, version }: EmatixHome): Promise<string> {
  const remedy = 'Install it again: flowbench engines install ematix.';
  const { stdout } = await promisify(execFile)(binary, ['--version'], { env: {}, timeout: PROBE_TIMEOUT_MS }).catch((cause: unknown) => {
    throw new FlowbenchError('engine_unavailable', `${binary} cannot be run (${messageOf(cause).split('\n')[0]}).`, { remedy, cause });
  });
  const live = /^flow (\d+\.\d+\.\d+)\s*$/.exec(stdout)?.[1];
  if (live === undefined) throw new FlowbenchError('engine_unavailable', `${binary} says that it is "${stdout.trim()}", which is no ematix-flow.`, { remedy });
  if (live !== version) throw new FlowbenchError('engine_unavailable', `${binary} is ematix-flow ${live}, and ${version} was asked for.`, { remedy });
  return live;
}

/**
 * Has every worker carry out a tiny unit: it proves that the program starts, reads the files made for it and writes
 * what is read here. Answers the threads that all of them have, by their own word.
 */
export async function probeProgram({ units, files, context }: EmatixParts): Promise<number> {
  const signal = context.signal ?? new AbortController().signal;
  const threads = await Promise.all(Array.from({ length: context.workers }, async (_, position) => {
    const order = { id: `wu-probe-${position}`, sql: 'select count(*) as regions from region', tables: ['region'], folder: files.folderOf('lineitem', 0) };
    const { verdict, end, outputPath } = await units.run(order, position, { timeoutMs: PROBE_TIMEOUT_MS, signal }, { EMAT_DEBUG: '1' });
    if (!verdict.ok) {
      throw new FlowbenchError(verdict.failure.kind === 'cancelled' ? 'cancelled' : 'engine_unavailable', `ematix-flow did not carry out a first, tiny unit: ${verdict.failure.message}`);
    }
    const [row] = typedRows(await readArrowAnswer(outputPath)).rows;
    await rm(outputPath, { force: true });
    const regions = context.dataset.manifest.tables['region']?.rows;
    if (row?.[0] !== String(regions)) throw new FlowbenchError('engine_unavailable', `ematix-flow counts ${row?.[0] ?? 'no'} regions where the dataset has ${regions}.`);
    const cores = THREADS.exec(end.log)?.[1];
    if (cores === undefined) throw new FlowbenchError('engine_unavailable', 'ematix-flow does not say how many threads it uses.');
    return Number(cores);
  }));
  return threads.reduce((sum, count) => sum + count, 0);
}
