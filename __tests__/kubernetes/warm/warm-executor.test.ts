import { setTimeout as sleep } from 'node:timers/promises';
import { type ExecuteOptions } from '../../../workloads/coordinator/executor.js';
import { failedReport, soundReport } from './fake-pod.js';
import { kindsOf, NEVER, newStage, RUN, type Stage, unit, units } from './support.js';

const OPTIONS: ExecuteOptions = { name: 'Q6-1-1', timeoutMs: 3_000, signal: NEVER };

/** Status of a pod whose worker has ended. */
const ended = (terminated: { exitCode: number; reason: string }) => ({
  phase: 'Failed', containerStatuses: [{ name: 'flow-worker', image: '', imageID: '', ready: false, restartCount: 0, state: { terminated } }],
});

let stage: Stage;
beforeEach(async () => { stage = await newStage(); });
afterEach(() => stage.end());

describe('warm pods', () => {
  it('carry out units, each the pod of its index, and say where the partial lies', async () => {
    const executor = await stage.started();
    const outcomes = await executor.execute(units(2), OPTIONS);
    await executor.execute([unit(0, 2), unit(1, 2)], { ...OPTIONS, name: 'Q6-2-1' });
    expect(kindsOf(outcomes)).toEqual(['ok', 'ok']);
    expect(outcomes.map(({ outputUri }) => outputUri)).toEqual(stage.pods.map((pod, index) => `s3://results/partials/run/Q6-1/wu-Q6-1-${index}-${pod.identity.pod_uid}.parquet`));
    expect(stage.pods.map((pod) => pod.units.map(({ id }) => id))).toEqual([['wu-Q6-1-0', 'wu-Q6-1-0'], ['wu-Q6-1-1', 'wu-Q6-1-1']]);
  });

  it('are timed by the clock of the coordinator alone', async () => {
    const executor = await stage.started();
    const [outcome] = await executor.execute([unit()], OPTIONS);
    const { timeline, attempts, spawnMs } = outcome ?? {};
    expect([attempts, spawnMs]).toEqual([1, 0]);
    expect(timeline).toMatchObject({ pod_uid: stage.pods[0]?.identity.pod_uid, node: 'node-0', created_ms: 0, scheduled_ms: null, pulled_ms: null });
    expect(timeline?.started_ms).toBeLessThan(timeline?.finished_ms ?? 0);
    expect(timeline?.finished_ms).toBeLessThanOrEqual(timeline?.collected_ms ?? 0);
  });

  it('take more units than there are pods in turn', async () => {
    const executor = await stage.started();
    expect(kindsOf(await executor.execute(units(5), OPTIONS))).toEqual(['ok', 'ok', 'ok', 'ok', 'ok']);
  });

  it('are told to go at the end, and their Job is deleted', async () => {
    const executor = await stage.started();
    await executor.close();
    expect(stage.pods.map((pod) => pod.wasDismissed)).toEqual([true, true]);
    expect([stage.cluster.names, stage.cluster.pods.size]).toEqual([[], 0]);
  });

  it('that report a failure fail their unit, or are asked again where storage may come back', async () => {
    const executor = await stage.started();
    stage.conduct = (given) => failedReport(given, 'query_failed');
    expect(kindsOf(await executor.execute([unit()], OPTIONS))).toEqual(['query_failed']);
    stage.conduct = (given, pod) => (pod.units.length < 4 ? failedReport(given, 'storage_read', true) : soundReport(given));
    const [again] = await executor.execute([unit(0, 2)], OPTIONS);
    expect(again).toMatchObject({ attempts: 3, result: { ok: true } });
  });

  it('that report on another file than asked for are not believed', async () => {
    const executor = await stage.started();
    stage.conduct = (given) => soundReport({ ...given, output: { ...given.output, uri: 's3://elsewhere' } });
    expect(kindsOf(await executor.execute([unit()], OPTIONS))).toEqual(['bad_report']);
  });

  it('that pass their time stop, and take the next unit', async () => {
    const executor = await stage.started();
    stage.conduct = () => 'hang';
    expect(kindsOf(await executor.execute([unit()], { ...OPTIONS, timeoutMs: 100 }))).toEqual(['timeout']);
    stage.conduct = (given) => soundReport(given);
    expect(kindsOf(await executor.execute([unit(0, 2)], OPTIONS))).toEqual(['ok']);
    expect(stage.cluster.made.length).toBe(1);
  });

  it('are left when the run is cancelled', async () => {
    const executor = await stage.started();
    stage.conduct = () => 'hang';
    const cancel = new AbortController();
    const outcomes = executor.execute(units(2), { ...OPTIONS, signal: cancel.signal });
    setTimeout(() => { cancel.abort(); }, 50);
    expect(kindsOf(await outcomes)).toEqual(['cancelled', 'cancelled']);
    await executor.close();
    expect(stage.cluster.names).toEqual([]);
  });
});

