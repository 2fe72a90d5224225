import { FlowbenchError } from '../../../workloads/model/errors.js';
import type { UnitFailure, UnitOutcome } from '../../../workloads/coordinator/executor.js';
import type { KubernetesJobExecutor } from '../../../workloads/kubernetes/jobs/job-executor.js';
import type { ClusterJob, ClusterPod } from '../../../workloads/kubernetes/api/objects.js';
import { Bench, settled, unitOf } from './support.js';

const UNITS = [unitOf(0), unitOf(1)] as const;
type Status = NonNullable<ClusterPod['status']>;

let bench: Bench;
let executor: KubernetesJobExecutor;
let running: Promise<UnitOutcome[]>;
let job: ClusterJob;
let pods: [ClusterPod, ClusterPod];
beforeEach(async () => {
  bench = new Bench();
  executor = await bench.started();
  running = bench.run(executor, UNITS);
  job = await bench.cluster.job();
  pods = [bench.cluster.pod(job, 0), bench.cluster.pod(job, 1)];
});
afterEach(async () => {
  await executor.close();
  if (bench.cluster.watches !== 0) throw new Error('a watch was left open');
});

const failures = async (): Promise<(UnitFailure | null)[]> => (await running).map(({ result }) => (result.ok ? null : result.failure));
const disrupted = (): Status => ({ phase: 'Failed', conditions: [{ type: 'DisruptionTarget', status: 'True', reason: 'EvictionByEvictionAPI', message: 'drained' }] });
const waiting = (reason: string, message: string): Status => ({ phase: 'Pending', containerStatuses: [{ name: 'w', image: '', imageID: '', ready: false, restartCount: 0, state: { waiting: { reason, message } } }] });

describe('a failure that stands', () => {
  it.each<[string, string, number, string, { code: string; message: string; retryable: boolean } | null]>([
    ['wrong input', 'bad_input', 2, 'Error', { code: 'dataset_missing', message: 'no such dataset', retryable: false }],
    ['a query', 'query_failed', 3, 'Error', { code: 'query_failed', message: 'division by zero', retryable: false }],
    ['memory, by the worker\'s own word', 'out_of_memory', 3, 'Error', { code: 'out_of_memory', message: 'limit of 1 GB', retryable: false }],
    ['storage that will not come back', 'storage', 4, 'Error', { code: 'storage_write', message: '403 for the bucket', retryable: false }],
    ['memory, by the kernel', 'out_of_memory', 137, 'OOMKilled', null],
  ])('at once: %s', async (_what, kind, exitCode, reason, error) => {
    if (error !== null) bench.store.report(UNITS[1], pods[1], error);
    bench.fail(pods[1], exitCode, reason);
    // The one that failed speaks for those that were stopped by it.
    expect(await failures()).toEqual([expect.objectContaining({ kind, exitCode }), expect.objectContaining({ kind, message: expect.stringContaining(error?.message ?? 'memory limit') as string })]);
    expect(bench.cluster.deleted).toEqual([job.metadata?.name]);
    expect(bench.cluster.configMaps.size).toBe(0);
  });

  it.each([
    ['out_of_disk', 'Usage of EmptyDir volume "spill" exceeds the limit "30Gi".'],
    ['out_of_memory', 'The node was low on resource: memory.'],
  ])('at once, though it looks like a disruption: %s', async (kind, message) => {
    bench.cluster.set(pods[0], { ...disrupted(), reason: 'Evicted', message });
    expect((await failures())[0]).toMatchObject({ kind, message: expect.stringContaining(message) as string });
  });

  it('is told by the log of the pod, as the store may be what failed', async () => {
    bench.store.report(UNITS[0], pods[0], { code: 'storage_write', message: 'the bucket is gone', retryable: false });
    const [line = ''] = bench.store.objects.values();
    bench.store.broken = new FlowbenchError('storage_read', 'away');
    bench.cluster.logs.set(pods[0].metadata?.name ?? '', `${line}\n`);
    bench.fail(pods[0], 4);
    expect((await failures())[0]).toMatchObject({ kind: 'storage', message: 'the bucket is gone' });
    expect(bench.store.reads).toBe(0);
  });

  it('leaves the outputs that were there before it', async () => {
    bench.succeed(UNITS[0], pods[0]);
    await settled(5);
    bench.fail(pods[1], 137, 'OOMKilled');
    expect(await failures()).toEqual([null, expect.objectContaining({ kind: 'out_of_memory' })]);
  });
});

