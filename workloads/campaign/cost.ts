import { PRICES } from '../../images/versions.js';
import { FlowbenchError } from '../model/errors.js';
import type { ResultRow } from '../model/result-row.js';
import type { RunRecord } from '../model/run-record.js';

export type PricesUsed = NonNullable<RunRecord['prices']>;

/** On every cluster one node more is up, whatever is measured, as the coordinator must not sit beside a worker. */
const SYSTEM_NODE_NOTE = 'Charged are the nodes of the N workers and the control plane; the system node, which the coordinator runs on, is not.';

const MS_PER_HOUR = 3_600_000;
const MS_PER_DAY = 86_400_000;
const BYTES_PER_TB = 1e12;

/** The dated prices of a node shape. Throws `configuration` for a shape the table does not have. */
export function pricesFor(nodeShape: string): PricesUsed {
  const hourly: Readonly<Record<string, number>> = PRICES.instanceUsdPerHour;
  const instance = Object.hasOwn(hourly, nodeShape) ? hourly[nodeShape] : undefined;
  if (instance === undefined) {
    throw new FlowbenchError('configuration', `There is no price for "${nodeShape}".`, { remedy: `Known: ${Object.keys(hourly).join(', ')}.` });
  }
  return {
    node_shape: nodeShape,
    region: PRICES.region,
    purchase: PRICES.purchase,
    as_of: PRICES.asOf,
    instance_usd_per_hour: instance,
    control_plane_usd_per_hour: PRICES.controlPlaneUsdPerHour,
  };
}

/** USD of running `nodes` nodes and the control plane for that long. Idle time before and after is not in it. */
export function costUsd(prices: PricesUsed, nodes: number, durationMs: number): number {
  return (durationMs / MS_PER_HOUR) * (prices.instance_usd_per_hour * nodes + prices.control_plane_usd_per_hour);
}

/** Null when nothing was read, or not measured. */
export function usdPerTbScanned(cost: number, bytesRead: number | null): number | null {
  return bytesRead === null || bytesRead <= 0 ? null : cost / (bytesRead / BYTES_PER_TB);
}

/** What a campaign would have cost had the machines been rented for it. */
export interface CampaignCost {
  /** Σ of the rows' costs: the time in which queries ran. */
  readonly queryUsd: number;
  /** The largest cluster of the campaign, from its first query to its last. */
  readonly clusterUsd: number;
  /** Share of the cluster's cost in which no counted query ran on it, 0…1. */
  readonly idleShare: number;
}

/** Null for rows without a cost. */
export function campaignCost(rows: readonly ResultRow[], prices: PricesUsed): CampaignCost | null {
  const priced = rows.filter((row) => row.cost_usd !== null);
  if (priced.length === 0) return null;
  const starts = priced.map((row) => Date.parse(row.started_at));
  const ends = priced.map((row) => Date.parse(row.started_at) + (row.end_to_end_ms ?? 0));
  const queryUsd = priced.reduce((sum, row) => sum + (row.cost_usd ?? 0), 0);
  const wallMs = ends.reduce((a, b) => Math.max(a, b)) - starts.reduce((a, b) => Math.min(a, b));
  const clusterUsd = costUsd(prices, Math.max(...priced.map((row) => row.workers)), wallMs);
  return { queryUsd, clusterUsd, idleShare: clusterUsd <= 0 ? 0 : Math.max(0, 1 - queryUsd / clusterUsd) };
}

/** One sentence on where the prices come from and how old they are, and on a cluster one on what they leave out. */
export function describePrices(prices: PricesUsed, today: Date, isOnCluster = false): string {
  const ageDays = Math.floor((today.getTime() - Date.parse(prices.as_of)) / MS_PER_DAY);
  return `Prices: ${prices.node_shape} at $${prices.instance_usd_per_hour}/h (${prices.purchase}, ${prices.region}) and $${prices.control_plane_usd_per_hour}/h control plane, as of ${prices.as_of}, ${ageDays} days old.${isOnCluster ? ` ${SYSTEM_NODE_NOTE}` : ''}`;
}
