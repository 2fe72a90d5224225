import { type Allocatable, type NodeShape, workerResources } from '../../workloads/model/node-shapes.js';
import { divideHeap, type TrinoHeap } from '../../workloads/model/trino-memory.js';
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

/** Beside the heap: code cache (512 MiB), metaspace, threads, and the buffers that S3 is read into. */
const OFF_HEAP_SHARE = 0.22;
const MOST_OFF_HEAP_MIB = 8_192;
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
  const offHeapMib = Math.min(MOST_OFF_HEAP_MIB, pod.memoryMib * OFF_HEAP_SHARE);
  return { pod, ...divideHeap(Math.floor((pod.memoryMib - offHeapMib) / HEAP_STEP_MIB) * HEAP_STEP_MIB) };
}

function tooSmall(prop: string, type: string, part: string, memory: TrinoMemory, leastHeapMib: number): string[] {
  if (memory.heapMib >= leastHeapMib) return [];
  return [`${prop} "${type}" leaves ${memory.pod.memoryMib} MiB to a Trino ${part}, a heap of ${memory.heapMib} MiB; it needs ${leastHeapMib} MiB. Choose one with 16 GiB or more, such as m5.xlarge.`];
}
