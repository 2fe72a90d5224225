import { followRun, type FollowedEnd } from '../../../workloads/kubernetes/runs/follow-run.js';
import type { ClusterPod } from '../../../workloads/kubernetes/api/objects.js';
import { FlowbenchError } from '../../../workloads/model/errors.js';
import { FakeCluster } from '../fake-cluster.js';

const JOB = 'coordinator-run-1';

let cluster: FakeCluster;
let lines: string[];
let notes: string[];

beforeEach(() => {
  cluster = new FakeCluster();
  lines = [];
  notes = [];
  setJob();
});

function setJob(condition?: { type: string; reason?: string; message?: string }): void {
  const conditions = condition === undefined ? [] : [{ status: 'True', ...condition }];
  cluster.jobs.set(JOB, { metadata: { name: JOB, uid: 'job-1' }, status: { conditions } });
}

interface PodState {
  readonly phase: string;
  readonly exitCode?: number;
  readonly waiting?: { reason: string; message: string };
  readonly unschedulable?: string;
}

function setPod(number: number, { phase, exitCode, waiting, unschedulable }: PodState): void {
  const state = exitCode !== undefined ? { terminated: { exitCode } } : waiting !== undefined ? { waiting } : phase === 'Running' ? { running: {} } : null;
  const pod = {
    metadata: { name: `${JOB}-${number}`, uid: `pod-${number}`, labels: { 'batch.kubernetes.io/job-name': JOB }, creationTimestamp: new Date(number * 1_000) },
    spec: { containers: [{ name: 'coordinator', image: 'repository/coordinator@sha256:1' }] },
    status: {
      phase,
      ...(state === null ? {} : { containerStatuses: [{ state }] }),
      ...(unschedulable === undefined ? {} : { conditions: [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: unschedulable }] }),
    },
  };
  cluster.pods.set(pod.metadata.name, pod as unknown as ClusterPod);
}

function setLog(number: number, written: string[], isEnded: boolean): void {
  cluster.logs.set(`${JOB}-${number}`, { lines: written, isEnded });
}

function follow(more: { signal?: AbortSignal; patienceMs?: number } = {}): Promise<FollowedEnd> {
  return followRun({
    api: cluster, jobName: JOB, signal: more.signal ?? new AbortController().signal, lookEveryMs: 5, patienceMs: more.patienceMs ?? 60,
    onLine: (line) => lines.push(line), onNote: (note) => notes.push(note),
  });
}

/** Something that happens after so many looks at the Job or log. */
function after(calls: number, call: string, happen: () => void): void {
  let seen = 0;
  const before = cluster.before;
  cluster.before = (name) => {
    before(name);
    if (name !== call) return;
    seen += 1;
    if (seen === calls) happen();
  };
}

test('a run that ends well is followed line by line to its end', async () => {
  setPod(1, { phase: 'Succeeded', exitCode: 0 });
  setLog(1, ['one', 'two'], true);
  setJob({ type: 'Complete' });
  await expect(follow()).resolves.toEqual({ kind: 'complete' });
  expect(lines).toEqual(['one', 'two']);
});

test('the exit code of the last pod is told when the Job failed', async () => {
  setPod(1, { phase: 'Failed', exitCode: 2 });
  setLog(1, ['flowbench: --dataset is missing'], true);
  setJob({ type: 'Failed', reason: 'PodFailurePolicy', message: 'exit code 2' });
  await expect(follow()).resolves.toEqual({ kind: 'failed', exitCode: 2, why: 'PodFailurePolicy: exit code 2' });
});

test('a connection that is cut repeats no line and leaves none out', async () => {
  setPod(1, { phase: 'Running' });
  setLog(1, ['one', 'two'], false);
  after(3, 'get pods/log', () => {
    setLog(1, ['one', 'two', 'three', 'four'], true);
    setPod(1, { phase: 'Succeeded', exitCode: 0 });
    setJob({ type: 'Complete' });
  });
  await expect(follow()).resolves.toEqual({ kind: 'complete' });
  expect(lines).toEqual(['one', 'two', 'three', 'four']);
});

test('a cluster that does not answer for a while ends nothing, and no line is told twice', async () => {
  setPod(1, { phase: 'Running' });
  setLog(1, ['one'], false);
  const before = cluster.before;
  let failing = 0;
  cluster.before = (call) => {
    before(call);
    if (call !== 'get pods' || failing >= 4) return;
    failing += 1;
    if (failing === 4) {
      setLog(1, ['one', 'two'], true);
      setPod(1, { phase: 'Succeeded', exitCode: 0 });
      setJob({ type: 'Complete' });
    }
    throw new FlowbenchError('infrastructure', 'The API server could not be reached.', { retryable: true });
  };
  await expect(follow()).resolves.toEqual({ kind: 'complete' });
  expect(lines).toEqual(['one', 'two']);
  expect(notes).toEqual(['The cluster does not answer; trying on. The API server could not be reached.']);
});

