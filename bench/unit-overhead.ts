import { mkdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { DatasetIndex } from '../workloads/coordinator/dataset-index.js';
import { type WorkUnitExecutor } from '../workloads/coordinator/executor.js';
import { ProcessExecutor } from '../workloads/coordinator/executors/process-executor.js';
import { WarmExecutor } from '../workloads/coordinator/executors/warm-executor.js';
import { planQuery } from '../workloads/coordinator/plan.js';
import { bundledWorker } from '../workloads/engines/worker-program.js';
import { FlowbenchError } from '../workloads/model/errors.js';
import { type DatasetHandle } from '../workloads/model/manifest.js';
import { type WorkUnitV2 } from '../workloads/model/work-unit.js';
import { medianOf } from '../workloads/results/statistics.js';
import { shardPlan } from '../workloads/tpch/shard-plans.js';
import { type Measurement } from './measurement.js';

const WORKERS = 2;
const RUNS = 12;
const MEMORY_PER_WORKER_BYTES = 700e6;
/** One with many row groups, one with few: the overhead should not care. */
const QUERIES = ['Q6', 'Q14'] as const;

/**
 * What a unit costs outside the engine: from starting (or waking) a worker to its parsed report, less the
 * time the worker spent executing its query and counting what it read. Opening files, writing and
 * collecting count as overhead. Median over the units; processes one at a time, as those that start at once
 * on few cores also wait for each other, which is shown beside it.
 */
export async function measureUnitOverhead(dataset: DatasetHandle, scratchDir: string, log: (line: string) => void): Promise<Measurement[]> {
  const program = bundledWorker();
  const processes = (workers: number): Promise<number> => overheadMs(new ProcessExecutor({ program, workers }), dataset, join(scratchDir, `process-${workers}`));
  const asProcess = await processes(1);
  log(`Overhead per process unit, ${WORKERS} at once on ${availableParallelism()} cores: ${(await processes(WORKERS)).toFixed(1)} ms`);
  const warm = await overheadMs(new WarmExecutor({ program, workers: WORKERS }), dataset, join(scratchDir, 'warm'));
  return [
    { key: 'unit_overhead_process_ms', what: 'overhead per unit, a process each, one at a time', value: asProcess, unit: 'ms', limit: { kind: 'at_most', value: 150 } },
    { key: 'unit_overhead_warm_ms', what: `overhead per unit, warm pool of ${WORKERS}`, value: warm, unit: 'ms', limit: { kind: 'at_most', value: 10 } },
  ];
}

async function overheadMs(executor: WorkUnitExecutor, dataset: DatasetHandle, folder: string): Promise<number> {
  mkdirSync(folder, { recursive: true });
  const overheadsMs: number[] = [];
  await executor.start();
  try {
    for (let run = 0; run <= RUNS; run += 1) {
      for (const query of QUERIES) {
        const outcomes = await executor.execute(unitsOf(query, dataset, folder), { name: query, timeoutMs: 60_000, signal: new AbortController().signal });
        for (const { result, spawnMs, elapsedMs } of outcomes) {
          if (!result.ok) throw new FlowbenchError('query_failed', `${query} in the ${executor.kind} executor: ${result.failure.message}`);
          const insideMs = (result.metrics.exec_ms ?? 0) + (result.metrics.proof_ms ?? 0);
          // Run 0 fills the caches of the system and, in the pool, those of the worker.
          if (run > 0) overheadsMs.push(spawnMs + elapsedMs - insideMs);
        }
      }
    }
  } finally {
    await executor.close();
  }
  return medianOf(overheadsMs) ?? Number.NaN;
}

function unitsOf(query: (typeof QUERIES)[number], dataset: DatasetHandle, folder: string): readonly WorkUnitV2[] {
  const plan = planQuery(
    shardPlan(query),
    new DatasetIndex(dataset.manifest),
    { workers: WORKERS, assignment: 'balanced', seed: 1 },
    {
      runId: 'bench', datasetUri: dataset.uri, outputDir: folder, spillDir: join(folder, 'spill'),
      threadsPerWorker: 1, memoryLimitBytes: MEMORY_PER_WORKER_BYTES, parquetMetadataCache: false,
    },
  );
  return plan.stages[0]?.units ?? [];
}
