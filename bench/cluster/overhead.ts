import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatasetIndex } from '../../workloads/coordinator/dataset-index.js';
import { type UnitOutcome, type WorkUnitExecutor } from '../../workloads/coordinator/executor.js';
import { ProcessExecutor } from '../../workloads/coordinator/executors/process-executor.js';
import { planQuery } from '../../workloads/coordinator/plan.js';
import { loadDataset } from '../../workloads/dataset/load.js';
import { bundledWorker } from '../../workloads/engines/worker-program.js';
import { FlowbenchError } from '../../workloads/model/errors.js';
import { type WorkUnitV2 } from '../../workloads/model/work-unit.js';
import { medianOf } from '../../workloads/results/statistics.js';
import { shardPlan } from '../../workloads/tpch/shard-plans.js';

const WORKERS = 4;
const RUNS = 8;
const QUERY = 'Q6';
const MEMORY_BYTES = 700e6;
const TIMEOUT_MS = 120_000;

/** What was found of one executor, medians over its units. */
export interface Overhead {
  /** Handed over until its report was read, less what the worker itself says it took. */
  readonly outsideMs: number;
  /** Steps on the way through the cluster, from one to the next. */
  readonly steps: readonly (readonly [string, number])[];
}

/**
 * The same units by processes here and by pods there, one repetition in turn: what a unit costs beside the time
 * in which its worker ran. Both start a process for each unit and read the same objects.
 */
export async function measureOverhead(pods: WorkUnitExecutor, places: { readonly datasetUri: string; readonly partialsUri: string; readonly scratchDir: string }): Promise<{ readonly pods: Overhead; readonly processes: Overhead }> {
  const dataset = await loadDataset(places.datasetUri);
  const index = new DatasetIndex(dataset.manifest);
  const local = new ProcessExecutor({ program: bundledWorker(), workers: WORKERS });
  const found: { readonly pods: UnitOutcome[]; readonly processes: UnitOutcome[] } = { pods: [], processes: [] };
  const spill = join(places.scratchDir, 'spill');
  mkdirSync(spill, { recursive: true });
  await local.start();
  try {
    // Repetition 0 fills caches and is left out.
    for (let run = 0; run <= RUNS; run += 1) {
      for (const [kind, executor, spillDir] of [['processes', local, spill], ['pods', pods, '/spill']] as const) {
        const units = unitsOf(index, dataset.uri, { outputDir: `${places.partialsUri}/${kind}-${run}`, spillDir, isPod: kind === 'pods' });
        const outcomes = await executor.execute(units, { name: `${QUERY}-${run}-1`, timeoutMs: TIMEOUT_MS, signal: new AbortController().signal });
        for (const { result } of outcomes) if (!result.ok) throw new FlowbenchError('query_failed', `${QUERY} by ${kind}: ${result.failure.message}`);
        if (run > 0) found[kind].push(...outcomes);
      }
    }
  } finally {
    await local.close();
  }
  return { pods: summarise(found.pods), processes: summarise(found.processes) };
}

function unitsOf(index: DatasetIndex, datasetUri: string, place: { readonly outputDir: string; readonly spillDir: string; readonly isPod: boolean }): readonly WorkUnitV2[] {
  const plan = planQuery(
    shardPlan(QUERY), index, { workers: WORKERS, assignment: 'balanced', seed: 1 },
    { runId: 'bench', datasetUri, outputDir: place.outputDir, spillDir: place.spillDir, threadsPerWorker: 1, memoryLimitBytes: MEMORY_BYTES, parquetMetadataCache: false, outputPerPod: place.isPod },
  );
  return plan.stages[0]?.units ?? [];
}

function summarise(outcomes: readonly UnitOutcome[]): Overhead {
  const outside = outcomes.map(({ result, timeline, spawnMs, elapsedMs }) => {
    const total = timeline?.collected_ms ?? spawnMs + elapsedMs;
    return total - (result.ok ? result.metrics.wall_ms : 0);
  });
  const steps = (['created', 'scheduled', 'pulled', 'started', 'finished', 'collected'] as const).map((name) => {
    const at = outcomes.map(({ timeline }) => timeline?.[`${name}_ms`] ?? null).filter((ms) => ms !== null);
    return [name, medianOf(at) ?? Number.NaN] as const;
  });
  return { outsideMs: medianOf(outside) ?? Number.NaN, steps };
}