test('what the API refuses for good ends the following', async () => {
  cluster.before = () => {
    throw new FlowbenchError('configuration', 'The cluster refused to get jobs.');
  };
  await expect(follow()).rejects.toMatchObject({ code: 'configuration' });
});

test('a coordinator that is started again is followed from pod to pod', async () => {
  setPod(1, { phase: 'Failed', exitCode: 137 });
  setLog(1, ['of the first'], true);
  after(2, 'get jobs', () => {
    setPod(2, { phase: 'Succeeded', exitCode: 0 });
    setLog(2, ['of the second'], true);
    setJob({ type: 'Complete' });
  });
  await expect(follow()).resolves.toEqual({ kind: 'complete' });
  expect(lines).toEqual(['of the first', 'of the second']);
  expect(notes).toEqual([`Another pod goes on with the run: ${JOB}-2.`]);
});

test('the log of a pod that went with its node is given up', async () => {
  setPod(1, { phase: 'Failed' });
  setLog(1, [], false);
  setJob({ type: 'Failed', reason: 'BackoffLimitExceeded' });
  await expect(follow()).resolves.toEqual({ kind: 'failed', exitCode: null, why: 'BackoffLimitExceeded' });
});

test('a Job that is deleted ends the following', async () => {
  setPod(1, { phase: 'Running' });
  setLog(1, ['one'], false);
  after(2, 'get pods/log', () => {
    cluster.jobs.clear();
    cluster.pods.clear();
  });
  await expect(follow()).resolves.toEqual({ kind: 'deleted' });
});

test('detaching ends the following and not the run', async () => {
  setPod(1, { phase: 'Running' });
  setLog(1, ['one'], false);
  const detachment = new AbortController();
  after(3, 'get pods/log', () => {
    detachment.abort();
  });
  await expect(follow({ signal: detachment.signal })).resolves.toEqual({ kind: 'detached' });
  expect(cluster.jobs.has(JOB)).toBe(true);
  expect(cluster.calls.has('delete jobs')).toBe(false);
});

test('an image that is not there is told at once, with its name', async () => {
  setPod(1, { phase: 'Pending', waiting: { reason: 'ImagePullBackOff', message: 'not found' } });
  const startedAtMs = performance.now();
  await expect(follow({ patienceMs: 60_000 })).rejects.toThrow(/ImagePullBackOff of repository\/coordinator@sha256:1: not found/);
  expect(performance.now() - startedAtMs).toBeLessThan(1_000);
});

test('a first failed pull may pass', async () => {
  setPod(1, { phase: 'Pending', waiting: { reason: 'ErrImagePull', message: 'timeout' } });
  after(3, 'get jobs', () => {
    setPod(1, { phase: 'Succeeded', exitCode: 0 });
    setLog(1, ['one'], true);
    setJob({ type: 'Complete' });
  });
  await expect(follow({ patienceMs: 60_000 })).resolves.toEqual({ kind: 'complete' });
  expect(notes).toEqual(["The coordinator's pod waits: ErrImagePull of repository/coordinator@sha256:1: timeout"]);
});

test('a pod that no node takes is told while it waits, and given up with the scheduler\'s words', async () => {
  setPod(1, { phase: 'Pending', unschedulable: '0/3 nodes are available: 3 Insufficient cpu.' });
  await expect(follow()).rejects.toMatchObject({ code: 'infrastructure', message: expect.stringContaining('0/3 nodes are available') as string });
  expect(notes).toHaveLength(1);
});

test('a pod that may not be made is told with the controller\'s words', async () => {
  cluster.events.push({
    metadata: { uid: 'event-1' }, reason: 'FailedCreate', message: 'serviceaccount "coordinator" not found', involvedObject: { kind: 'Job', name: JOB },
  });
  await expect(follow()).rejects.toThrow('serviceaccount "coordinator" not found');
});

test('what happened to another Job is no reason', async () => {
  cluster.events.push({ metadata: { uid: 'event-1' }, reason: 'FailedCreate', message: 'quota', involvedObject: { kind: 'Job', name: 'another' } });
  const detachment = new AbortController();
  setTimeout(() => {
    detachment.abort();
  }, 150);
  await expect(follow({ signal: detachment.signal })).resolves.toEqual({ kind: 'detached' });
});
