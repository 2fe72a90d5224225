import { type Allocatable, type NodeShape, workerResources } from '../../workloads/model/node-shapes.js';
import { trinoHeap, type TrinoHeap } from '../../workloads/model/trino-memory.js';
import { systemRoom } from './node-room.js';

/** Memory of one Trino process. */
export interface TrinoMemory extends TrinoHeap {
  /** What the pod requests and is bounded by. */
  readonly pod: Allocatable;
}

export interface TrinoSizing {
  readonly worker: TrinoMemory;
  readonly coordinator: TrinoMemory;
  /** query.max-memory: what one query may hold on all workers together. */
  readonly maxMemoryMib: number;
}

export interface TrinoNodes {
  readonly worker: NodeShape;
  readonly system: NodeShape;
  readonly workers: number;
}

const HEAP_STEP_MIB = 256;
const LEAST_WORKER_HEAP_MIB = 8_192;
const LEAST_COORDINATOR_HEAP_MIB = 4_096;

/** One worker has a node to itself; the coordinator shares the system node. */
export function trinoSizing(nodes: TrinoNodes): TrinoSizing {
  const worker = memoryWithin(workerResources(nodes.worker));
  return { worker, coordinator: memoryWithin(systemRoom(nodes.system)), maxMemoryMib: worker.maxMemoryPerNodeMib * nodes.workers };
}

/** One sentence for each pool whose nodes are too small for Trino. */
export function trinoSizingProblems(nodes: TrinoNodes): string[] {
  const { worker, coordinator } = trinoSizing(nodes);
  return [
    ...tooSmall('nodeType', nodes.worker.type, 'worker', worker, LEAST_WORKER_HEAP_MIB),
    ...tooSmall('systemNodeType', nodes.system.type, 'coordinator', coordinator, LEAST_COORDINATOR_HEAP_MIB),
  ];
}

function memoryWithin(pod: Allocatable): TrinoMemory {
  return { pod, ...trinoHeap(pod.memoryMib, HEAP_STEP_MIB) };
}

function tooSmall(prop: string, type: string, part: string, memory: TrinoMemory, leastHeapMib: number): string[] {
  if (memory.heapMib >= leastHeapMib) return [];
  return [`${prop} "${type}" leaves ${memory.pod.memoryMib} MiB to a Trino ${part}, a heap of ${memory.heapMib} MiB; it needs ${leastHeapMib} MiB. Choose one with 16 GiB or more, such as m5.xlarge.`];
}
