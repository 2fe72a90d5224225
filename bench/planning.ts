import { DatasetIndex } from '../workloads/coordinator/dataset-index.js';
import { planQuery } from '../workloads/coordinator/plan.js';
import { type Manifest } from '../workloads/model/manifest.js';
import { QUERY_IDS, type QueryId } from '../workloads/model/queries.js';
import { medianOf } from '../workloads/results/statistics.js';
import { shardPlan } from '../workloads/tpch/shard-plans.js';
import { withRowGroups } from './large-manifest.js';
import { renderTable, type Measurement } from './measurement.js';

const ROW_GROUPS = 10_000;
const WORKERS = 16;
const RUNS = 7;

/**
 * Planning over 10,000 row groups of the driver, 16 workers, for the query it takes longest for. Each time
 * starts from a manifest just read: nothing worked out for an earlier query helps.
 */
export function measurePlanning(manifest: Manifest, log: (line: string) => void, runs = RUNS): Measurement {
  const times = QUERY_IDS.map((query) => {
    const large = withRowGroups(manifest, ROW_GROUPS, shardPlan(query).driver);
    return { query, freshMs: medianMs(runs, () => planOnce(query, new DatasetIndex(large))), indexedMs: sharedIndexMs(query, large, runs) };
  });
  log(`Planning at ${ROW_GROUPS} row groups, ${WORKERS} workers\n${renderTable(['Query', 'fresh, ms', 'index kept, ms'], times.map((time) => [time.query, time.freshMs.toFixed(1), time.indexedMs.toFixed(1)]))}`);
  const slowest = Math.max(...times.map((time) => time.freshMs));
  return { key: 'plan_10k_ms', what: `planning the slowest query at ${ROW_GROUPS} row groups`, value: slowest, unit: 'ms', limit: { kind: 'at_most', value: 50 } };
}

function sharedIndexMs(query: QueryId, manifest: Manifest, runs: number): number {
  const index = new DatasetIndex(manifest);
  planOnce(query, index);
  return medianMs(runs, () => planOnce(query, index));
}

function planOnce(query: QueryId, index: DatasetIndex): unknown {
  return planQuery(
    shardPlan(query),
    index,
    { workers: WORKERS, assignment: 'balanced', seed: 1 },
    { runId: 'bench', datasetUri: 'data', outputDir: 'out', spillDir: 'spill', threadsPerWorker: 1, memoryLimitBytes: 1e9, parquetMetadataCache: false },
  );
}

function medianMs(runs: number, work: () => unknown): number {
  const durationsMs = Array.from({ length: runs }, () => {
    const begin = performance.now();
    work();
    return performance.now() - begin;
  });
  return medianOf(durationsMs) ?? Number.NaN;
}
