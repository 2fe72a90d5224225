import { allocatable, NODE_SHAPES, nodeShape, workerResources } from '../node-shapes.js';
import { datasetPrefix } from '../physical-names.js';
import { cidrOf, isOffTheInternet, isPrivate, PRIVATE_RANGES, rangeOf } from '../cidr.js';
import { cronProblem } from './cron.js';
import { nearest } from './nearest.js';
import { type BenchConfig } from './schema.js';
import { shown, valueAt } from './shape-problems.js';

/** What the configuration may name; the table stands in images/versions, which the model does not read. */
export interface KnownReleases {
  /** Versions of Kubernetes that a cluster can be made with, oldest first. */
  readonly kubernetesVersions: readonly string[];
}

/** A rule over fields that are well-formed. */
export interface Rule {
  /** Paths it reads; it is left out when one of them is malformed. */
  readonly reads: readonly string[];
  /** @param input the configuration as written, to tell what was said from what is a default */
  problems(config: BenchConfig, input: unknown): string[];
}

/** The project builds its images for one architecture. */
const IMAGE_ARCHITECTURE = 'x86_64';
/** Below this a Trino worker has no room for a heap and its headroom, and a Spark executor none beside its overhead. */
const LEAST_ENGINE = { cpuMillis: 3_000, memoryMib: 8 * 1_024 } as const;
/** Trino's coordinator or Spark's driver, with the operators and our coordinator beside it. */
const LEAST_SYSTEM = { cpuMillis: 3_000, memoryMib: 8 * 1_024 } as const;
const VPC_BITS = { fewest: 16, most: 22 } as const;
/** EKS asks for two, and a third would stand empty. */
const ZONES = 2;
/** A range that leaves out less than this much of the internet is as good as all of it. */
const BITS_OF_EVERYBODY = 8;
/** Fields of the cluster that mean nothing for one that exists already. */
const OF_A_NEW_CLUSTER = ['kubernetesVersion', 'nodeVolumeGib', 'nodeReleaseVersion', 'vpcCidr', 'availabilityZones', 'logRetentionDays', 'secretsKey'] as const;

export function rulesOf(known: KnownReleases): readonly Rule[] {
  return [
    { reads: ['owner'], problems: ({ owner }) => (owner?.toLowerCase().startsWith('aws:') === true ? [`owner: ${shown(owner)} begins like the tags that AWS keeps for itself; write it without "aws:".`] : []) },
    { reads: ['region'], problems: ({ region }) => otherPartition(region) },
    { reads: ['cluster.kubernetesVersion'], problems: ({ cluster }) => unknownVersion(cluster.kubernetesVersion, known) },
    { reads: ['cluster.kubernetesVersion', 'cluster.nodeReleaseVersion'], problems: ({ cluster }) => foreignRelease(cluster) },
    { reads: ['cluster.nodeType'], problems: ({ cluster }) => nodeProblems('cluster.nodeType', cluster.nodeType, 'worker') },
    { reads: ['cluster.systemNodeType'], problems: ({ cluster }) => nodeProblems('cluster.systemNodeType', cluster.systemNodeType, 'system') },
    { reads: ['cluster.vpcCidr'], problems: ({ cluster }) => vpcProblems(cluster.vpcCidr) },
    { reads: ['cluster.availabilityZones', 'region'], problems: ({ cluster, region }) => zoneProblems(cluster.availabilityZones, region) },
    { reads: ['cluster.attachTo'], problems: ({ cluster }, input) => ignoredWhenAttached(cluster, input) },
    { reads: ['adminCidrs', 'allowAnyCidr'], problems: (config) => adminCidrProblems(config.adminCidrs ?? [], config.allowAnyCidr) },
    { reads: ['datasets'], problems: ({ datasets }) => sameDataset(datasets) },
    { reads: ['project', 'results.bigQuery'], problems: ({ project, results }) => keptByGoogle(project, results.bigQuery !== undefined) },
    { reads: ['schedule'], problems: ({ schedule }) => scheduleProblems(schedule) },
  ];
}

function otherPartition(region: string): string[] {
  if (!/^(cn|us-gov|us-iso[a-z]*|eu-isoe)-/.test(region)) return [];
  return [`region: ${shown(region)} lies in a partition of AWS with names and services of its own; write one of the commercial regions, such as us-east-2.`];
}

function unknownVersion(version: string, { kubernetesVersions }: KnownReleases): string[] {
  if (kubernetesVersions.includes(version)) return [];
  return [`cluster.kubernetesVersion: ${shown(version)} cannot be created: no document here confirms that EKS offers it; write one of ${kubernetesVersions.join(', ')}.`];
}

function foreignRelease({ kubernetesVersion, nodeReleaseVersion }: BenchConfig['cluster']): string[] {
  if (nodeReleaseVersion === undefined || nodeReleaseVersion.startsWith(`${kubernetesVersion}.`)) return [];
  return [`cluster.nodeReleaseVersion: ${shown(nodeReleaseVersion)} is of another Kubernetes than cluster.kubernetesVersion ${shown(kubernetesVersion)}; write a release that begins with ${kubernetesVersion}.`];
}

