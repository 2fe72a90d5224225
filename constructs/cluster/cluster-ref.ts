import { type ITerraformDependable } from 'cdktf';

export { POOL_LABEL, type Pool, SYSTEM_TAINT } from '../../workloads/model/node-pools.js';

/** A cluster that workloads can be put into: made by {@link BenchCluster}, or an existing one described by name. */
export interface IBenchCluster {
  readonly clusterName: string;
  readonly endpoint: string;
  /** Base64, as EKS gives it. */
  readonly certificateAuthority: string;
  readonly oidcProviderArn: string;
  /** Issuer without `https://`, as trust policies name it. */
  readonly oidcIssuer: string;
  /** EC2 type of the worker nodes: what pods are sized by. */
  readonly nodeType: string;
  readonly systemNodeType: string;
  readonly workers: number;
  /**
   * What everything inside the cluster depends on: access policies, node groups, add-ons. Without it a chart is
   * installed before anybody may, and destroyed after nobody may any more.
   */
  readonly readiness: readonly ITerraformDependable[];
}