describe('a lost pod', () => {
  it('has its unit done by the pod that replaces it', async () => {
    const executor = await stage.started();
    const uid = stage.cluster.podOf(0);
    stage.conduct = (given, pod) => {
      if (pod.identity.pod_uid !== uid) return soundReport(given);
      setTimeout(() => { stage.cluster.endPod(uid, ended({ exitCode: 137, reason: 'Error' })); }, 20);
      return 'hang';
    };
    const [outcome] = await executor.execute([unit()], OPTIONS);
    expect(outcome).toMatchObject({ attempts: 2, result: { ok: true } });
    expect(outcome?.outputUri).not.toContain(uid);
    expect(stage.cluster.made.length).toBe(1);
  });

  it('is waited for as long as one of a new Job, however old its Job is', async () => {
    const executor = await stage.started({ limits: { startMs: 150 } });
    await sleep(250);
    const uid = stage.cluster.podOf(1);
    stage.conduct = (given, pod) => {
      if (pod.identity.pod_uid !== uid) return soundReport(given);
      setTimeout(() => { stage.cluster.endPod(uid, ended({ exitCode: 1, reason: 'Error' })); }, 20);
      return 'hang';
    };
    expect(kindsOf(await executor.execute(units(2), OPTIONS))).toEqual(['ok', 'ok']);
  });

  it.each([2, 3, 4])('that ended by its own exit code %d did not fail its unit for good', async (exitCode) => {
    const executor = await stage.started();
    const uid = stage.cluster.podOf(0);
    stage.conduct = (given, pod) => {
      if (pod.identity.pod_uid !== uid) return soundReport(given);
      setTimeout(() => { stage.cluster.endPod(uid, ended({ exitCode, reason: 'Error' })); }, 10);
      return 'hang';
    };
    expect(await executor.execute([unit()], OPTIONS)).toMatchObject([{ attempts: 2, result: { ok: true } }]);
  });

  it('that is not replaced fails its unit, in a sentence', async () => {
    const executor = await stage.started({ limits: { startMs: 150 } });
    const uid = stage.cluster.podOf(1);
    stage.conduct = (given, pod) => {
      if (pod.identity.pod_uid !== uid) return soundReport(given);
      setTimeout(() => { stage.cluster.setStatus(uid, ended({ exitCode: 1, reason: 'Error' })); pod.stop(); }, 20);
      return 'hang';
    };
    const [, outcome] = await executor.execute(units(2), OPTIONS);
    expect(outcome).toMatchObject({ result: { ok: false, failure: { kind: 'infrastructure', message: expect.stringMatching(/1 of 2 pods of warm-\S+ have not called for 0.15 s/) as string } } });
  });

  it('that passed its memory limit fails its unit at once, and the next query meets another pod', async () => {
    const executor = await stage.started();
    const uid = stage.cluster.podOf(0);
    stage.conduct = (given, pod) => {
      if (pod.identity.pod_uid !== uid) return soundReport(given);
      setTimeout(() => { stage.cluster.endPod(uid, ended({ exitCode: 137, reason: 'OOMKilled' })); }, 20);
      return 'hang';
    };
    const [outcome] = await executor.execute([unit()], OPTIONS);
    expect(outcome).toMatchObject({ attempts: 1, result: { ok: false, failure: { kind: 'out_of_memory' } } });
    expect(kindsOf(await executor.execute(units(2), OPTIONS))).toEqual(['ok', 'ok']);
  });

  it('is never believed again', async () => {
    const executor = await stage.started();
    const uid = stage.cluster.podOf(0);
    const old = stage.pods[0];
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => { release = resolve; });
    stage.conduct = async (given, pod) => {
      if (pod.identity.pod_uid === uid) {
        setTimeout(() => { stage.cluster.setStatus(uid, ended({ exitCode: 137, reason: 'Error' })); }, 20);
        return 'hang';
      }
      await held;
      return soundReport(given);
    };
    const outcomes = executor.execute([unit()], OPTIONS);
    await sleep(100);
    // The controller's second pod of the index; the first is cut off, and still there.
    const next = new (old?.constructor as new (...args: unknown[]) => NonNullable<typeof old>)({ ...old?.identity, pod: 'second', pod_uid: 'uid-second' }, stage.url, stage.cluster.made[0]?.spec.template.spec.containers[0]?.env.find(({ name }) => name === 'FLOWBENCH_WARM_TOKEN')?.value, stage.conduct);
    stage.pods.push(next);
    await sleep(50);
    const given = old?.units[0];
    if (given === undefined) throw new Error('the pod has no unit');
    expect((await old?.report(given, soundReport(given)))?.status).toBe(204);
    release();
    const [outcome] = await outcomes;
    expect(outcome).toMatchObject({ attempts: 2, timeline: { pod_uid: 'uid-second' }, result: { ok: true, metrics: { output_uri: expect.stringContaining('uid-second') as string } } });
  });

  it('says its report a second time without harm', async () => {
    const executor = await stage.started();
    const first = await executor.execute([unit()], OPTIONS);
    const [pod] = stage.pods;
    const [given] = pod?.units ?? [];
    if (pod === undefined || given === undefined || first[0]?.result.ok !== true) throw new Error('no unit was carried out');
    const report = first[0].result.metrics;
    stage.conduct = async (now) => { await pod.report(now, report); return soundReport(now, { rows_in: 7 }); };
    expect(await executor.execute([unit()], OPTIONS)).toMatchObject([{ result: { ok: true, metrics: { rows_in: 7 } } }]);
  });

  it('that only fell silent is lost too, and its Job is made anew once the others are done', async () => {
    const executor = await stage.started();
    const frozen = stage.cluster.podOf(0);
    stage.conduct = async (given, pod) => {
      if (pod.identity.pod_uid === frozen) return 'freeze';
      await sleep(pod.identity.index === 1 ? 400 : 0);
      return soundReport(given);
    };
    const outcomes = await executor.execute(units(2), OPTIONS);
    expect(outcomes).toMatchObject([{ attempts: 2, result: { ok: true } }, { attempts: 1, result: { ok: true } }]);
    expect(stage.cluster.made.map(({ metadata }) => metadata.name)).toHaveLength(2);
    expect(stage.cluster.names).toEqual([stage.cluster.made[1]?.metadata.name]);
  });

  it('that does not stop when told to is replaced before the next query', async () => {
    const executor = await stage.started();
    stage.conduct = (given, pod) => {
      // Goes on to say that it lives, whatever it is answered.
      const again = setInterval(() => { void pod.call('/v1/alive', { ...pod.identity, unit_id: given.id }).catch(() => { clearInterval(again); }); }, 20);
      return 'freeze';
    };
    const deaf = await executor.execute([unit()], { ...OPTIONS, timeoutMs: 60 });
    expect(kindsOf(deaf)).toEqual(['timeout']);
    expect(stage.cluster.made.length).toBe(2);
    stage.conduct = (given) => soundReport(given);
    expect(kindsOf(await executor.execute(units(2), OPTIONS))).toEqual(['ok', 'ok']);
  });

  it('comes back with its Job when somebody deleted that', async () => {
    const executor = await stage.started();
    const [name = ''] = stage.cluster.names;
    stage.conduct = (given, pod) => {
      if (pod.units.length > 1 || stage.cluster.made.length > 1) return soundReport(given);
      setTimeout(() => { void stage.cluster.deleteJob(name); }, 20);
      return 'hang';
    };
    expect(await executor.execute([unit()], OPTIONS)).toMatchObject([{ attempts: 2, result: { ok: true } }]);
    expect(stage.cluster.made.length).toBe(2);
  });

  it('is given up after a few new Jobs, in a sentence', async () => {
    const executor = await stage.started();
    stage.conduct = () => 'freeze';
    for (const repetition of [1, 2]) expect(kindsOf(await executor.execute([unit(0, repetition)], OPTIONS))).toEqual([repetition === 1 ? 'worker_lost' : 'infrastructure']);
    expect(await executor.execute([unit(0, 3)], OPTIONS)).toMatchObject([{ result: { ok: false, failure: { kind: 'infrastructure', message: expect.stringMatching(/made anew 2 times/) as string } } }]);
  });
});

