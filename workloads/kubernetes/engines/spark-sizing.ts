import { type Allocatable, type NodeShape, workerResources } from '../../model/node-shapes.js';

/** What one executor asks for, in the words of a SparkApplication. */
export interface ExecutorSize {
  /** Tasks that it runs at once. */
  readonly cores: number;
  /** What its pod requests of the node, which never offers all of its cores. */
  readonly coreRequest: string;
  readonly memory: string;
  /** Absent: Spark's own share beside the heap, which is larger for Python. */
  readonly memoryOverhead?: string;
}

/** As a plan of the benchmark wrote it down before anybody had measured: 3 cores and 3 GB. */
const PLAN: ExecutorSize = { cores: 3, coreRequest: '3', memory: '3g' };
/** Beside its heap an executor needs some memory, whatever it is asked to do. */
const LEAST_OVERHEAD_MIB = 384;
const MEBIBYTE = 2 ** 20;

export interface SizeRequest {
  readonly tier: string;
  readonly node: NodeShape;
  readonly threads: number;
  /** What every engine may plan with on one worker. */
  readonly memoryBytes: number;
}

/**
 * An executor has a node to itself. `plan` takes what the plan says; every other tier the memory that all engines
 * are given as its heap, and beside it all that the node has left.
 */
export function executorSize({ tier, node, threads, memoryBytes }: SizeRequest): ExecutorSize {
  if (tier === 'plan') return PLAN;
  const room = workerResources(node);
  const heapMib = Math.min(Math.floor(memoryBytes / MEBIBYTE), room.memoryMib - LEAST_OVERHEAD_MIB);
  return { cores: threads, coreRequest: `${Math.min(room.cpuMillis, threads * 1_000)}m`, memory: `${heapMib}m`, memoryOverhead: `${room.memoryMib - heapMib}m` };
}

/** Of a driver's pod, what is heap; the rest is for Python, which holds the rows. */
const DRIVER_HEAP_SHARE = 0.6;

export interface DriverSize {
  readonly cores: number;
  readonly coreRequest: string;
  readonly memory: string;
  readonly memoryOverhead: string;
}

export function driverSize(room: Allocatable): DriverSize {
  const heapMib = Math.floor(room.memoryMib * DRIVER_HEAP_SHARE);
  return { cores: Math.max(1, Math.floor(room.cpuMillis / 1_000)), coreRequest: `${room.cpuMillis}m`, memory: `${heapMib}m`, memoryOverhead: `${room.memoryMib - heapMib}m` };
}
