import { PRICES } from '../images/versions.js';
import { type BenchConfig } from '../workloads/model/bench-config/schema.js';
import { PHASE_STACKS, type StackName } from '../workloads/model/physical-names.js';

/** What a stack costs for each hour that it stands, and what of. List prices; {@link NOT_COUNTED} comes on top. */
export interface HourlyCost {
  readonly usdPerHour: number;
  readonly parts: readonly { readonly what: string; readonly usdPerHour: number }[];
}

export const NOT_COUNTED = 'volumes, public addresses, storage, requests and build minutes';

/** Cost of an hour of a stack, from the price table. A stack without machines of its own counts as nothing. */
export function hourlyCost(stack: StackName, { cluster }: BenchConfig): HourlyCost {
  const makesCluster = (PHASE_STACKS as readonly string[]).includes(stack) && cluster.attachTo === undefined;
  const parts = makesCluster
    ? [
        { what: 'EKS control plane', usdPerHour: PRICES.controlPlaneUsdPerHour },
        { what: `${cluster.workers} × ${cluster.nodeType}`, usdPerHour: cluster.workers * instancePrice(cluster.nodeType) },
        { what: `1 × ${cluster.systemNodeType} for coordinators and operators`, usdPerHour: instancePrice(cluster.systemNodeType) },
      ]
    : [];
  return { usdPerHour: rounded(parts.reduce((sum, part) => sum + part.usdPerHour, 0)), parts: parts.map((part) => ({ ...part, usdPerHour: rounded(part.usdPerHour) })) };
}

/** The configuration's check lets no type pass that has no price. */
function instancePrice(type: string): number {
  return (PRICES.instanceUsdPerHour as Readonly<Record<string, number>>)[type] ?? Number.NaN;
}

/** To a hundredth of a cent: sums of prices are no exact binary numbers. */
function rounded(usd: number): number {
  return Math.round(usd * 10_000) / 10_000;
}
