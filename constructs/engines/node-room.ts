import { coordinatorResources } from '../../workloads/model/job-manifest-coordinator.js';
import { type Allocatable, NODE_SHAPES, nodeShape, type NodeShape, workerResources } from '../../workloads/model/node-shapes.js';
import { FlowbenchError } from '../../workloads/model/errors.js';
import { type IBenchCluster } from '../cluster/cluster-ref.js';

/** Kept free on the system node for an operator, beside what our own coordinator takes. */
const OPERATOR_RESERVE: Allocatable = { cpuMillis: 400, memoryMib: 768 };

/** Of the Spark operator's two pods beyond that reserve, which is made for one small pod. */
const SPARK_OPERATOR_BEYOND: Allocatable = { cpuMillis: 0, memoryMib: 1_024 };
/** A driver plans and collects; beyond this it gains nothing. */
const MOST_SPARK_DRIVER: Allocatable = { cpuMillis: 2_000, memoryMib: 5_120 };

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

/** What the pod of a Spark driver may take of the system node, beside the operator and our own coordinator. */
export function sparkDriverRoom(shape: NodeShape): Allocatable {
  const room = systemRoom(shape);
  return {
    cpuMillis: Math.min(MOST_SPARK_DRIVER.cpuMillis, room.cpuMillis - SPARK_OPERATOR_BEYOND.cpuMillis),
    memoryMib: Math.min(MOST_SPARK_DRIVER.memoryMib, room.memoryMib - SPARK_OPERATOR_BEYOND.memoryMib),
  };
}
