import { DatasetIndex } from '../workloads/coordinator/dataset-index.js';
import { assignDriver, type AssignmentKind } from '../workloads/coordinator/plan.js';
import { type Manifest } from '../workloads/model/manifest.js';
import { QUERY_IDS, type QueryId } from '../workloads/model/queries.js';
import { shardPlan } from '../workloads/tpch/shard-plans.js';
import { renderTable, type Measurement } from './measurement.js';

const WORKER_COUNTS = [4, 8, 16] as const;

interface Share {
  /** Speed-up by bytes that this assignment allows ÷ the one a perfect cut would. */
  readonly ofBound: number;
  /** The same of the driver table alone, as if the other tables cost nothing. */
  readonly driverOnly: number;
}

/**
 * How close the assignment comes to a perfect cut, by compressed bytes, mean over the 22 queries:
 * ((D + B) / (max Dᵢ + B)) ÷ ((D + B) / (D/N + B)), D the needed columns of the driver's surviving row
 * groups, Dᵢ those of worker i, B those of the other tables, which every worker reads.
 */
export function measureBalance(manifest: Manifest, log: (line: string) => void): Measurement {
  const index = new DatasetIndex(manifest);
  const mean = (assignment: AssignmentKind, workers: number, pick: (share: Share) => number): number =>
    QUERY_IDS.reduce((sum, query) => sum + pick(shareOf(query, index, assignment, workers)), 0) / QUERY_IDS.length;
  const rows = WORKER_COUNTS.map((workers) => [
    `N = ${workers}`,
    ...(['balanced', 'contiguous'] as const).flatMap((assignment) => [
      mean(assignment, workers, (share) => share.ofBound).toFixed(3),
      mean(assignment, workers, (share) => share.driverOnly).toFixed(3),
    ]),
  ]);
  log(`Share of the byte bound, mean over the 22\n${renderTable(['', 'balanced', 'driver only', 'contiguous', 'driver only'], rows)}`);
  const least = Math.min(...WORKER_COUNTS.map((workers) => mean('balanced', workers, (share) => share.ofBound)));
  return { key: 'balanced_share_of_bound', what: 'balanced share of the byte bound, least of N = 4, 8, 16', value: least, unit: 'share', limit: { kind: 'at_least', value: 0.85 } };
}

function shareOf(query: QueryId, index: DatasetIndex, assignment: AssignmentKind, workers: number): Share {
  const { driverBytes, broadcastBytes, shares } = assignDriver(shardPlan(query), index, { workers, assignment, seed: 1 });
  const heaviest = Math.max(...shares.map((share) => share.driverBytes));
  if (driverBytes === 0) return { ofBound: 1, driverOnly: 1 };
  return {
    ofBound: (driverBytes / workers + broadcastBytes) / (heaviest + broadcastBytes),
    driverOnly: driverBytes / workers / heaviest,
  };
}
