import { type ITerraformDependable } from 'cdktf';

/** A network that a cluster can be put into: made by {@link BenchNetwork}, or an existing one described by its ids. */
export interface IBenchNetwork {
  readonly vpcId: string;
  /** At least two subnets in two availability zones: the control plane asks for both. */
  readonly subnetIds: readonly string[];
  /** The one subnet that nodes are put into, so that no byte between workers crosses a zone. */
  readonly nodeSubnetId: string;
  /** Joins the cluster's own group in the launch template; nothing from the internet enters through it. */
  readonly nodeSecurityGroupId: string;
  /** Routes, associations, gateways: nodes come after them and go before them. Empty for an existing network. */
  readonly connectivity: readonly ITerraformDependable[];
}