describe('a failure that another pod may mend', () => {
  it.each<[string, number, boolean]>([['SIGKILL', 137, false], ['storage', 4, true], ['a crash without a report', 1, false]])('%s: once', async (_what, exitCode, reports) => {
    const error = { code: 'storage_read', message: 'store away', retryable: true };
    if (reports) bench.store.report(UNITS[0], pods[0], error);
    bench.fail(pods[0], exitCode);
    await settled(5);
    const second = bench.cluster.pod(job, 0);
    bench.succeed(UNITS[0], second);
    bench.succeed(UNITS[1], pods[1]);
    expect(await running).toMatchObject([{ attempts: 2, outputUri: `s3://b/partials/wu-0-${second.metadata?.uid}.parquet`, result: { ok: true } }, { attempts: 1 }]);
    expect(bench.lines[0]).toMatch(/Another pod does wu-0/);
  });

  it('and not twice', async () => {
    bench.fail(pods[0], 137);
    await settled(5);
    bench.fail(bench.cluster.pod(job, 0), 143);
    expect((await failures())[0]).toMatchObject({ kind: 'worker_lost', signal: 'SIGTERM', message: expect.stringMatching(/SIGTERM\. It was try 2 of wu-0\./) as string });
  });

  it('disruptions: three times an index, and each index for itself', async () => {
    const again = async (index: number, times: number): Promise<void> => {
      for (let time = 0; time < times; time += 1) {
        bench.cluster.set(bench.cluster.pod(job, index), disrupted());
        await settled(2);
      }
    };
    await again(0, 3);
    await again(1, 3);
    bench.succeed(UNITS[0], bench.cluster.pod(job, 0));
    await settled(5);
    await again(1, 1);
    expect(await failures()).toEqual([null, expect.objectContaining({ kind: 'worker_lost', message: expect.stringMatching(/EvictionByEvictionAPI.* It was disruption 4 of wu-1; 3 are let pass\./) as string })]);
  });

  it('a pod that somebody deleted', async () => {
    bench.cluster.podGone(pods[0]);
    bench.succeed(UNITS[0], bench.cluster.pod(job, 0));
    bench.succeed(UNITS[1], pods[1]);
    expect((await running)[0]).toMatchObject({ attempts: 2, result: { ok: true } });
  });
});

describe('what cannot start', () => {
  it.each<[string, Status, RegExp]>([
    ['no node takes it', { phase: 'Pending', conditions: [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: '0/2 nodes are available: 2 Insufficient cpu.' }] }, /finds no node: 0\/2 nodes are available: 2 Insufficient cpu\./],
    ['there is no such image', waiting('ErrImagePull', 'manifest unknown'), /cannot be pulled \(ErrImagePull\): manifest unknown/],
    ['the registry does not come back', waiting('ImagePullBackOff', 'Back-off pulling image'), /ImagePullBackOff/],
    ['its configuration is missing', waiting('CreateContainerConfigError', 'configmap "x" not found'), /configmap "x" not found/],
  ])('is told within seconds: %s', async (_what, status, sentence) => {
    const startedAt = performance.now();
    bench.cluster.set(pods[1], status);
    expect((await failures())[1]).toMatchObject({ kind: 'infrastructure', message: expect.stringMatching(sentence) as string });
    expect(performance.now() - startedAt).toBeLessThan(1_000);
  });

  it('is let pass where it passes', async () => {
    bench.cluster.set(pods[0], waiting('ErrImagePull', 'i/o timeout'));
    await settled(15);
    bench.cluster.set(pods[0], waiting('ContainerCreating', ''));
    await settled(40);
    bench.succeed(UNITS[0], pods[0]);
    bench.succeed(UNITS[1], pods[1]);
    expect(await failures()).toEqual([null, null]);
  });

  it('has its time however often it is told, in the words of the last telling\'s kind', async () => {
    const startedAt = performance.now();
    const again = setInterval(() => { bench.cluster.set(pods[0], waiting('ImagePullBackOff', 'Back-off')); }, 5);
    expect((await failures())[0]?.kind).toBe('infrastructure');
    clearInterval(again);
    expect(performance.now() - startedAt).toBeLessThan(500);
  });

  it('mounts nothing: told by the event', async () => {
    bench.cluster.event('Pod', pods[0], 'FailedMount', 'configmap "units" not found');
    expect((await failures())[0]?.message).toMatch(/cannot mount its files: configmap "units" not found/);
  });
});

describe('a Job without pods', () => {
  it('is told with what the controller says, and without it', async () => {
    for (const says of [true, false]) {
      const silent = bench.run(executor, UNITS, 5_000, `Q01-1-${says}`);
      await settled(10);
      const made = await bench.cluster.job();
      bench.cluster.pod(made, 0);
      if (says) bench.cluster.event('Job', made, 'FailedCreate', 'pods "x" is forbidden: exceeded quota');
      const [outcome] = await silent;
      const message = says ? /has 1 of its 2 pods after \d s: .*exceeded quota/ : /the Job controller says nothing/;
      expect(outcome?.result).toMatchObject({ failure: { kind: 'infrastructure', message: expect.stringMatching(message) as string } });
    }
    bench.abort.abort();
    await running;
  });
});