describe('a start', () => {
  it('fails in a sentence when no node takes a pod', async () => {
    stage = await newStage(false);
    const start = stage.executor().start();
    await sleep(30);
    const message = '0/2 nodes are available';
    stage.cluster.setStatus(stage.cluster.podOf(0), { phase: 'Pending', conditions: [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message }] });
    await expect(start).rejects.toMatchObject({ code: 'infrastructure', message: expect.stringContaining(message) as string });
  });

  it('fails in a sentence when pods run but do not reach the coordinator', async () => {
    stage = await newStage(false);
    const start = stage.executor().start();
    await sleep(30);
    stage.cluster.setStatus(stage.cluster.podOf(1), { phase: 'Running' });
    await expect(start).rejects.toMatchObject({ code: 'infrastructure', message: expect.stringMatching(/has not reached the coordinator/) as string });
  });

  it('fails in a sentence when the controller may not make pods', async () => {
    stage = await newStage(false);
    const start = stage.executor().start();
    await sleep(30);
    const [name = ''] = stage.cluster.names;
    stage.cluster.tellEvent({ metadata: { name: 'e' }, involvedObject: { kind: 'Job', name }, reason: 'FailedCreate', message: 'serviceaccount "flow-worker" not found' });
    await expect(start).rejects.toMatchObject({ code: 'infrastructure', message: expect.stringContaining('serviceaccount "flow-worker" not found') as string });
  });

  it('fails when pods end before they have called', async () => {
    stage = await newStage(false);
    const start = stage.executor().start();
    await sleep(30);
    const [name = ''] = stage.cluster.names;
    stage.cluster.setStatus(stage.cluster.podOf(0), ended({ exitCode: 2, reason: 'Error' }));
    stage.cluster.setJobStatus(name, { conditions: [{ type: 'Failed', status: 'True' }] });
    await expect(start).rejects.toMatchObject({ code: 'infrastructure', message: expect.stringMatching(/ended with exit code 2[\s\S]*Its log ends with: last words of warm-/) as string });
  });

  it('that is given up leaves no Job behind', async () => {
    stage = await newStage(false);
    const executor = stage.executor();
    const start = executor.start();
    await executor.close();
    await start.catch(() => undefined);
    expect(stage.cluster.names).toEqual([]);
  });

  it('leaves no Job behind when pods are being made', async () => {
    stage = await newStage(false);
    const executor = stage.executor();
    const start = executor.start();
    await sleep(50);
    expect(stage.cluster.names).toHaveLength(1);
    await executor.close();
    await start.catch(() => undefined);
    expect(stage.cluster.names).toEqual([]);
  });

  it('refuses a port that is taken', async () => {
    await stage.started();
    await expect(stage.executor({ sessionId: 'other' }).start()).rejects.toMatchObject({ code: 'configuration' });
  });
});

