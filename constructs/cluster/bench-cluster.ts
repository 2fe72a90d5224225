import { type ITerraformDependable } from 'cdktf';
import { Construct } from 'constructs';
import { DEFAULT_KUBERNETES_VERSION } from '../../images/versions.js';
import { DeployChecks } from '../checks/deploy-checks.js';
import { ServiceRole } from '../identity/service-role.js';
import { refuse } from '../problems.js';
import { ClusterAccess } from './cluster-access.js';
import { ClusterAddons } from './cluster-addons.js';
import { type BenchClusterProps, CLUSTER_DEFAULTS, clusterProblems, clusterRoleName } from './cluster-props.js';
import { type IBenchCluster, type Pool } from './cluster-ref.js';
import { ControlPlane, type SecretsKey } from './control-plane.js';
import { ExistingCluster, type ExistingClusterProps } from './existing-cluster.js';
import { checkVersionDates } from './kubernetes-version.js';
import { NodePool } from './node-pool.js';

/** An existing cluster, by its attributes. */
export interface BenchClusterAttributes extends Omit<IBenchCluster, 'readiness'> {
  /** What everything inside the cluster depends on; default: nothing. */
  readonly readiness?: readonly ITerraformDependable[];
}

const NODE_POLICIES = ['AmazonEKSWorkerNodePolicy', 'AmazonEC2ContainerRegistryPullOnly', 'AmazonEKS_CNI_Policy'];

/**
 * An EKS cluster for hours, not for years: a control plane in standard support ($0.10 an hour), a pool of equal
 * workers and one system node, all in one zone. What is measured runs on the workers. Everything else tolerates
 * the system node's taint and selects its pool; the workers carry no taint, so what does neither is the one thing
 * that could land on them, and nothing of ours does.
 *
 * The order is part of it, since a destroy is the order in reverse: network connectivity, role and log group; the
 * control plane; who may administer it; the network add-ons; the nodes; the name servers; then, through
 * `readiness`, what is put inside.
 */
export class BenchCluster extends Construct implements IBenchCluster {
  readonly clusterName: string;
  readonly endpoint: string;
  readonly certificateAuthority: string;
  readonly oidcProviderArn: string;
  readonly oidcIssuer: string;
  readonly nodeType: string;
  readonly systemNodeType: string;
  readonly workers: number;
  readonly readiness: readonly ITerraformDependable[];
  /** The group that EKS makes for the cluster; a Terraform expression. */
  readonly clusterSecurityGroupId: string;
  /** AMI release that the workers run; a Terraform expression, to be recorded with results. */
  readonly nodeReleaseVersion: string;
  /** Only with `secretsKey: 'customer'`: what a destroy leaves for some days. */
  readonly secretsKey: SecretsKey | undefined;

  constructor(scope: Construct, id: string, props: BenchClusterProps) {
    super(scope, id);
    const version = props.kubernetesVersion ?? DEFAULT_KUBERNETES_VERSION;
    refuse(this, clusterProblems(props, version));
    this.nodeType = props.nodeType ?? CLUSTER_DEFAULTS.nodeType;
    this.systemNodeType = props.systemNodeType ?? CLUSTER_DEFAULTS.nodeType;
    this.workers = props.workers ?? CLUSTER_DEFAULTS.workers;

    const checks = new DeployChecks(this, 'Checks');
    checkVersionDates(checks, version);
    const controlPlane = new ControlPlane(this, 'ControlPlane', props, version);
    const { cluster } = controlPlane;
    this.clusterName = cluster.name;
    this.endpoint = cluster.endpoint;
    this.certificateAuthority = cluster.certificateAuthority.get(0).data;
    this.oidcProviderArn = controlPlane.oidcProviderArn;
    this.oidcIssuer = controlPlane.oidcIssuer;
    this.clusterSecurityGroupId = controlPlane.securityGroupId;
    this.secretsKey = controlPlane.secretsKey;

    const access = new ClusterAccess(this, 'Access', { clusterName: cluster.name, principalArns: props.adminPrincipalArns ?? [], checks });
    const network = new ClusterAddons(this, 'BeforeNodes', cluster.name, 'beforeCompute', []);
    const pools = this.makePools(props, [...props.network.connectivity, ...network.addons]);
    const groups = pools.map((pool) => pool.group);
    const afterNodes = new ClusterAddons(this, 'AfterNodes', cluster.name, 'afterCompute', groups);
    this.nodeReleaseVersion = groups[0]?.releaseVersion ?? '';
    this.readiness = [...access.associations, ...groups, ...afterNodes.addons];
  }

  /** A cluster of that name in the region of the provider: told at deploy when it is missing, never at a destroy. */
  static fromClusterName(scope: Construct, id: string, props: ExistingClusterProps): IBenchCluster {
    return new ExistingCluster(scope, id, props);
  }

  /** A cluster whose attributes the caller knows, such as one of its own stack. */
  static fromAttributes(scope: Construct, id: string, attributes: BenchClusterAttributes): IBenchCluster {
    refuse(new Construct(scope, id), attributes.workers >= 1 ? [] : [`workers ${attributes.workers} must be at least 1.`]);
    return { ...attributes, readiness: attributes.readiness ?? [] };
  }

  private makePools(props: BenchClusterProps, after: readonly ITerraformDependable[]): readonly NodePool[] {
    const role = new ServiceRole(this, 'NodeRole', {
      roleName: clusterRoleName(props.clusterName, 'node', props.region),
      description: `Nodes of ${props.clusterName}`,
      trust: [{ principal: { Service: 'ec2.amazonaws.com' }, actions: ['sts:AssumeRole'] }],
      managedPolicies: NODE_POLICIES,
    });
    const make = (id: string, pool: Pool, instanceType: string, size: number): NodePool => new NodePool(this, id, {
      pool,
      clusterName: props.clusterName,
      clusterNameAttribute: this.clusterName,
      clusterSecurityGroupId: this.clusterSecurityGroupId,
      network: props.network,
      roleArn: role.roleArn,
      instanceType,
      size,
      volumeGib: props.nodeVolumeGib ?? CLUSTER_DEFAULTS.nodeVolumeGib,
      ...(props.nodeReleaseVersion === undefined ? {} : { releaseVersion: props.nodeReleaseVersion }),
      after: [...after, ...role.attachments],
    });
    return [make('Workers', 'worker', this.nodeType, this.workers), make('System', 'system', this.systemNodeType, 1)];
  }
}
