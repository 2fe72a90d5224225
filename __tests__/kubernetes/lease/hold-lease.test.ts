import { setTimeout as sleep } from 'node:timers/promises';
import { holdLease, type HeldLease, type LeaseOptions } from '../../../workloads/kubernetes/lease/hold-lease.js';
import { holderOf, leaseName, renewedLease, takenLease, type LeaseHolder } from '../../../workloads/kubernetes/lease/run-lease.js';
import { FlowbenchError } from '../../../workloads/model/errors.js';
import { FakeCluster } from '../fake-cluster.js';

const RUN = '20261121T101500Z-a1b2c3';
const OURS: LeaseHolder = { pod: 'coordinator-x-1', podUid: 'pod-1', jobUid: 'job-1' };
const THEIRS: LeaseHolder = { pod: 'coordinator-y-1', podUid: 'pod-2', jobUid: 'job-2' };

let cluster: FakeCluster;
let held: HeldLease[] = [];

beforeEach(() => {
  cluster = new FakeCluster();
  held = [];
});

afterEach(async () => {
  cluster.before = () => undefined;
  await Promise.all(held.map((lease) => lease.release()));
});

async function hold(options: Partial<LeaseOptions> = {}): Promise<HeldLease> {
  const lease = await holdLease({ api: cluster, runId: RUN, holder: OURS, durationSeconds: 1, renewEveryMs: 20, lookEveryMs: 20, patienceMs: 150, ...options });
  held.push(lease);
  return lease;
}

/** Another coordinator's Lease, and its pod. */
function heldBy(holder: LeaseHolder, phase: string | null, durationSeconds = 1): void {
  const lease = takenLease({ namespace: cluster.namespace, runId: RUN, holder, durationSeconds }, null);
  cluster.leases.set(leaseName(RUN), { ...lease, metadata: { ...lease.metadata, resourceVersion: '1' } });
  if (phase !== null) cluster.pods.set(holder.pod, { metadata: { name: holder.pod, uid: holder.podUid }, status: { phase } });
}

const there = () => cluster.leases.get(leaseName(RUN));
const holderNow = (): LeaseHolder | null => {
  const lease = there();
  return lease === undefined ? null : holderOf(lease);
};

/** Renews as the other coordinator would, until stopped. */
function keepRenewing(): () => void {
  const timer = setInterval(() => {
    const lease = there();
    if (lease !== undefined) void cluster.updateLease(renewedLease(lease));
  }, 15);
  return () => {
    clearInterval(timer);
  };
}

test('a run that nobody coordinates is taken, and its lease belongs to the coordinator\'s Job', async () => {
  await hold({ owner: { apiVersion: 'batch/v1', kind: 'Job', name: 'coordinator-x', uid: 'job-1' } });
  expect(holderNow()).toEqual(OURS);
  expect(there()?.metadata?.ownerReferences).toEqual([{ apiVersion: 'batch/v1', kind: 'Job', name: 'coordinator-x', uid: 'job-1' }]);
});

test('a held lease is renewed, and stays with its holder', async () => {
  await hold();
  const first = there()?.metadata?.resourceVersion;
  await sleep(120);
  expect(there()?.metadata?.resourceVersion).not.toBe(first);
  expect(holderNow()).toEqual(OURS);
});

test.each([['gone', null], ['Failed', 'Failed'], ['Succeeded', 'Succeeded']])('a run whose coordinator is %s is taken at once', async (_name, phase) => {
  heldBy(THEIRS, phase, 3_600);
  const startedAtMs = performance.now();
  await hold();
  expect(holderNow()).toEqual(OURS);
  expect(performance.now() - startedAtMs).toBeLessThan(500);
});

test('a pod of the same name with another uid is not the holder: the run is taken', async () => {
  heldBy({ ...THEIRS, podUid: 'an-earlier-pod' }, null, 3_600);
  cluster.pods.set(THEIRS.pod, { metadata: { name: THEIRS.pod, uid: 'a-new-pod' }, status: { phase: 'Running' } });
  await hold();
  expect(holderNow()).toEqual(OURS);
});

test('a second coordinator is refused while the first one renews, with its pod\'s name', async () => {
  heldBy(THEIRS, 'Running');
  const stop = keepRenewing();
  const refusal = await hold().catch((error: unknown) => error);
  stop();
  expect(refusal).toBeInstanceOf(FlowbenchError);
  expect(refusal).toMatchObject({ code: 'configuration', message: expect.stringContaining('coordinator-y-1') as string });
  expect(holderNow()).toEqual(THEIRS);
});