describe('a coordinator that starts again', () => {
  it('goes on with the pods that are there, and stops what they did for the one before', async () => {
    const first = await stage.started();
    stage.conduct = () => 'hang';
    const killed = new AbortController();
    const interrupted = first.execute([unit()], { ...OPTIONS, signal: killed.signal });
    await sleep(50);
    // As SIGKILL ends it: nobody is told, nothing is deleted.
    const { pods } = first as unknown as { pods: { endpoint: { close(): Promise<void> }; timer: NodeJS.Timeout; current: { stop(): void }; closing: Promise<void> } };
    clearInterval(pods.timer);
    pods.current.stop();
    await pods.endpoint.close();
    pods.closing = Promise.resolve();
    stage.conduct = (given) => soundReport(given);
    const second = await stage.started();
    expect(kindsOf(await second.execute(units(2), OPTIONS))).toEqual(['ok', 'ok']);
    expect([stage.cluster.made.length, stage.pods.length]).toEqual([1, 2]);
    killed.abort();
    await interrupted;
  });

  it('deletes what another session of the name left otherwise, and makes its own', async () => {
    const first = stage.executor({ workers: 1 });
    await first.start();
    await first.close();
    const left = stage.cluster.made[0];
    if (left === undefined) throw new Error('no Job was made');
    await stage.cluster.createJob(left);
    await stage.started();
    expect(stage.cluster.names).toHaveLength(1);
    expect(stage.cluster.names).not.toContain(left.metadata.name);
  });
});

describe('the endpoint', () => {
  const identity = { run_id: RUN, index: 0, pod: 'p', pod_uid: 'u', node: 'n' };
  const call = (path: string, body: string, headers: Record<string, string>): Promise<Response> => fetch(`${stage.url}${path}`, { method: 'POST', body, headers });

  it.each([['none', {}], ['a wrong one', { authorization: 'Bearer nonsense' }], ['another scheme', { authorization: 'Basic eDp5' }]])('answers nobody with the token %s', async (_what, headers) => {
    await stage.started();
    expect((await call('/v1/next', JSON.stringify(identity), headers as Record<string, string>)).status).toBe(403);
  });

  it.each<[string, string, string, number]>([
    ['a pod of another run', '/v1/next', JSON.stringify({ ...identity, run_id: 'other' }), 403],
    ['an index that is not there', '/v1/next', JSON.stringify({ ...identity, index: 2 }), 400],
    ['an unknown field', '/v1/next', JSON.stringify({ ...identity, more: 1 }), 400],
    ['what is not JSON', '/v1/done', '{', 400],
    ['too much', '/v1/next', JSON.stringify({ ...identity, pod: 'x'.repeat(20_000) }), 413],
    ['an unknown path', '/v1/units', '{}', 404],
  ])('refuses %s', async (_what, path, body, status) => {
    await stage.started();
    const token = stage.cluster.made[0]?.spec.template.spec.containers[0]?.env.find(({ name }) => name === 'FLOWBENCH_WARM_TOKEN')?.value ?? '';
    expect((await call(path, body, { authorization: `Bearer ${token}` })).status).toBe(status);
  });
});
