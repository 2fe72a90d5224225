import type { ClusterPod } from '../../../workloads/kubernetes/api/objects.js';
import { podVerdict } from '../../../workloads/kubernetes/jobs/pod-verdict.js';

type Status = NonNullable<ClusterPod['status']>;
const pod = (status: Status, more: { node?: string; deletionTimestamp?: Date } = { node: 'n1' }): ClusterPod => ({
  metadata: { name: 'p', uid: 'u', ...(more.deletionTimestamp === undefined ? {} : { deletionTimestamp: more.deletionTimestamp }) },
  spec: { containers: [], ...(more.node === undefined ? {} : { nodeName: more.node }) },
  status,
});
const container = (state: object, more: object = {}): NonNullable<Status['containerStatuses']> => [{ name: 'w', image: 'i', imageID: '', ready: false, restartCount: 0, state, ...more }];
const ended = (exitCode: number, reason = 'Error', more: object = {}): Status => ({ phase: 'Failed', containerStatuses: container({ terminated: { exitCode, reason } }), ...more });
const waiting = (reason: string, message: string): Status => ({ phase: 'Pending', containerStatuses: container({ waiting: { reason, message } }) });
const DISRUPTED = { conditions: [{ type: 'DisruptionTarget', status: 'True', reason: 'PreemptionByScheduler', message: 'preempted' }] };

describe('how far a pod has come', () => {
  it.each<[string, ClusterPod]>([
    ['created', pod({ phase: 'Pending' }, {})],
    ['scheduled', pod({ phase: 'Pending' })],
    ['scheduled', pod({ phase: 'Pending', containerStatuses: container({ waiting: { reason: 'ContainerCreating' } }) })],
    ['pulled', pod({ phase: 'Pending', containerStatuses: container({ waiting: { reason: 'ContainerCreating' } }, { imageID: 'sha256:1' }) })],
    ['started', pod({ phase: 'Running', containerStatuses: container({ running: {} }) })],
    ['ended', pod({ phase: 'Succeeded' })],
    ['ended', pod(ended(3))],
  ])('%s', (stage, told) => {
    expect(podVerdict(told).stage).toBe(stage);
  });
});

describe('why a pod failed', () => {
  it.each<[string, Status, object]>([
    ['a wrong input', ended(2), { mayRetry: false, hasReport: true, failure: { kind: 'bad_input', exitCode: 2 } }],
    ['a query that failed', ended(3), { mayRetry: false, hasReport: true, failure: { kind: 'query_failed' } }],
    ['storage', ended(4), { mayRetry: true, hasReport: true, failure: { kind: 'storage' } }],
    ['a crash', ended(1), { mayRetry: true, hasReport: true, failure: { kind: 'worker_lost', message: 'Pod p on node n1 ended with exit code 1.' } }],
    ['SIGKILL by somebody', ended(137), { mayRetry: true, hasReport: false, isDisruption: false, failure: { kind: 'worker_lost', signal: 'SIGKILL', exitCode: 137 } }],
    ['SIGKILL by the kernel, for memory', ended(137, 'OOMKilled'), { mayRetry: false, failure: { kind: 'out_of_memory', exitCode: 137 } }],
    ['memory, though it looks like a disruption', { ...DISRUPTED, phase: 'Failed', reason: 'Evicted', message: 'The node was low on resource: memory. Threshold quantity: 100Mi' }, { mayRetry: false, isDisruption: false, failure: { kind: 'out_of_memory', message: expect.stringContaining('low on resource: memory') as string } }],
    ['a full disk of the node', { ...DISRUPTED, phase: 'Failed', reason: 'Evicted', message: 'The node was low on resource: ephemeral-storage.' }, { mayRetry: false, failure: { kind: 'out_of_disk' } }],
    ['more spilled than allowed', { ...DISRUPTED, phase: 'Failed', reason: 'Evicted', message: 'Usage of EmptyDir volume "spill" exceeds the limit "30Gi". ' }, { failure: { kind: 'out_of_disk', message: 'Pod p on node n1 was evicted: Usage of EmptyDir volume "spill" exceeds the limit "30Gi".' } }],
    ['an eviction by hand', { ...DISRUPTED, phase: 'Failed', reason: 'Evicted', message: 'drained' }, { isDisruption: true, mayRetry: true }],
    ['another pod that went first', { ...ended(143), ...DISRUPTED }, { isDisruption: true, failure: { kind: 'worker_lost', message: 'Pod p on node n1 was taken away (PreemptionByScheduler): preempted.' } }],
    ['the deadline', { phase: 'Failed', reason: 'DeadlineExceeded', message: '' }, { mayRetry: false, failure: { kind: 'timeout' } }],
    ['a node that would not have it', { phase: 'Failed', reason: 'OutOfcpu', message: 'Pod was rejected' }, { mayRetry: true, failure: { kind: 'infrastructure', message: expect.stringContaining('refused by its node (OutOfcpu): Pod was rejected.') as string } }],
    ['a program that is not there', ended(127, 'StartError', { containerStatuses: container({ terminated: { exitCode: 128, reason: 'StartError', message: 'exec: "flow-worker": not found' } }) }), { mayRetry: false, failure: { kind: 'infrastructure' } }],
  ])('is %s', (_what, status, expected) => {
    expect(podVerdict(pod(status)).end).toMatchObject({ kind: 'failed', ...expected });
  });

  it('is not asked of one that succeeded', () => {
    expect(podVerdict(pod({ phase: 'Succeeded', containerStatuses: container({ terminated: { exitCode: 0 } }) })).end).toEqual({ kind: 'succeeded' });
  });
});

describe('what keeps a pod', () => {
  it.each<[string, ClusterPod, string, RegExp]>([
    ['no node', pod({ phase: 'Pending', conditions: [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: '0/3 nodes are available' }] }, {}), 'long', /finds no node: 0\/3 nodes are available\./],
    ['an image that is nowhere', pod(waiting('ErrImagePull', 'manifest unknown')), 'none', /image of pod p on node n1 cannot be pulled \(ErrImagePull\): manifest unknown/],
    ['a registry that is not well', pod(waiting('ImagePullBackOff', 'Back-off pulling image')), 'short', /Back-off/],
    ['a name that is none', pod(waiting('InvalidImageName', 'bad')), 'none', /no image/],
    ['what it is configured by', pod(waiting('CreateContainerConfigError', 'secret "x" not found')), 'short', /secret "x" not found/],
    ['a node that is silent', pod({ phase: 'Running', conditions: [{ type: 'Ready', status: 'False' }], containerStatuses: container({ running: {} }, { ready: true, started: true }) }), 'long', /not heard of/],
    ['its own end', pod({ phase: 'Running' }, { node: 'n1', deletionTimestamp: new Date() }), 'long', /does not end/],
  ])('is %s', (_what, told, patience, sentence) => {
    expect(podVerdict(told).trouble).toMatchObject({ patience, failure: { message: expect.stringMatching(sentence) as string } });
  });

  it('is nothing while it starts and runs as it should', () => {
    expect(podVerdict(pod(waiting('ContainerCreating', ''))).trouble).toBeNull();
    expect(podVerdict(pod({ phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }], containerStatuses: container({ running: {} }, { ready: true, started: true }) })).trouble).toBeNull();
  });
});
