import { QUERY_IDS, type QueryId } from '../model/queries.js';
import type { Manifest } from '../model/manifest.js';
import { shardPlan } from '../tpch/shard-plans.js';
import { DatasetIndex } from './dataset-index.js';
import { assignDriver, type AssignmentKind, type DriverAssignment } from './driver-assignment.js';
import { missingInvariants } from './prune.js';

/** How evenly one query's bytes lie on the workers. Bytes are compressed, of the columns that are needed. */
export interface QueryBalance {
  readonly query: QueryId;
  /** D: of the driver's surviving row groups. */
  readonly driverBytes: number;
  /** max D_i: of the worker with the most. */
  readonly heaviestDriverBytes: number;
  /** B: of the other tables, which more workers do not divide: each reads them again, or the coordinator does. */
  readonly otherTablesBytes: number;
  /** Speed-up by bytes that this assignment allows, over the one that D/N each would allow: 0…1. */
  readonly shareOfBound: number;
  /** The same with the other tables left out: (D/N) / max D_i. */
  readonly driverOnlyShare: number;
}

export interface BalanceReport {
  readonly workers: number;
  readonly assignment: AssignmentKind;
  readonly queries: readonly QueryBalance[];
  /** Mean over the queries. */
  readonly shareOfBound: number;
  readonly driverOnlyShare: number;
  /** Σ(D + B) / Σ(D/N + B): by how much the suite can be faster at best, if bytes were all that counts. */
  readonly byteBoundSpeedUp: number;
  /** Σ(D + B) / Σ(max D_i + B): the same for this assignment. */
  readonly plannedSpeedUp: number;
}

/**
 * The balance of the 22 queries over this dataset on `workers` workers. Per query the share of the bound
 * is ((D+B) / (max D_i + B)) / ((D+B) / (D/N + B)). A query that the dataset does not support is left out.
 */
export function balanceReport(manifest: Manifest, workers: number, assignment: 'balanced' | 'contiguous' = 'balanced'): BalanceReport {
  const index = new DatasetIndex(manifest);
  const queries: QueryBalance[] = [];
  for (const query of QUERY_IDS) {
    const driver = supportedAssignment(query, index, workers, assignment);
    if (driver !== null) queries.push(queryBalance(query, driver, workers));
  }
  const total = sum(queries, ({ driverBytes, otherTablesBytes }) => driverBytes + otherTablesBytes);
  return {
    workers,
    assignment,
    queries,
    shareOfBound: sum(queries, (query) => query.shareOfBound) / queries.length,
    driverOnlyShare: sum(queries, (query) => query.driverOnlyShare) / queries.length,
    byteBoundSpeedUp: ratio(total, sum(queries, ({ driverBytes, otherTablesBytes }) => driverBytes / workers + otherTablesBytes)),
    plannedSpeedUp: ratio(total, sum(queries, ({ heaviestDriverBytes, otherTablesBytes }) => heaviestDriverBytes + otherTablesBytes)),
  };
}

/** One query's line of the {@link BalanceReport}. */
export function queryBalance(query: QueryId, driver: DriverAssignment, workers: number): QueryBalance {
  const { driverBytes, otherTablesBytes, shares } = driver;
  const heaviestDriverBytes = Math.max(...shares.map((share) => share.driverBytes));
  return {
    query,
    driverBytes,
    heaviestDriverBytes,
    otherTablesBytes,
    shareOfBound: ratio(driverBytes / workers + otherTablesBytes, heaviestDriverBytes + otherTablesBytes),
    driverOnlyShare: ratio(driverBytes / workers, heaviestDriverBytes),
  };
}

function supportedAssignment(query: QueryId, index: DatasetIndex, workers: number, assignment: AssignmentKind): DriverAssignment | null {
  const plan = shardPlan(query);
  return missingInvariants(plan, index.invariants).length > 0 ? null : assignDriver(plan, index, { workers, assignment, seed: 0 });
}

/** 1 where there is nothing to read: nothing is as evenly spread as nothing. */
function ratio(part: number, whole: number): number {
  return whole === 0 ? 1 : part / whole;
}

function sum<T>(items: readonly T[], value: (item: T) => number): number {
  return items.reduce((total, item) => total + value(item), 0);
}