function nodeProblems(path: string, type: string, pool: 'worker' | 'system'): string[] {
  const node = nodeShape(type);
  if (node === undefined) {
    const types = NODE_SHAPES.map((known) => known.type);
    const meant = nearest(type, types);
    return [`${path}: ${shown(type)} has no known memory, cores and price; write one of ${types.join(', ')}${meant === undefined ? '' : ` (did you mean ${meant}?)`}.`];
  }
  const found: string[] = [];
  if (node.architecture !== IMAGE_ARCHITECTURE) found.push(`${path}: ${shown(type)} is ${node.architecture}, and the images are built for ${IMAGE_ARCHITECTURE}; write a type such as m5.xlarge.`);
  const offered = pool === 'worker' ? workerResources(node) : allocatable(node);
  const least = pool === 'worker' ? LEAST_ENGINE : LEAST_SYSTEM;
  if (offered.memoryMib < least.memoryMib || offered.cpuMillis < least.cpuMillis) {
    const runs = pool === 'worker' ? 'a worker of Trino, Spark or flow' : 'a Trino coordinator or Spark driver beside the operators';
    found.push(`${path}: ${shown(type)} leaves ${offered.memoryMib} MiB and ${offered.cpuMillis / 1_000} cores to pods, and ${runs} asks for ${least.memoryMib} MiB and ${least.cpuMillis / 1_000}; write a larger type, such as m5.xlarge.`);
  }
  return found;
}

function inexact(path: string, cidr: string): string[] {
  const range = rangeOf(cidr);
  return range.isExact ? [] : [`${path}: ${shown(cidr)} is an address within a range; write the range as ${cidrOf(range)}${path.startsWith('adminCidrs') ? `, or the one address as ${cidr.split('/')[0] ?? ''}/32` : ''}.`];
}

function vpcProblems(cidr: string): string[] {
  const range = rangeOf(cidr);
  const found = inexact('cluster.vpcCidr', cidr);
  if (!isPrivate(range)) found.push(`cluster.vpcCidr: ${shown(cidr)} is not private; write a range within ${PRIVATE_RANGES.join(', ')}, such as 10.42.0.0/16.`);
  if (range.bits < VPC_BITS.fewest) found.push(`cluster.vpcCidr: ${shown(cidr)} is larger than a VPC may be; write /${VPC_BITS.fewest} to /${VPC_BITS.most}, such as 10.42.0.0/16.`);
  if (range.bits > VPC_BITS.most) found.push(`cluster.vpcCidr: ${shown(cidr)} has too few addresses for nodes and their pods; write /${VPC_BITS.fewest} to /${VPC_BITS.most}, such as 10.42.0.0/16.`);
  return found;
}

function zoneProblems(zones: readonly string[] | undefined, region: string): string[] {
  if (zones === undefined) return [];
  const example = `such as ["${region}a", "${region}b"]`;
  const foreign = zones.flatMap((zone, index) => (new RegExp(`^${region}[a-z]$`).test(zone) ? [] : [`cluster.availabilityZones.${index}: ${shown(zone)} is no zone of ${region}; write zones of the region, ${example}.`]));
  const twice = new Set(zones).size < zones.length ? [`cluster.availabilityZones: ${shown(zones)} names a zone twice; write different ones, ${example}.`] : [];
  const other = zones.length === ZONES ? [] : [`cluster.availabilityZones: ${shown(zones)} has ${zones.length} of the two zones that a cluster asks for; write two, ${example}, or leave it out.`];
  return [...foreign, ...twice, ...other];
}

function ignoredWhenAttached({ attachTo }: BenchConfig['cluster'], input: unknown): string[] {
  if (attachTo === undefined) return [];
  return OF_A_NEW_CLUSTER.flatMap((field) => {
    const value = valueAt(input, ['cluster', field]);
    if (value === undefined) return [];
    return [`cluster.${field}: ${shown(value)} would be ignored, as cluster.attachTo ${shown(attachTo)} puts the workloads into a cluster that exists; leave one of the two out.`];
  });
}

function adminCidrProblems(cidrs: readonly string[], allowAnyCidr: boolean): string[] {
  const isEverybody = (cidr: string): boolean => rangeOf(cidr).bits < BITS_OF_EVERYBODY;
  const found = cidrs.flatMap((cidr, index) => {
    const path = `adminCidrs.${index}`;
    if (isEverybody(cidr)) return allowAnyCidr ? [] : [`${path}: ${shown(cidr)} lets everybody reach the cluster; write your own address as a /32, or say it twice with allowAnyCidr: true.`];
    if (isOffTheInternet(rangeOf(cidr))) return [`${path}: ${shown(cidr)} never reaches a public endpoint; write the address that the internet sees, as a /32.`];
    return inexact(path, cidr);
  });
  if (allowAnyCidr && !cidrs.some(isEverybody)) found.push('allowAnyCidr: true means nothing here, as no range of adminCidrs lets everybody in; write false, or leave it out.');
  return found;
}

function sameDataset(datasets: BenchConfig['datasets']): string[] {
  const prefixes = datasets.map(({ scaleFactor, numeric }) => datasetPrefix(scaleFactor, numeric));
  return prefixes.flatMap((prefix, index) => {
    const first = prefixes.indexOf(prefix);
    return first === index ? [] : [`datasets.${index}: ${shown(datasets[index])} is the same as datasets.${first} (${prefix}); leave one of the two out.`];
  });
}

function keptByGoogle(project: string, hasBigQuery: boolean): string[] {
  if (!hasBigQuery || !project.startsWith('gcp-')) return [];
  return [`project: ${shown(project)} makes an identity pool whose name begins like Google's own; write a project that does not begin with gcp-.`];
}

function scheduleProblems(schedule: string | undefined): string[] {
  const problem = schedule === undefined ? undefined : cronProblem(schedule);
  return problem === undefined ? [] : [`schedule: ${shown(schedule)} ${problem}.`];
}