test('a holder that does not renew, though its pod is said to run, loses the run after the lease\'s duration', async () => {
  heldBy(THEIRS, 'Running');
  const startedAtMs = performance.now();
  await hold();
  expect(performance.now() - startedAtMs).toBeGreaterThan(950);
  expect(holderNow()).toEqual(OURS);
});

test.each([['five minutes ahead', 300_000], ['five minutes behind', -300_000]])('a holder whose clock is %s is judged by what is seen of it', async (_name, skewMs) => {
  heldBy(THEIRS, 'Running');
  const timer = setInterval(() => {
    const lease = there();
    if (lease !== undefined) void cluster.updateLease({ ...lease, spec: { ...lease.spec, renewTime: new Date(Date.now() + skewMs) } });
  }, 15);
  await expect(hold()).rejects.toMatchObject({ code: 'configuration' });
  clearInterval(timer);
});

test('an old time in a lease is no reason to take it before its duration has passed here', async () => {
  heldBy(THEIRS, 'Running');
  const lease = there();
  if (lease?.spec !== undefined) lease.spec.renewTime = new Date(0);
  const startedAtMs = performance.now();
  await hold();
  expect(performance.now() - startedAtMs).toBeGreaterThan(950);
});

test('a pod of the same Job that still ends is waited for, not refused', async () => {
  const leaving = { ...THEIRS, jobUid: OURS.jobUid };
  heldBy(leaving, 'Running');
  const stop = keepRenewing();
  setTimeout(() => {
    stop();
    cluster.pods.set(leaving.pod, { metadata: { name: leaving.pod, uid: leaving.podUid }, status: { phase: 'Failed' } });
  }, 80);
  await hold({ patienceMs: 5_000 });
  expect(holderNow()).toEqual(OURS);
});

test('a pod of the same Job that does not end is no configuration error: another start may find it gone', async () => {
  heldBy({ ...THEIRS, jobUid: OURS.jobUid }, 'Running');
  const stop = keepRenewing();
  await expect(hold()).rejects.toMatchObject({ code: 'infrastructure', retryable: true });
  stop();
});

test('of two that take a free run at the same moment one gets it', async () => {
  for (const { pod, podUid } of [OURS, THEIRS]) cluster.pods.set(pod, { metadata: { name: pod, uid: podUid }, status: { phase: 'Running' } });
  const both = await Promise.allSettled([hold(), hold({ holder: THEIRS })]);
  expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
});

test('a released run can be taken without waiting', async () => {
  const first = await hold();
  cluster.pods.set(OURS.pod, { metadata: { name: OURS.pod, uid: OURS.podUid }, status: { phase: 'Running' } });
  await first.release();
  const startedAtMs = performance.now();
  await hold({ holder: THEIRS });
  expect(performance.now() - startedAtMs).toBeLessThan(500);
});

test('an API that does not answer is no loss of the run', async () => {
  const lease = await hold();
  cluster.before = (call) => {
    if (call.endsWith('leases')) throw new FlowbenchError('infrastructure', 'The API server could not be reached.', { retryable: true });
  };
  await sleep(100);
  cluster.before = () => undefined;
  await sleep(60);
  expect(lease.lost.aborted).toBe(false);
  expect(holderNow()).toEqual(OURS);
});

test('an API that was away for longer than the lease lasts is remembered, a moment is not', async () => {
  const lease = await hold();
  const failLeases = (call: string): void => {
    if (call.endsWith('leases')) throw new FlowbenchError('infrastructure', 'The API server could not be reached.', { retryable: true });
  };
  cluster.before = failLeases;
  await sleep(100);
  cluster.before = () => undefined;
  await sleep(60);
  expect(lease.sinceTroubleMs()).toBe(Infinity);
  cluster.before = failLeases;
  await sleep(1_100);
  expect(lease.sinceTroubleMs()).toBeLessThan(10);
  cluster.before = () => undefined;
  await sleep(60);
  expect(lease.sinceTroubleMs()).toBeGreaterThan(0);
  expect(lease.sinceTroubleMs()).toBeLessThan(1_000);
});

test('a run that another took after an outage is lost, and told so', async () => {
  const lease = await hold();
  heldBy(THEIRS, 'Running');
  await sleep(120);
  expect(lease.lost.aborted).toBe(true);
  expect((lease.lost.reason as FlowbenchError).message).toContain(THEIRS.pod);
  await lease.release();
  expect(holderNow()).toEqual(THEIRS);
});

test('a lease that somebody deleted is made again', async () => {
  const lease = await hold();
  cluster.leases.clear();
  await sleep(120);
  expect(lease.lost.aborted).toBe(false);
  expect(holderNow()).toEqual(OURS);
});