describe('the Job itself', () => {
  it('deleted by hand is told', async () => {
    await bench.cluster.deleteJob(job.metadata?.name ?? '');
    expect((await failures())[0]).toMatchObject({ kind: 'infrastructure', message: expect.stringMatching(/was deleted while it ran/) as string });
  });

  it('at its deadline is a time limit', async () => {
    bench.cluster.setJob(job, 'Failed', 'DeadlineExceeded');
    expect((await failures())[0]?.kind).toBe('timeout');
  });

  it('that the API refuses is told with what to do', async () => {
    bench.cluster.refused.set('create jobs', new FlowbenchError('configuration', 'may not create jobs.', { remedy: 'Give it the verb.' }));
    const [outcome] = await bench.run(executor, UNITS, 1_000, 'Q02-1-1');
    expect(outcome?.result).toMatchObject({ failure: { kind: 'infrastructure', message: 'may not create jobs. Give it the verb.' } });
    bench.abort.abort();
    await running;
  });

  it('is not waited for when nothing is told any more', async () => {
    bench.cluster.goBlind(new FlowbenchError('infrastructure', 'no server for minutes.'));
    expect((await failures())[0]).toMatchObject({ kind: 'infrastructure', message: expect.stringMatching(/cannot be seen any more: no server/) as string });
  });

  it('whose deletion fails does not keep the outcome', async () => {
    bench.cluster.refused.set('delete jobs', new FlowbenchError('infrastructure', 'away'));
    bench.fail(pods[0], 137, 'OOMKilled');
    expect((await failures())[0]?.kind).toBe('out_of_memory');
    expect(bench.lines.at(-1)).toMatch(/could not be deleted: away/);
    bench.cluster.refused.clear();
  });
});

describe('a node that is lost', () => {
  it('takes its unit with it, and its pod is not waited for', async () => {
    bench.cluster.endsPods = false;
    bench.cluster.podGone(pods[1]);
    const [pod] = pods;
    bench.cluster.set(pod, { phase: 'Running', conditions: [{ type: 'Ready', status: 'False' }], containerStatuses: [{ name: 'w', image: '', imageID: 'x', ready: true, started: true, restartCount: 0, state: { running: {} } }] }, { node: 'n3' });
    expect((await failures())[0]).toMatchObject({ kind: 'worker_lost', message: expect.stringMatching(/on node n3 is on a node that is not heard of any more/) as string });
    expect(bench.lines.join()).not.toMatch(/have not ended/);
  });
});

describe('limits', () => {
  it('of time end a worker that hangs, and say where it was', async () => {
    const hanging = bench.run(executor, [UNITS[0]], 60, 'Q03-1-1');
    await settled(10);
    const made = await bench.cluster.job();
    bench.cluster.set(bench.cluster.pod(made, 0), { phase: 'Running', containerStatuses: [{ name: 'w', image: '', imageID: 'x', ready: true, restartCount: 0, state: { running: {} } }] }, { node: 'n7' });
    expect((await hanging)[0]?.result).toMatchObject({ failure: { kind: 'timeout', message: expect.stringMatching(/0 of 1 units were done; pod .* is started on node n7\./) as string } });
    expect(bench.cluster.deleted).toContain(made.metadata?.name);
    bench.abort.abort();
    await running;
  });

  it('of patience end all at a request, before and after the Job is there', async () => {
    bench.abort.abort();
    expect((await failures()).map((failure) => failure?.kind)).toEqual(['cancelled', 'cancelled']);
    const created = bench.cluster.calls.get('create jobs');
    expect((await bench.run(executor, UNITS, 1_000, 'Q04-1-1'))[0]?.result).toMatchObject({ failure: { kind: 'cancelled' } });
    expect(bench.cluster.calls.get('create jobs')).toBe(created);
    expect(bench.cluster.jobs.size).toBe(0);
  });
});

describe('a report', () => {
  it.each<[string, () => void, string, RegExp]>([
    ['is missing', (): void => { bench.cluster.logs.set(pods[0].metadata?.name ?? '', 'starting\nkilled in the middle\n'); }, 'bad_report', /left no report \(last log line: killed in the middle\)/],
    ['is about another unit', (): void => { bench.store.report({ ...UNITS[1], output: UNITS[0].output }, pods[0]); }, 'bad_report', /is about "wu-1"/],
    ['names the output of another pod', (): void => {
      bench.store.report(UNITS[0], pods[0]);
      for (const [uri, text] of bench.store.objects) bench.store.objects.set(uri, text.replaceAll(pods[0].metadata?.uid ?? '', 'another'));
    }, 'bad_report', /names the output files/],
    ['cannot be read', (): void => { bench.store.broken = new FlowbenchError('storage_read', 'S3 is away'); }, 'storage', /report on wu-0 cannot be read: S3 is away/],
  ])('of a worker that ended well, which %s, is no success', async (_what, before, kind, sentence) => {
    before();
    bench.cluster.set(pods[0], { phase: 'Succeeded' });
    expect((await failures())[0]).toMatchObject({ kind, message: expect.stringMatching(sentence) as string });
  });
});
