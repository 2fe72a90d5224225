import { letWorkersGo } from '../../../workloads/kubernetes/engines/held-workers.js';
import type { RayClusterObject } from '../../../workloads/kubernetes/engines/ray-job.js';
import { FakeEngineApi } from './fake-engine-api.js';
import { RAY_PLACE, TRINO_PLACE } from './support.js';

const connect = (cluster: FakeEngineApi) => () => Promise.resolve(cluster.api);

describe('workers that nobody measures with', () => {
  test('of Trino are scaled away', async () => {
    const cluster = new FakeEngineApi();
    cluster.replicas = 4;
    expect(await letWorkersGo({ trino: TRINO_PLACE }, connect(cluster))).toEqual([{ name: 'deployment/trino-worker', workers: 4 }]);
    expect(cluster.scaled).toEqual([0]);
    expect(await letWorkersGo({ trino: TRINO_PLACE }, connect(cluster))).toEqual([]);
    expect(cluster.scaled).toEqual([0]);
  });

  test('of Ray are scaled away, and a cluster that is not there holds none', async () => {
    const cluster = new FakeEngineApi();
    const patches: object[] = [];
    cluster.onPatch = (_name, patch) => { patches.push(patch); };
    expect(await letWorkersGo({ ray: RAY_PLACE }, connect(cluster))).toEqual([]);
    cluster.objects.set(RAY_PLACE.rayCluster, { metadata: { name: RAY_PLACE.rayCluster, resourceVersion: '3' }, spec: { workerGroupSpecs: [{ groupName: RAY_PLACE.workerGroup, replicas: 2 }] } } as RayClusterObject);
    expect(await letWorkersGo({ ray: RAY_PLACE }, connect(cluster))).toEqual([{ name: 'raycluster/ray', workers: 2 }]);
    expect(patches).toEqual([{ metadata: { resourceVersion: '3' }, spec: { workerGroupSpecs: [{ groupName: RAY_PLACE.workerGroup, replicas: 0 }] } }]);
  });
});
