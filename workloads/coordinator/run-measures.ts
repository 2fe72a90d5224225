import type { StageTimes } from '../model/result-row.js';
import type { WorkerMetrics } from '../model/worker-metrics.js';
import type { CommittedUnit } from './committed.js';
import type { RunProgress } from './run-plan.js';

/**
 * Where the time went. Of each stage its slowest unit is taken, and the stages are added; `wait_ms` is
 * what is left of the stages' wall time: handing over, queueing, collecting, retries. The parts of a pod's start
 * are null where no unit's were seen.
 */
export function stageTimesOf(planMs: number, progress: RunProgress): Partial<StageTimes> {
  const sums = { spawn_ms: 0, open_ms: 0, scan_ms: 0, proof_ms: 0, write_ms: 0, wait_ms: 0 };
  const slowestOf = progress.stages.map(({ units }) => units.reduce((a, b) => (totalMs(b) > totalMs(a) ? b : a)));
  for (const [index, slowest] of slowestOf.entries()) {
    const { decode_ms: openMs, exec_ms: scanMs, proof_ms: proofMs, upload_ms: writeMs } = slowest.metrics;
    const spawn = spawnMs(slowest);
    sums.spawn_ms += spawn;
    sums.open_ms += openMs ?? 0;
    sums.scan_ms += scanMs ?? 0;
    sums.proof_ms += proofMs ?? 0;
    sums.write_ms += writeMs ?? 0;
    const wallMs = progress.stages[index]?.wallMs ?? 0;
    sums.wait_ms += Math.max(0, wallMs - spawn - (openMs ?? 0) - (scanMs ?? 0) - (proofMs ?? 0) - (writeMs ?? 0));
  }
  return { plan_ms: planMs, ...podStartOf(slowestOf), ...sums, merge_ms: progress.mergeMs, fetch_ms: progress.fetchMs };
}

/** Until its container ran, for a pod; as its executor says, for a process. */
function spawnMs({ outcome }: CommittedUnit): number {
  return outcome.timeline?.started_ms ?? outcome.spawnMs;
}

function totalMs({ outcome }: CommittedUnit): number {
  return outcome.timeline?.collected_ms ?? outcome.spawnMs + outcome.elapsedMs;
}

/** The parts of {@link spawnMs}: each ends at its own mark, and starts at the last one before it that was seen. */
function podStartOf(slowestOf: readonly CommittedUnit[]): Pick<StageTimes, 'schedule_ms' | 'pull_ms' | 'start_ms'> {
  const sums: { schedule_ms: number | null; pull_ms: number | null; start_ms: number | null } = { schedule_ms: null, pull_ms: null, start_ms: null };
  for (const { outcome } of slowestOf) {
    const { scheduled_ms: scheduled = null, pulled_ms: pulled = null, started_ms: started = null } = outcome.timeline ?? {};
    let seenMs = 0;
    for (const [part, atMs] of [['schedule_ms', scheduled], ['pull_ms', pulled], ['start_ms', started]] as const) {
      if (atMs === null) continue;
      sums[part] = (sums[part] ?? 0) + Math.max(0, atMs - seenMs);
      seenMs = Math.max(seenMs, atMs);
    }
  }
  return sums;
}

/** Whether a coordinator before this one had started any of it. */
export function wasInterrupted(progress: RunProgress): boolean {
  return progress.stages.some(({ units }) => units.some(({ outcome }) => outcome.isInterrupted === true));
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
