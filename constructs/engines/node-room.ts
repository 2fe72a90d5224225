import { coordinatorResources } from '../../workloads/model/job-manifest-coordinator.js';
import { type Allocatable, NODE_SHAPES, nodeShape, type NodeShape, workerResources } from '../../workloads/model/node-shapes.js';
import { FlowbenchError } from '../../workloads/model/errors.js';
import { type IBenchCluster } from '../cluster/cluster-ref.js';

/** Kept free on the system node for an operator, beside what our own coordinator takes. */
const OPERATOR_RESERVE: Allocatable = { cpuMillis: 400, memoryMib: 768 };

/** One sentence for each pool whose node type has no known shape: nothing can be sized by it. */
export function shapeProblems(cluster: Pick<IBenchCluster, 'nodeType' | 'systemNodeType'>): string[] {
  return [...new Set([cluster.nodeType, cluster.systemNodeType])]
    .filter((type) => nodeShape(type) === undefined)
    .map((type) => `node type "${type}" has no known memory and cores, by which the engine is sized. Use one of ${NODE_SHAPES.map((known) => known.type).join(', ')}.`);
}

/** The shape of a type that {@link shapeProblems} let through. */
export function knownShape(type: string): NodeShape {
  const shape = nodeShape(type);
  if (shape === undefined) throw new FlowbenchError('internal', `The node type "${type}" was not refused, yet it has no known shape.`);
  return shape;
}

/** What an engine's coordinator may take of the system node. */
export function systemRoom(shape: NodeShape): Allocatable {
  const whole = workerResources(shape);
  const ours = coordinatorResources(shape);
  return {
    cpuMillis: whole.cpuMillis - ours.cpuMillis - OPERATOR_RESERVE.cpuMillis,
    memoryMib: whole.memoryMib - ours.memoryMib - OPERATOR_RESERVE.memoryMib,
  };
}
