/** A fact about the account, or why it could not be found out. */
export type Fact<T> = { readonly value: T } | { readonly unknown: string };

/** What an account says of itself before anything is deployed. */
export interface AccountFacts {
  readonly caller: Fact<{ readonly accountId: string; readonly arn: string }>;
  /** Availability zones of the region that are available without opting in. */
  readonly zones: Fact<readonly string[]>;
  /** Quota and use of running on-demand standard instances, in vCPUs. */
  readonly vcpuQuota: Fact<number>;
  readonly vcpusInUse: Fact<number>;
  readonly vpcQuota: Fact<number>;
  /** VPCs of the region, and how many of them carry the project's tag. */
  readonly vpcs: Fact<{ readonly all: number; readonly ours: number }>;
  /** Parameters of published images and verified datasets: name → value. */
  readonly images: Fact<Readonly<Record<string, string>>>;
  readonly datasets: Fact<Readonly<Record<string, string>>>;
}
