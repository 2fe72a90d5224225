import { patchReplicas, scaleRay } from '../../../workloads/kubernetes/engines/ray-workers.js';
import { type RayClusterObject } from '../../../workloads/kubernetes/engines/ray-job.js';
import { awaitWorkers, scaleTrino } from '../../../workloads/kubernetes/engines/trino-workers.js';
import type { TrinoClient } from '../../../workloads/engines/trino/client.js';
import { FakeEngineApi, podOf, SHORT } from './fake-engine-api.js';
import { RAY_PLACE } from './support.js';

const signal = new AbortController().signal;
const PLACE = { namespace: 'engines', url: 'http://trino:8080', workerDeployment: 'trino-worker', catalog: 'hive', databases: {}, trinoVersion: '480' };
const UNSCHEDULABLE = { phase: 'Pending', conditions: [{ type: 'PodScheduled', status: 'False', message: '0/5 nodes are available.' }] };

describe('workers of Trino', () => {
  const clientOf = (counts: readonly (number | Error)[]): TrinoClient => {
    const left = [...counts];
    return { run: () => { const next = left.length > 1 ? left.shift() : left[0]; return next instanceof Error ? Promise.reject(next) : Promise.resolve({ rows: [[String(next)]] }); } } as unknown as TrinoClient;
  };

  test('are scaled by their Deployment, and waited for until Trino counts exactly so many', async () => {
    const cluster = new FakeEngineApi();
    await scaleTrino({ api: cluster.api, place: PLACE }, 2);
    // A coordinator that starts, too few, one too many that was scaled away, and as asked.
    await awaitWorkers({ api: cluster.api, place: PLACE, limits: SHORT, signal }, clientOf([new Error('starting'), 0, 4, 3, 2]), 2);
    expect(cluster.scaled).toEqual([2]);
  });

  test('that do not come are told by the words of their pods, or after a while by their number', async () => {
    const cluster = new FakeEngineApi();
    cluster.pods.set('w', podOf('w', {}, UNSCHEDULABLE));
    await expect(awaitWorkers({ api: cluster.api, place: PLACE, limits: SHORT, signal }, clientOf([1]), 2)).rejects.toThrow(/does not come to 2 workers: Pod w .*finds no node/);
    cluster.pods.clear();
    await expect(awaitWorkers({ api: cluster.api, place: PLACE, limits: { ...SHORT, openMs: 50 }, signal }, clientOf([1]), 2)).rejects.toThrow(/has 1 active workers instead of 2/);
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
