import { findLeftovers, removeLeftovers } from '../../../workloads/kubernetes/runs/leftovers.js';
import { remainsOf, removeRun, untilGone } from '../../../workloads/kubernetes/runs/remains.js';
import { leaseName, takenLease } from '../../../workloads/kubernetes/lease/run-lease.js';
import { FakeCluster } from '../fake-cluster.js';

const COORDINATOR = { 'app.kubernetes.io/component': 'coordinator' };

let cluster: FakeCluster;

beforeEach(() => {
  cluster = new FakeCluster();
});

function addCoordinator(run: string, ended: 'Complete' | 'Failed' | null): void {
  const conditions = ended === null ? [] : [{ type: ended, status: 'True', reason: 'PodFailurePolicy' }];
  const name = `coordinator-${run}`;
  cluster.jobs.set(name, { metadata: { name, uid: `uid-of-${name}`, labels: { ...COORDINATOR, 'flowbench/run': run } }, status: { conditions } });
}

function addWork(run: string, owner?: string): void {
  const name = `fw-${run}-q6`;
  const ownerReferences = owner === undefined ? [] : [{ apiVersion: 'batch/v1', kind: 'Job', name: owner, uid: `uid-of-${owner}` }];
  const metadata = { name, labels: { 'flowbench/run': run }, ownerReferences };
  cluster.jobs.set(name, { metadata: { ...metadata, uid: `uid-of-${name}` } });
  cluster.configMaps.set(name, { metadata });
}

const names = async (): Promise<string[]> => (await findLeftovers(cluster)).map(({ name }) => name);

test('what a run without a coordinator left is found and removed', async () => {
  addWork('a');
  expect(await names()).toEqual(['job/fw-a-q6', 'configmap/fw-a-q6']);
  await removeLeftovers(cluster, await findLeftovers(cluster));
  expect(await names()).toEqual([]);
});

test('a run whose coordinator is at work is left alone', async () => {
  addCoordinator('a', null);
  addWork('a', 'coordinator-a');
  expect(await names()).toEqual([]);
});

test('a coordinator that the schedule started has no run label: its work is known by its owner', async () => {
  cluster.jobs.set('coordinator-2939', { metadata: { name: 'coordinator-2939', uid: 'uid-of-coordinator-2939', labels: COORDINATOR } });
  addWork('coordinator-2939-uid-of-c', 'coordinator-2939');
  expect(await names()).toEqual([]);
});

test('finished coordinators are left over, with how they ended', async () => {
  addCoordinator('a', 'Complete');
  addCoordinator('b', 'Failed');
  expect(await findLeftovers(cluster)).toEqual([
    { name: 'job/coordinator-a', run: 'a', why: 'coordinator finished' },
    { name: 'job/coordinator-b', run: 'b', why: 'coordinator failed (PodFailurePolicy)' },
  ]);
});

test('a run that a living pod holds without a Job is left alone, one whose holder is gone is not', async () => {
  const holder = { pod: 'by-hand', podUid: 'pod-1', jobUid: '' };
  cluster.leases.set(leaseName('a'), takenLease({ namespace: cluster.namespace, runId: 'a', holder, durationSeconds: 20 }, null));
  addWork('a');
  cluster.pods.set('by-hand', { metadata: { name: 'by-hand', uid: 'pod-1' }, status: { phase: 'Running' } });
  expect(await names()).toEqual([]);
  cluster.pods.clear();
  expect(await names()).toHaveLength(2);
});

test('a run is removed with everything that its coordinator owns', async () => {
  addCoordinator('a', null);
  addWork('a', 'coordinator-a');
  addWork('b');
  cluster.leases.set(leaseName('a'), takenLease({
    namespace: cluster.namespace, runId: 'a', holder: { pod: 'p', podUid: 'u', jobUid: 'j' }, durationSeconds: 20,
    owner: { apiVersion: 'batch/v1', kind: 'Job', name: 'coordinator-a', uid: 'uid-of-coordinator-a' },
  }, null));
  expect((await remainsOf(cluster, 'a')).sort()).toEqual(['configmap/fw-a-q6', 'job/coordinator-a', 'job/fw-a-q6', `lease/${leaseName('a')}`]);
  await removeRun(cluster, 'a');
  expect(await untilGone(cluster, 'a', 1_000)).toEqual([]);
  expect(await remainsOf(cluster, 'b')).toHaveLength(2);
});

test('what does not go is named after the patience', async () => {
  addWork('a');
  expect(await untilGone(cluster, 'a', 0)).toEqual(['job/fw-a-q6', 'configmap/fw-a-q6']);
});
