import { patchReplicas, scaleRay } from '../../../workloads/kubernetes/engines/ray-workers.js';
import { type RayClusterObject } from '../../../workloads/kubernetes/engines/ray-job.js';
import { awaitWorkers, scaleTrino } from '../../../workloads/kubernetes/engines/trino-workers.js';
import type { TrinoClient } from '../../../workloads/engines/trino/client.js';
import { FakeEngineApi, podOf, SHORT } from './fake-engine-api.js';
import { RAY_PLACE, TRINO_PLACE } from './support.js';

const signal = new AbortController().signal;
const UNSCHEDULABLE = { phase: 'Pending', conditions: [{ type: 'PodScheduled', status: 'False', message: '0/5 nodes are available.' }] };

describe('workers of Trino', () => {
  const clientOf = (counts: readonly (number | Error)[]): TrinoClient => {
    const left = [...counts];
    return { run: () => { const next = left.length > 1 ? left.shift() : left[0]; return next instanceof Error ? Promise.reject(next) : Promise.resolve({ rows: [[String(next)]] }); } } as unknown as TrinoClient;
  };

  const READY = { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] };
  const withPods = (count: number): FakeEngineApi => {
    const cluster = new FakeEngineApi();
    for (let index = 0; index < count; index += 1) cluster.pods.set(`w-${index}`, podOf(`w-${index}`, {}, READY));
    return cluster;
  };

  test('are scaled by their Deployment, and waited for until Trino counts exactly so many', async () => {
    const cluster = withPods(2);
    await scaleTrino({ api: cluster.api, place: TRINO_PLACE }, 2);
    // A coordinator that starts, too few, one too many that was scaled away, and as asked.
    await awaitWorkers({ api: cluster.api, place: TRINO_PLACE, limits: SHORT, signal }, clientOf([new Error('starting'), 0, 4, 3, 2]), 2);
    expect(cluster.scaled).toEqual([2]);
  });

  test('that do not come are told by the words of their pods, or after a while by their number', async () => {
    const cluster = new FakeEngineApi();
    cluster.pods.set('w', podOf('w', {}, UNSCHEDULABLE));
    await expect(awaitWorkers({ api: cluster.api, place: TRINO_PLACE, limits: SHORT, signal }, clientOf([1]), 2)).rejects.toThrow(/does not come to 2 workers: Pod w .*finds no node/);
    const waiting = { place: TRINO_PLACE, limits: { ...SHORT, openMs: 50 }, signal };
    await expect(awaitWorkers({ ...waiting, api: withPods(2).api }, clientOf([1]), 2)).rejects.toThrow(/has 1 active workers instead of 2 after 0\.05 s/);
    await expect(awaitWorkers({ ...waiting, api: withPods(1).api }, clientOf([2]), 2)).rejects.toThrow(/has not come to 2 active workers after 0\.05 s: its Deployment has 1 ready pods of 1/);
    await expect(awaitWorkers({ ...waiting, api: withPods(2).api }, clientOf([new Error('NO_NODES_AVAILABLE: none.')]), 2)).rejects.toThrow(/asked for them it said: NO_NODES_AVAILABLE: none/);
  });

  test('that were scaled away are not taken for those that are to come, though Trino still counts them', async () => {
    const cluster = withPods(1);
    const old = podOf('old', {}, READY);
    cluster.pods.set('old', { ...old, metadata: { ...old.metadata, deletionTimestamp: new Date() } });
    let isOver = false;
    const waited = awaitWorkers({ api: cluster.api, place: TRINO_PLACE, limits: SHORT, signal }, clientOf([1]), 1).then(() => { isOver = true; });
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect(isOver).toBe(false);
    cluster.pods.delete('old');
    await waited;
  });
});

describe('workers of Ray', () => {
  const groups = [{ groupName: 'others', replicas: 1 }, { groupName: 'workers', replicas: 0, maxReplicas: 4 }];
  const deployed = (): FakeEngineApi => {
    const cluster = new FakeEngineApi();
    cluster.objects.set('ray', { metadata: { name: 'ray', resourceVersion: '7' }, spec: { workerGroupSpecs: groups }, status: { readyWorkerReplicas: 0 } } as RayClusterObject);
    return cluster;
  };
  const worker = (name: string): ReturnType<typeof podOf> => podOf(name, { 'ray.io/node-type': 'worker' }, { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] });

  test('are the replicas of their group alone, and waited for until the operator and the pods say so', async () => {
    const cluster = deployed();
    const patches: object[] = [];
    cluster.onPatch = (_name, patch) => {
      patches.push(patch);
      for (const name of ['a', 'b']) cluster.pods.set(name, worker(name));
      cluster.objects.set('ray', { ...cluster.objects.get('ray'), status: { readyWorkerReplicas: 2 } } as RayClusterObject);
    };
    await scaleRay({ api: cluster.api, place: RAY_PLACE, limits: SHORT, signal }, 2);
    expect(patches).toEqual([{ metadata: { resourceVersion: '7' }, spec: { workerGroupSpecs: [groups[0], { ...groups[1], replicas: 2 }] } }]);
  });

  test('that find no node are told', async () => {
    const cluster = deployed();
    cluster.pods.set('w', podOf('w', { 'ray.io/node-type': 'worker' }, UNSCHEDULABLE));
    await expect(scaleRay({ api: cluster.api, place: RAY_PLACE, limits: SHORT, signal }, 2)).rejects.toThrow(/does not come to 2 workers: Pod w .*finds no node/);
  });

  test('of a cluster that is not there are no workers', async () => {
    await expect(patchReplicas({ api: new FakeEngineApi().api, place: RAY_PLACE, limits: SHORT }, 1)).rejects.toMatchObject({ code: 'configuration', message: expect.stringContaining('no RayCluster ray') as string });
  });
});
