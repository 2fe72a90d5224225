import { type Allocatable, type NodeShape, workerResources } from '../../workloads/model/node-shapes.js';
import { systemRoom } from './node-room.js';

export interface RaySizing {
  readonly head: Allocatable;
  readonly worker: Allocatable;
}

/** The head only schedules; beyond this it gains nothing. */
const MOST_HEAD: Allocatable = { cpuMillis: 2_000, memoryMib: 8_192 };
const LEAST_HEAD_MIB = 4_096;
/** Ray's advice for a pod that computes. */
const LEAST_WORKER_MIB = 8_192;

/** A worker has a node to itself; the head shares the system node. */
export function raySizing(worker: NodeShape, system: NodeShape): RaySizing {
  const room = systemRoom(system);
  return {
    worker: workerResources(worker),
    head: { cpuMillis: Math.min(MOST_HEAD.cpuMillis, room.cpuMillis), memoryMib: Math.min(MOST_HEAD.memoryMib, room.memoryMib) },
  };
}

/** One sentence for each pool whose nodes are too small for Ray. */
export function raySizingProblems(worker: NodeShape, system: NodeShape): string[] {
  const sizing = raySizing(worker, system);
  return [
    ...tooSmall('nodeType', worker.type, 'worker', sizing.worker, LEAST_WORKER_MIB),
    ...tooSmall('systemNodeType', system.type, 'head', sizing.head, LEAST_HEAD_MIB),
  ];
}

function tooSmall(prop: string, type: string, part: string, room: Allocatable, leastMib: number): string[] {
  if (room.memoryMib >= leastMib) return [];
  return [`${prop} "${type}" leaves ${room.memoryMib} MiB to a Ray ${part}; it needs ${leastMib} MiB. Choose one with 16 GiB or more, such as m5.xlarge.`];
}
