/**
 * What a node of a type leaves for pods. Formulas as in nodeadm of AL2023 (kube-reserved) with the kubelet's
 * hard eviction of 100 MiB; the memory floor is nominal × 0.925, Karpenter's default for what the kernel and
 * firmware keep, so that a pod sized by it is schedulable on every node of the type.
 */
export interface NodeShape {
  readonly type: string;
  readonly architecture: 'x86_64' | 'arm64';
  readonly vcpus: number;
  readonly memoryMib: number;
  /** Most pods with the VPC CNI without prefix delegation: ENIs × (addresses − 1) + 2. */
  readonly maxPods: number;
}

export interface Allocatable {
  readonly cpuMillis: number;
  readonly memoryMib: number;
}

/** Reserved for what runs on every node beside the workload: CNI and its agent, kube-proxy, CoreDNS. */
export const DAEMON_CPU_MILLIS = 200;
export const DAEMON_MEMORY_MIB = 256;

const GIB = 1_024;
const shape = (type: string, architecture: NodeShape['architecture'], vcpus: number, memoryGib: number, maxPods: number): NodeShape =>
  ({ type, architecture, vcpus, memoryMib: memoryGib * GIB, maxPods });

/** The types the price table knows (images/versions). */
export const NODE_SHAPES: readonly NodeShape[] = [
  shape('m5.xlarge', 'x86_64', 4, 16, 58),
  shape('m6i.xlarge', 'x86_64', 4, 16, 58),
  shape('m7i.xlarge', 'x86_64', 4, 16, 58),
  shape('m7g.xlarge', 'arm64', 4, 16, 58),
  shape('m8g.xlarge', 'arm64', 4, 16, 58),
  shape('c7i.2xlarge', 'x86_64', 8, 16, 58),
  shape('c7i.4xlarge', 'x86_64', 16, 32, 234),
  shape('r5.2xlarge', 'x86_64', 8, 64, 58),
  shape('i4i.4xlarge', 'x86_64', 16, 128, 234),
  shape('t3.large', 'x86_64', 2, 8, 35),
];

export function nodeShape(type: string): NodeShape | undefined {
  return NODE_SHAPES.find((known) => known.type === type);
}

/** 6 % of the first core, 1 % of the second, 0.5 % of the third and fourth, 0.25 % of the rest, in millicores. */
function reservedCpuMillis(vcpus: number): number {
  const share = (from: number, to: number, perCore: number): number => Math.max(0, Math.min(vcpus, to) - from) * perCore;
  return share(0, 1, 60) + share(1, 2, 10) + share(2, 4, 5) + share(4, Infinity, 2.5);
}

const EVICTION_MIB = 100;
const FLOOR_SHARE = 0.925;

/** What the kubelet offers to pods, at least. m5.xlarge: 3920 millicores and 14 162 MiB. */
export function allocatable(node: NodeShape): Allocatable {
  const reservedMib = 255 + 11 * node.maxPods + EVICTION_MIB;
  return {
    cpuMillis: Math.floor(node.vcpus * 1_000 - reservedCpuMillis(node.vcpus)),
    memoryMib: Math.floor(node.memoryMib * FLOOR_SHARE) - reservedMib,
  };
}

/** What one worker pod may request when it has the node to itself. */
export function workerResources(node: NodeShape): Allocatable {
  const offered = allocatable(node);
  return { cpuMillis: Math.floor((offered.cpuMillis - DAEMON_CPU_MILLIS) / 100) * 100, memoryMib: offered.memoryMib - DAEMON_MEMORY_MIB };
}
