import { mkdir, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { DatasetIndex } from '../../coordinator/dataset-index.js';
import { DuckDBSession } from '../../duckdb/session.js';
import { configurationError, FlowbenchError } from '../../model/errors.js';
import { isS3Uri } from '../../model/storage-uri.js';
import type { EngineRunner, EngineSession, Parity, SessionContext } from '../contract.js';
import { freeBytes } from '../free-bytes.js';
import type { EmatixHome } from '../install/homes.js';
import { OutputPlaces } from '../output-places.js';
import { liveVersion, probeProgram } from './probe.js';
import { machineMemoryBytes } from './processors.js';
import { closeParts, EmatixSession, type EmatixParts } from './session.js';
import { ShardFiles } from './shard-files.js';
import { Units } from './units.js';

export interface EmatixRunnerOptions {
  /** Where the program is; throws `tool_missing` when it is not installed. */
  readonly home: () => Promise<EmatixHome>;
}

/**
 * ematix-flow as its makers release it: `flow run-shard`, a process a unit. It is asked only over doubles, reads
 * files cut for it, and is shown with whatever it answers.
 */
export class EmatixRunner implements EngineRunner {
  readonly id = 'ematix';
  readonly scaling = 'units';
  readonly executors = ['process'] as const;
  readonly variants = ['default'];
  readonly tiers = ['default'];

  constructor(private readonly options: EmatixRunnerOptions) {}

  async open(context: SessionContext): Promise<EngineSession> {
    const startedAt = performance.now();
    refuse(context);
    const home = await this.options.home();
    const version = await liveVersion(home);
    const scratchDir = join(context.scratchDir, 'ematix');
    await rm(scratchDir, { recursive: true, force: true });
    await mkdir(scratchDir, { recursive: true });
    const session = await mergingSession(context, scratchDir);
    const places = new OutputPlaces(context);
    try {
      const index = new DatasetIndex(context.dataset.manifest);
      const registeredFrom = performance.now();
      const files = await ShardFiles.make({
        datasetDir: resolve(context.dataset.uri), index, folder: join(scratchDir, 'files'), workers: context.workers, assignment: context.assignment ?? 'balanced', seed: context.seed,
      });
      const registerMs = performance.now() - registeredFrom;
      const memory = memoryOf(context.memoryLimitBytes);
      const settings = { EMAT_TARGET_PARTITIONS: String(context.threadsPerWorker), ...memory.settings };
      const units = new Units({ binary: home.binary, threadsPerWorker: context.threadsPerWorker, settings, workDir: join(scratchDir, 'units'), spillDir: join(context.workerSpillDir, 'ematix') });
      const parts: EmatixParts = { context, scratchDir, places, units, files, session, index, version, settings };
      const threadsTotal = await probeProgram(parts);
      const parity: Parity = {
        nodes: 1, threadsTotal, memoryLimitBytesTotal: memory.limitBytes * context.workers, storageMedium: 'local_copy', datasetId: context.dataset.manifest.dataset_id,
        parallelism: context.threadsPerWorker * context.workers, scratchFreeBytes: freeBytes(scratchDir),
      };
      const openMs = performance.now() - startedAt;
      return new EmatixSession(parts, parity, openMs, { startMs: openMs - registerMs, sessionMs: null, registerMs, analyzeMs: null });
    } catch (error) {
      await closeParts({ session, scratchDir, places });
      throw error;
    }
  }
}

function refuse({ dataset, executor, variant }: SessionContext): void {
  if (variant !== 'default') throw configurationError([`Unknown variant "${variant}".`], 'ematix-flow has the variant default alone.');
  if (executor !== 'process') throw configurationError([`ematix-flow has no executor "${executor}".`], 'Give --executor process: it starts a process for each unit.');
  if (dataset.manifest.numeric !== 'double') {
    throw new FlowbenchError('engine_unavailable', 'ematix-flow 1.0.0 gives decimals back as whole numbers without their scale, computes on these, and ends with exit code 0: its answers over a decimal dataset mean nothing.', {
      remedy: 'Make a dataset of doubles: flowbench datagen --numeric double.',
    });
  }
  if (isS3Uri(dataset.uri)) {
    throw new FlowbenchError('engine_unavailable', `ematix-flow 1.0.0 refuses s3:// locations in "flow run-shard", and the dataset is ${dataset.uri}.`, { remedy: 'Measure it over a dataset in a folder of this machine.' });
  }
}

/** Merges at the coordinator, as for the flow engine. */
function mergingSession(context: SessionContext, scratchDir: string): Promise<DuckDBSession> {
  return DuckDBSession.open({
    threads: context.coordinatorThreads ?? context.workers * context.threadsPerWorker,
    memoryLimitBytes: context.coordinatorMemoryBytes ?? context.memoryLimitBytes,
    spillDir: join(scratchDir, 'spill'),
    parquetMetadataCache: false,
  });
}

/**
 * By itself it takes what memory the machine has. The limit that every engine is given it takes as a fraction of the
 * machine's memory, and says nothing of it: what is reported is what that fraction comes to.
 */
function memoryOf(limitBytes: number): { readonly limitBytes: number; readonly settings: Readonly<Record<string, string>> } {
  const machineBytes = machineMemoryBytes();
  if (machineBytes === null) return { limitBytes: 0, settings: {} };
  const fraction = Math.min(1, limitBytes / machineBytes).toFixed(6);
  return { limitBytes: Math.floor(machineBytes * Number(fraction)), settings: { EMAT_MEM_POOL_FRACTION: fraction } };
}
