import { FlowbenchError } from '../../../workloads/model/errors.js';
import { flowWorkerJob } from '../../../workloads/model/job-manifest.js';
import { Bench, settled, TEMPLATE, unitOf } from './support.js';

let bench: Bench;
beforeEach(() => { bench = new Bench(); });
afterEach(() => { if (bench.cluster.watches !== 0) throw new Error('a watch was left open'); });

const UNITS = [unitOf(0), unitOf(1)] as const;

describe('a Job that ends well', () => {
  it('gives each unit the output of its pod, and its steps on one clock', async () => {
    const executor = await bench.started();
    const running = bench.run(executor, UNITS);
    const job = await bench.cluster.job();
    expect(job.spec).toMatchObject({ completions: 2, parallelism: 2, activeDeadlineSeconds: 35 });
    expect(Object.keys([...bench.cluster.configMaps.values()][0]?.data ?? {})).toEqual(['0.json', '1.json']);
    const [a, b] = [bench.cluster.pod(job, 0), bench.cluster.pod(job, 1)];
    await settled(5);
    const placed = bench.cluster.set(a, { phase: 'Pending' }, { node: 'n1' });
    bench.cluster.event('Pod', a, 'Pulled');
    bench.cluster.set(placed, { phase: 'Running', containerStatuses: [{ name: 'w', image: '', imageID: 'x', ready: true, restartCount: 0, state: { running: {} } }] });
    bench.succeed(UNITS[1], b);
    bench.succeed(UNITS[0], a);
    const outcomes = await running;
    expect(outcomes).toMatchObject([
      { unitId: 'wu-0', attempts: 1, outputUri: `s3://b/partials/wu-0-${a.metadata?.uid}.parquet`, result: { ok: true }, timeline: { pod_uid: a.metadata?.uid, node: 'n1' } },
      { unitId: 'wu-1', attempts: 1, outputUri: `s3://b/partials/wu-1-${b.metadata?.uid}.parquet`, result: { ok: true }, timeline: { started_ms: null } },
    ]);
    const { created_ms, scheduled_ms, pulled_ms, started_ms, finished_ms, collected_ms } = outcomes[0]?.timeline ?? {};
    const times = [0, created_ms, scheduled_ms, pulled_ms, started_ms, finished_ms, collected_ms];
    expect(times).toEqual([...times].sort((x, y) => Number(x) - Number(y)));
    await executor.close();
  });

  it('is marked as collected and left to the cluster, its ConfigMap removed', async () => {
    const executor = await bench.started();
    const running = bench.run(executor, UNITS);
    const job = await bench.cluster.job();
    for (const [index, unit] of UNITS.entries()) bench.succeed(unit, bench.cluster.pod(job, index));
    await running;
    await executor.close();
    expect(bench.cluster.patches).toEqual([{ name: job.metadata?.name, patch: { metadata: { labels: { 'flowbench/collected': 'true' } }, spec: { ttlSecondsAfterFinished: 300 } } }]);
    expect(bench.cluster.deleted).toEqual([]);
    expect(bench.cluster.configMaps.size).toBe(0);
  });

  it('takes pods that were told of before the Job\'s creation was answered', async () => {
    const executor = await bench.started();
    const made = bench.cluster.createJob.bind(bench.cluster);
    bench.cluster.createJob = async (job) => {
      const answer = await made(job);
      if (answer.kind === 'created') for (const [index, unit] of UNITS.entries()) bench.succeed(unit, bench.cluster.pod(answer.job, index));
      await settled(10);
      return answer;
    };
    expect((await bench.run(executor, UNITS)).map(({ result }) => result.ok)).toEqual([true, true]);
    await executor.close();
  });

  it('counts one output of an index, whatever a second pod of it does later', async () => {
    const executor = await bench.started();
    const running = bench.run(executor, UNITS);
    const job = await bench.cluster.job();
    const first = bench.cluster.pod(job, 0);
    bench.succeed(UNITS[0], first);
    await settled(5);
    const second = bench.cluster.pod(job, 0);
    bench.succeed(UNITS[0], second);
    // Told of again, as after a new list.
    bench.cluster.set(first, { phase: 'Succeeded' });
    bench.fail(bench.cluster.pod(job, 0), 3);
    await settled(5);
    bench.succeed(UNITS[1], bench.cluster.pod(job, 1));
    const [outcome] = await running;
    expect(outcome).toMatchObject({ outputUri: `s3://b/partials/wu-0-${first.metadata?.uid}.parquet`, attempts: 3 });
    await executor.close();
  });

  it('waits for every index: one that ended twice is not two', async () => {
    const executor = await bench.started();
    const running = bench.run(executor, UNITS, 80);
    const job = await bench.cluster.job();
    bench.succeed(UNITS[0], bench.cluster.pod(job, 0));
    bench.succeed(UNITS[0], bench.cluster.pod(job, 0));
    expect(await running).toMatchObject([{ result: { ok: true } }, { result: { ok: false, failure: { kind: 'timeout', message: 'Q06-1-1 had not ended at its time limit and was stopped: 1 of 2 units were done; wu-1 has no pod.' } } }]);
    await executor.close();
  });

  it.each([
    ['is marked when the API was away meanwhile', (): number => performance.now(), true],
    ['is not marked for an API that was away before', (): number => -1, undefined],
  ])('%s: its time is none', async (_what, awayAtMs, isInterrupted) => {
    const executor = await bench.started();
    const running = bench.run(executor, [UNITS[0]]);
    const pod = bench.cluster.pod(await bench.cluster.job(), 0);
    bench.cluster.awayAtMs = awayAtMs();
    bench.succeed(UNITS[0], pod);
    const [outcome] = await running;
    expect(outcome?.result.ok).toBe(true);
    expect(outcome?.isInterrupted).toBe(isInterrupted);
    await executor.close();
  });

  it('takes the report from the log where the store has none', async () => {
    const executor = await bench.started();
    const running = bench.run(executor, [UNITS[0]]);
    const pod = bench.cluster.pod(await bench.cluster.job(), 0);
    bench.store.report(UNITS[0], pod);
    const [line = ''] = bench.store.objects.values();
    bench.store.objects.clear();
    bench.cluster.logs.set(pod.metadata?.name ?? '', `started\n${line}\n`);
    bench.cluster.set(pod, { phase: 'Succeeded' });
    expect(await running).toMatchObject([{ result: { ok: true } }]);
    await executor.close();
  });

  it('of 256 units costs as many calls as one of two, and reads a few reports at once', async () => {
    const units = Array.from({ length: 256 }, (_, index) => unitOf(index));
    const executor = await bench.started();
    const running = bench.run(executor, units);
    const job = await bench.cluster.job();
    for (const [index, unit] of units.entries()) bench.succeed(unit, bench.cluster.pod(job, index));
    const outcomes = await running;
    expect(outcomes.every(({ result }) => result.ok)).toBe(true);
    expect(new Set(outcomes.map(({ outputUri }) => outputUri)).size).toBe(256);
    await executor.close();
    expect(Object.fromEntries(bench.cluster.calls)).toEqual({ 'create configmaps': 1, 'create jobs': 1, 'patch jobs': 1, 'delete configmaps': 1, 'list jobs': 1, 'list configmaps': 1 });
    expect([bench.store.reads, bench.store.mostAtOnce]).toEqual([256, 4]);
  });

  it('has its units in several ConfigMaps where one is too small', async () => {
    const large = { input: { ...unitOf(0).input, params: { filler: 'x'.repeat(600_000) } } };
    const units = [unitOf(0, large), unitOf(1, large), unitOf(2, large)];
    const executor = await bench.started();
    const running = bench.run(executor, units);
    const job = await bench.cluster.job();
    expect(bench.cluster.configMaps.size).toBe(3);
    expect(job.spec?.template.spec?.volumes?.[0]?.projected?.sources).toHaveLength(3);
    for (const [index, unit] of units.entries()) bench.succeed(unit, bench.cluster.pod(job, index));
    await running;
    const alone = unitOf(0, { input: { ...unitOf(0).input, params: { filler: 'x'.repeat(1_100_000) } } });
    await expect(bench.run(executor, [alone])).rejects.toMatchObject({ code: 'plan_unsupported' });
    await executor.close();
    expect(bench.cluster.configMaps.size).toBe(0);
  });
});

