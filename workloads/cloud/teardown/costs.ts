import { CostExplorerClient, GetCostAndUsageCommand, type ResultByTime } from '@aws-sdk/client-cost-explorer';
import { PRICES } from '../../../images/versions.js';
import { messageOf } from '../../model/errors.js';
import { clusterName, type Phase, PHASES } from '../../model/physical-names.js';
import { type CloudAccess, clientOptions } from '../access.js';
import { type FoundResource } from '../inventory/resource.js';

const MS_PER_HOUR = 3_600_000;
const MS_PER_DAY = 86_400_000;

/** What the cluster of a phase has cost so far, by list prices. */
export interface PhaseEstimate {
  readonly phase: Phase;
  /** `4 × m5.xlarge + 1 × m5.xlarge`. */
  readonly nodes: string;
  readonly hours: number;
  /** Null when the price table lacks a type of node. */
  readonly usd: number | null;
}

/**
 * Node price × nodes × hours since CreatedAt, plus the control plane. Of clusters that are there: after a
 * destroy nothing tells any more how long they lived.
 */
export function estimatePhases(resources: readonly FoundResource[], project: string, nowMs: number): PhaseEstimate[] {
  return PHASES.flatMap((phase) => {
    const cluster = resources.find(({ kind, id }) => kind === 'eks-cluster' && id === clusterName(project, phase));
    if (cluster === undefined) return [];
    const sinceMs = Date.parse(cluster.tags.CreatedAt ?? '') || cluster.createdAtMs || nowMs;
    const groups = resources.filter(({ kind, facts }) => kind === 'eks-node-group' && facts?.cluster === cluster.id)
      .map(({ facts }) => ({ count: Number(facts?.nodes ?? 0), type: facts?.instanceType ?? 'unknown' }));
    const hours = Math.max(0, nowMs - sinceMs) / MS_PER_HOUR;
    const hourly = groups.map(({ count, type }) => count * (priceOf(type) ?? NaN)).reduce((sum, usd) => sum + usd, PRICES.controlPlaneUsdPerHour);
    return [{ phase, nodes: groups.map(({ count, type }) => `${count} × ${type}`).join(' + '), hours, usd: Number.isNaN(hourly) ? null : hourly * hours }];
  });
}

function priceOf(type: string): number | undefined {
  const prices: Readonly<Record<string, number>> = PRICES.instanceUsdPerHour;
  return Object.hasOwn(prices, type) ? prices[type] : undefined;
}

/** Dollars of a day, by Cost Explorer. */
export interface DayCost {
  readonly day: string;
  readonly usd: number;
}

export type ActualCosts = { readonly days: readonly DayCost[] } | { readonly missing: string };

/** One request to Cost Explorer costs a cent. */
export const DAYS_ASKED = 14;

/** What was charged for things with the project's tag, by day. Never throws: dollars are a courtesy of a teardown. */
export async function actualCosts(access: CloudAccess, project: string, nowMs: number): Promise<ActualCosts> {
  const day = (ms: number): string => new Date(ms).toISOString().slice(0, 10);
  try {
    // Cost Explorer has one endpoint, which answers in us-east-1.
    const told = await new CostExplorerClient(clientOptions({ ...access, region: 'us-east-1' })).send(new GetCostAndUsageCommand({
      TimePeriod: { Start: day(nowMs - DAYS_ASKED * MS_PER_DAY), End: day(nowMs + MS_PER_DAY) },
      Granularity: 'DAILY',
      Metrics: ['UnblendedCost'],
      Filter: { Tags: { Key: 'Project', Values: [project] } },
      GroupBy: [{ Type: 'TAG', Key: 'Project' }],
    }));
    const days = (told.ResultsByTime ?? []).map(dayCost).filter(({ usd }) => usd > 0);
    return days.length > 0 ? { days } : { missing: 'Cost Explorer shows nothing for the tag Project yet: it has to be activated as a cost allocation tag, and lags a day.' };
  } catch (error) {
    return { missing: `Cost Explorer could not be asked (${messageOf(error)}).` };
  }
}

function dayCost({ TimePeriod, Groups }: ResultByTime): DayCost {
  const usd = (Groups ?? []).reduce((sum, { Metrics }) => sum + Number(Metrics?.UnblendedCost?.Amount ?? 0), 0);
  return { day: TimePeriod?.Start ?? '?', usd };
}
