import * as fc from 'fast-check';
import { coordinatorResources } from '../../workloads/model/job-manifest-coordinator.js';
import { allocatable, NODE_SHAPES, workerResources } from '../../workloads/model/node-shapes.js';
import { raySizing, raySizingProblems } from '../../constructs/engines/ray-sizing.js';
import { type TrinoMemory, trinoSizing, trinoSizingProblems } from '../../constructs/engines/trino-sizing.js';
import { shape } from './inputs.js';

const anyNodes = fc.record({ worker: fc.constantFrom(...NODE_SHAPES), system: fc.constantFrom(...NODE_SHAPES), workers: fc.integer({ min: 1, max: 64 }) });

/** Trino's own rules, and Kubernetes' above them: what is broken, one sentence each. */
function broken(memory: TrinoMemory, offeredMib: number): string[] {
  return [
    ...(memory.maxMemoryPerNodeMib + memory.heapHeadroomMib < memory.heapMib ? [] : ['Trino does not start: query memory and headroom reach the heap']),
    ...(memory.heapMib + 1_024 < memory.pod.memoryMib ? [] : ['less than 1 GiB is left beside the heap']),
    ...(memory.pod.memoryMib <= offeredMib ? [] : ['the pod fits on no node']),
  ];
}

test('memory of Trino keeps its rules on every node type that is large enough', () => {
  fc.assert(fc.property(anyNodes, (nodes) => {
    fc.pre(trinoSizingProblems(nodes).length === 0);
    const sizing = trinoSizing(nodes);
    expect(broken(sizing.worker, allocatable(nodes.worker).memoryMib)).toEqual([]);
    expect(broken(sizing.coordinator, allocatable(nodes.system).memoryMib)).toEqual([]);
    expect(sizing.maxMemoryMib).toBe(sizing.worker.maxMemoryPerNodeMib * nodes.workers);
  }));
});

test('beside the coordinator or the head of an engine there is room for our own coordinator and an operator, on every system node', () => {
  for (const system of NODE_SHAPES.filter(({ type }) => type !== 't3.large')) {
    const offered = workerResources(system);
    const ours = coordinatorResources(system);
    for (const pod of [trinoSizing({ worker: system, system, workers: 1 }).coordinator.pod, raySizing(system, system).head]) {
      expect(pod.cpuMillis + ours.cpuMillis + 100).toBeLessThanOrEqual(offered.cpuMillis);
      expect(pod.memoryMib + ours.memoryMib + 512).toBeLessThanOrEqual(offered.memoryMib);
    }
  }
});

test('a heap that leaves Trino no headroom is told', () => {
  const { worker } = trinoSizing({ worker: shape('m5.xlarge'), system: shape('m5.xlarge'), workers: 4 });
  expect(broken({ ...worker, heapMib: worker.maxMemoryPerNodeMib + worker.heapHeadroomMib }, 16_384)).toEqual(['Trino does not start: query memory and headroom reach the heap']);
  expect(broken({ ...worker, heapMib: worker.pod.memoryMib }, 16_384)).toEqual(['less than 1 GiB is left beside the heap']);
  expect(broken(worker, 13_000)).toEqual(['the pod fits on no node']);
});

test('an m5.xlarge gives Trino what was worked out for it by hand: about 10 GiB of heap within 13.5 GiB', () => {
  const sizing = trinoSizing({ worker: shape('m5.xlarge'), system: shape('m5.xlarge'), workers: 4 });
  expect(sizing.worker).toEqual({ pod: { cpuMillis: 3_700, memoryMib: 13_906 }, heapMib: 10_752, maxMemoryPerNodeMib: 6_451, heapHeadroomMib: 2_150 });
  expect(sizing.coordinator.heapMib).toBe(9_216);
});

test('every node type but t3.large is large enough for each engine, and t3.large is refused for each pool with what would do', () => {
  const small = shape('t3.large');
  for (const large of NODE_SHAPES.filter((known) => known !== small)) {
    expect(trinoSizingProblems({ worker: large, system: large, workers: 1 })).toEqual([]);
    expect(raySizingProblems(large, large)).toEqual([]);
  }
  expect(trinoSizingProblems({ worker: small, system: small, workers: 1 })).toEqual([
    'nodeType "t3.large" leaves 6581 MiB to a Trino worker, a heap of 5120 MiB; it needs 8192 MiB. Choose one with 16 GiB or more, such as m5.xlarge.',
    'systemNodeType "t3.large" leaves 5244 MiB to a Trino coordinator, a heap of 3840 MiB; it needs 4096 MiB. Choose one with 16 GiB or more, such as m5.xlarge.',
  ]);
  expect(raySizingProblems(small, shape('m5.xlarge'))).toEqual([
    'nodeType "t3.large" leaves 6581 MiB to a Ray worker; it needs 8192 MiB. Choose one with 16 GiB or more, such as m5.xlarge.',
  ]);
});

test('the head of Ray leaves room on the system node', () => {
  const { head } = raySizing(shape('m5.xlarge'), shape('m5.xlarge'));
  expect(head).toEqual({ cpuMillis: 2_000, memoryMib: 8_192 });
});