describe('a Job of the same name that is there', () => {
  const leftover = (): void => {
    const run = { name: 'fw-r1-flow-job-2-q06-1-1', runId: 'r1', sessionId: 'flow-job-2', query: 'Q06-1-1', workers: 2, deadlineSeconds: 9, workUnits: ['x'] };
    void bench.cluster.createJob(flowWorkerJob(TEMPLATE, run));
  };

  it('is taken over once, with what its pods have done already', async () => {
    const first = await bench.started();
    void bench.run(first, UNITS);
    const job = await bench.cluster.job();
    const done = bench.cluster.pod(job, 0);
    bench.succeed(UNITS[0], done);
    const open = bench.cluster.pod(job, 1);

    const restarted = await bench.started();
    const running = bench.run(restarted, UNITS);
    await settled(5);
    bench.succeed(UNITS[1], open);
    expect(await running).toMatchObject([{ isInterrupted: true, outputUri: `s3://b/partials/wu-0-${done.metadata?.uid}.parquet` }, { isInterrupted: true, result: { ok: true } }]);
    expect(bench.cluster.calls.get('create jobs')).toBe(1);

    const again = bench.run(restarted, UNITS);
    await settled(20);
    expect(bench.cluster.calls.get('create jobs')).toBe(3);
    const anew = await bench.cluster.job();
    for (const [index, unit] of UNITS.entries()) bench.succeed(unit, bench.cluster.pod(anew, index));
    const outcomes = await again;
    expect(outcomes.map(({ isInterrupted }) => isInterrupted)).toEqual([undefined, undefined]);
    await Promise.all([first.close(), restarted.close()]);
  });

  it.each([
    ['does other units', (): void => { leftover(); }],
    ['is complete and its pods were cleared away', (): void => { leftover(); for (const job of bench.cluster.jobs.values()) job.status = { conditions: [{ type: 'Complete', status: 'True' }] }; }],
    ['has failed', (): void => { leftover(); for (const job of bench.cluster.jobs.values()) job.status = { conditions: [{ type: 'Failed', status: 'True' }] }; }],
  ])('is removed when it %s', async (_what, before) => {
    before();
    const old = (await bench.cluster.job()).metadata?.uid;
    const executor = await bench.started();
    const running = bench.run(executor, UNITS);
    await settled(20);
    expect(bench.cluster.deleted).toEqual(['fw-r1-flow-job-2-q06-1-1']);
    const job = await bench.cluster.job();
    expect(job.metadata?.uid).not.toBe(old);
    for (const [index, unit] of UNITS.entries()) bench.succeed(unit, bench.cluster.pod(job, index));
    expect((await running).every(({ result, isInterrupted }) => result.ok && isInterrupted !== true)).toBe(true);
    await executor.close();
  });

  it('is removed at the end when nobody asked for it', async () => {
    leftover();
    await bench.cluster.job();
    const executor = await bench.started();
    await executor.close();
    expect(bench.cluster.jobs.size).toBe(0);
  });

  it('of another session is not touched', async () => {
    leftover();
    await bench.cluster.job();
    const executor = await bench.started({ sessionId: 'flow-job-4' });
    await executor.close();
    expect(bench.cluster.jobs.size).toBe(1);
  });
});

describe('an executor', () => {
  it('does not start where the cluster refuses to tell', async () => {
    bench.cluster.refused.set('watch pods', new FlowbenchError('configuration', 'may not'));
    await expect(bench.executor().start()).rejects.toMatchObject({ code: 'configuration' });
  });

  it('that is closed ends what runs, and waits for its pods', async () => {
    bench.cluster.endsPods = false;
    const executor = await bench.started();
    const running = bench.run(executor, UNITS);
    const pod = bench.cluster.pod(await bench.cluster.job(), 0);
    setTimeout(() => { bench.cluster.podGone(pod); }, 30);
    await executor.close();
    expect(bench.cluster.pods.size).toBe(0);
    expect(await running).toMatchObject([{ result: { failure: { kind: 'cancelled' } } }, { result: { failure: { kind: 'cancelled' } } }]);
  });

  it('that is closed does not wait for ever, and says what still stands', async () => {
    bench.cluster.endsPods = false;
    const executor = await bench.started();
    const running = bench.run(executor, UNITS);
    bench.cluster.pod(await bench.cluster.job(), 0);
    await executor.close();
    await running;
    expect(bench.lines.at(-1)).toMatch(/still ending/);
  });
});
