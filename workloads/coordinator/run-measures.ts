import type { StageTimes } from '../model/result-row.js';
import type { WorkerMetrics } from '../model/worker-metrics.js';
import type { RunProgress, StageReport } from './run-plan.js';

type UnitReport = StageReport['units'][number];

/**
 * Where the time went. Of each stage its slowest unit is taken, and the stages are added; `wait_ms` is
 * what is left of the stages' wall time: handing over, queueing, collecting, retries.
 */
export function stageTimesOf(planMs: number, progress: RunProgress): Partial<StageTimes> {
  const sums = { spawn_ms: 0, open_ms: 0, scan_ms: 0, proof_ms: 0, write_ms: 0, wait_ms: 0 };
  for (const { wallMs, units } of progress.stages) {
    const slowest = units.reduce((a, b) => (totalMs(b) > totalMs(a) ? b : a));
    const { decode_ms: openMs, exec_ms: scanMs, proof_ms: proofMs, upload_ms: writeMs } = slowest.metrics;
    sums.spawn_ms += slowest.outcome.spawnMs;
    sums.open_ms += openMs ?? 0;
    sums.scan_ms += scanMs ?? 0;
    sums.proof_ms += proofMs ?? 0;
    sums.write_ms += writeMs ?? 0;
    sums.wait_ms += Math.max(0, wallMs - slowest.outcome.spawnMs - (openMs ?? 0) - (scanMs ?? 0) - (proofMs ?? 0) - (writeMs ?? 0));
  }
  return { plan_ms: planMs, ...sums, merge_ms: progress.mergeMs, fetch_ms: progress.fetchMs };
}

function totalMs({ outcome }: UnitReport): number {
  return outcome.spawnMs + outcome.elapsedMs;
}

/** Busy ms per worker: that of its units, which have the same place in every stage; idle workers have 0. */
export function workerBusyMs(progress: RunProgress, workers: number): number[] {
  const busy = Array.from({ length: workers }, () => 0);
  for (const { units } of progress.stages) {
    for (const [position, { metrics }] of units.entries()) busy[position] = (busy[position] ?? 0) + metrics.wall_ms;
  }
  return busy;
}

/** Sum of a measure over all units; null when one did not measure it. */
export function sumOverUnits(progress: RunProgress, measure: (metrics: WorkerMetrics) => number | null): number | null {
  let sum = 0;
  for (const { metrics } of progress.stages.flatMap(({ units }) => units)) {
    const value = measure(metrics);
    if (value === null) return null;
    sum += value;
  }
  return sum;
}

/** Largest of a measure over the units that measured it. */
export function maxOverUnits(progress: RunProgress, measure: (metrics: WorkerMetrics) => number | null): number | null {
  const values = progress.stages.flatMap(({ units }) => units).map(({ metrics }) => measure(metrics)).filter((value) => value !== null);
  return values.length === 0 ? null : Math.max(...values);
}

/** Bytes that went from worker to worker or coordinator through storage. */
export function bytesExchanged(progress: RunProgress): number {
  return sumOverUnits(progress, (metrics) => metrics.output_files.reduce((sum, file) => sum + file.size_bytes, 0)) ?? 0;
}
