import { Token } from 'cdktf';
import { iamName } from '../../workloads/model/physical-names.js';
import { NODE_SHAPES, nodeShape } from '../../workloads/model/node-shapes.js';
import { isOffTheInternet, parseRange } from '../../workloads/model/cidr.js';
import { type IBenchNetwork } from '../network/network-ref.js';
import { versionProblems } from './kubernetes-version.js';

export interface BenchClusterProps {
  /** Letters, digits, `-` and `_`; the names of roles, node groups and the log group begin with it. */
  readonly clusterName: string;
  readonly region: string;
  readonly network: IBenchNetwork;
  /** Who may reach the API from outside of the network, as IPv4 blocks of public addresses. */
  readonly adminCidrs: readonly string[];
  /** Must be true for adminCidrs to hold 0.0.0.0/0; default false. */
  readonly allowAnyCidr?: boolean;
  /** Roles and users that administer the cluster; default: the role of whoever deploys. */
  readonly adminPrincipalArns?: readonly string[];
  /** Default: images/versions. */
  readonly kubernetesVersion?: string;
  /** EC2 type of the workers; default m5.xlarge. */
  readonly nodeType?: string;
  /** EC2 type of the one system node; default m5.xlarge. */
  readonly systemNodeType?: string;
  /** Worker nodes; default 4, at most 64. */
  readonly workers?: number;
  /** gp3 volume of each node; default 50 GiB. */
  readonly nodeVolumeGib?: number;
  /** AMI release of all nodes, such as 1.35.0-20261101; default: the service's newest, which differs between runs. */
  readonly nodeReleaseVersion?: string;
  /** Days that the control plane's log is kept; default 1. */
  readonly logRetentionDays?: number;
  /**
   * Key around the cluster's secrets. `aws` (default): EKS's own, which costs nothing and leaves nothing behind.
   * `customer`: a key of the account, about a dollar a month, which a destroy only schedules for deletion.
   */
  readonly secretsKey?: 'aws' | 'customer';
}

export const CLUSTER_DEFAULTS = { nodeType: 'm5.xlarge', workers: 4, nodeVolumeGib: 50, logRetentionDays: 1 } as const;

/** IAM's limit on the name of a role. */
const MAX_ROLE_NAME = 64;
const CLUSTER_NAME = /^[A-Za-z0-9][A-Za-z0-9_-]{0,99}$/;
const PRINCIPAL = /^arn:aws[a-z-]*:iam::\d{12}:(role|user)\/.+$/;
const RETENTIONS = [1, 3, 5, 7, 14, 30];

/** Name of a role of the cluster; IAM is global, so it carries the region. */
export const clusterRoleName = (clusterName: string, part: 'control-plane' | 'node', region: string): string => iamName(clusterName, 'eks', part, region);

export function clusterProblems(props: BenchClusterProps, version: string): string[] {
  return [...nameProblems(props), ...versionProblems(version), ...cidrProblems(props), ...principalProblems(props.adminPrincipalArns ?? []), ...nodeProblems(props, version)];
}

function nameProblems({ clusterName, region }: BenchClusterProps): string[] {
  const longest = clusterRoleName(clusterName, 'control-plane', region);
  return [
    ...(CLUSTER_NAME.test(clusterName) ? [] : [`clusterName "${clusterName}" must be letters, digits, - and _, at most 100 of them.`]),
    ...(longest.length > MAX_ROLE_NAME ? [`clusterName "${clusterName}" is too long: the role ${longest} would have ${longest.length} characters, and IAM takes ${MAX_ROLE_NAME}.`] : []),
  ];
}

function cidrProblems({ adminCidrs, allowAnyCidr = false }: BenchClusterProps): string[] {
  if (adminCidrs.length === 0) return ['adminCidrs is empty; name the addresses that may reach the cluster, such as your own as 203.0.113.4/32.'];
  return adminCidrs.filter((text) => !Token.isUnresolved(text)).flatMap((text) => {
    const cidr = parseRange(text);
    if (cidr === undefined) return [`adminCidrs names "${text}", which is no IPv4 CIDR; write one like 203.0.113.4/32.`];
    if (cidr.bits === 0 && !allowAnyCidr) return [`adminCidrs names ${text}: the whole internet could reach the cluster. Name your own addresses, or set allowAnyCidr as well.`];
    if (cidr.bits > 0 && isOffTheInternet(cidr)) return [`adminCidrs names ${text}, which is a private block; EKS takes public addresses alone. From within the network the API is reachable anyway.`];
    return [];
  });
}

function principalProblems(arns: readonly string[]): string[] {
  return [
    ...arns.filter((arn) => !Token.isUnresolved(arn) && !PRINCIPAL.test(arn))
      .map((arn) => `adminPrincipalArns names "${arn}", which is no IAM role or user. Root gets no access entry, and a session (assumed-role) goes by its role.`),
    ...(new Set(arns).size === arns.length ? [] : ['adminPrincipalArns names a principal twice.']),
  ];
}

function nodeProblems(props: BenchClusterProps, version: string): string[] {
  const { workers = CLUSTER_DEFAULTS.workers, nodeVolumeGib = CLUSTER_DEFAULTS.nodeVolumeGib, logRetentionDays = CLUSTER_DEFAULTS.logRetentionDays, nodeReleaseVersion } = props;
  const types = { nodeType: props.nodeType, systemNodeType: props.systemNodeType };
  const whole = (value: number, least: number, most: number): boolean => Number.isInteger(value) && value >= least && value <= most;
  return [
    ...Object.entries(types).filter(([, type]) => type !== undefined && nodeShape(type) === undefined)
      .map(([prop, type]) => `${prop} "${type}" is no type whose shape is known; choose one of ${NODE_SHAPES.map((known) => known.type).join(', ')}.`),
    ...(whole(workers, 1, 64) ? [] : [`workers ${workers} must be a whole number from 1 to 64.`]),
    ...(whole(nodeVolumeGib, 20, 16_384) ? [] : [`nodeVolumeGib ${nodeVolumeGib} must be a whole number from 20, which the image of a node asks for, to 16384.`]),
    ...(RETENTIONS.includes(logRetentionDays) ? [] : [`logRetentionDays ${logRetentionDays} must be one of ${RETENTIONS.join(', ')}.`]),
    ...(nodeReleaseVersion === undefined || nodeReleaseVersion.startsWith(`${version}.`) ? [] : [`nodeReleaseVersion "${nodeReleaseVersion}" is no release for Kubernetes ${version}.`]),
  ];
}
