import { commit } from '../coordinator/committed.js';
import { partialsOf } from '../coordinator/merge.js';
import { outputUri } from '../coordinator/plan.js';
import { readParquet } from '../duckdb/compose.js';
import { FlowbenchError } from '../model/errors.js';
import { WORK_UNIT_V2_SCHEMA } from '../model/names.js';
import type { WorkUnitV2 } from '../model/work-unit.js';
import type { Parity } from './contract.js';
import type { FlowParts } from './flow-session.js';
import { LIVE_SETTINGS_SQL, readLiveSettings, storageMediumOf } from './live-settings.js';

const PROBE_TIMEOUT_MS = 60_000;
/** A node may have to be started for a pod, and an image brought to it. */
const POD_PROBE_TIMEOUT_MS = 15 * 60_000;

/**
 * Has every worker carry out one tiny unit before the first query: it proves that workers start, see the
 * dataset and write where the coordinator reads, and what threads and memory they really have. Throws
 * `worker_lost` when one does not, or runs another version than the coordinator.
 */
export async function probeWorkers(parts: FlowParts): Promise<Parity> {
  const { context, executor, session, places } = parts;
  const { name, uri: outputDir } = places.next('probe');
  await places.make(outputDir);
  const units = Array.from({ length: context.workers }, (_, position) => probeUnit(parts, outputDir, position));
  const outcomes = await executor.execute(units, {
    name, timeoutMs: places.outputPerPod ? POD_PROBE_TIMEOUT_MS : PROBE_TIMEOUT_MS, signal: context.signal ?? new AbortController().signal,
  });
  const committed = outcomes.map((outcome, position) => {
    const { result } = outcome;
    if (!result.ok) throw new FlowbenchError('worker_lost', `A worker failed before the first query: ${result.failure.message}`, { remedy: 'Look at its log above.' });
    if (result.metrics.engine_version !== session.version) {
      throw new FlowbenchError('worker_lost', `A worker runs DuckDB ${result.metrics.engine_version}, the coordinator ${session.version}.`, { remedy: 'Install both from one package.' });
    }
    return commit(units[position] as WorkUnitV2, outcome, result.metrics);
  });
  const { uris } = partialsOf({ id: 1, kind: 'scan', sideInputs: [], units }, committed);
  const live = readLiveSettings(await session.query(`SELECT * FROM ${readParquet(uris)}`));
  await places.leave(outputDir);
  return {
    nodes: live.length,
    threadsTotal: live.reduce((sum, { threads }) => sum + threads, 0),
    memoryLimitBytesTotal: live.reduce((sum, { memoryLimitBytes }) => sum + memoryLimitBytes, 0),
    storageMedium: storageMediumOf(context.dataset.uri),
    datasetId: context.dataset.manifest.dataset_id,
    parallelism: live.reduce((sum, { threads }) => sum + threads, 0),
    // Workers spill on machines of their own.
    scratchFreeBytes: null,
  };
}

function probeUnit({ context, places, parquetMetadataCache }: FlowParts, outputDir: string, position: number): WorkUnitV2 {
  const id = `wu-probe-${position}`;
  return {
    $schema: WORK_UNIT_V2_SCHEMA,
    id,
    run_id: context.runId,
    dataset_id: context.dataset.manifest.dataset_id,
    query: { kind: 'sql', sql: LIVE_SETTINGS_SQL },
    stage: { id: 1, kind: 'scan' },
    input: { kind: 'parquet_partition', uri_prefix: context.dataset.uri, tables: [], row_groups: {}, side_inputs: [], partials: [] },
    output: { kind: 'parquet', uri: outputUri(id, { outputDir, outputPerPod: places.outputPerPod }), buckets: 1 },
    execution: {
      threads: context.threadsPerWorker,
      memory_limit_bytes: context.memoryLimitBytes,
      spill_dir: `${context.workerSpillDir}/worker-${position}`,
      parquet_metadata_cache: parquetMetadataCache,
    },
  };
}
