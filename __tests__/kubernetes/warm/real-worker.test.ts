import { setTimeout as sleep } from 'node:timers/promises';
import { type WorkUnitV2 } from '../../../workloads/model/work-unit.js';
import { type WorkerEnvironment } from '../../../workloads/worker/environment.js';
import { type runUnit } from '../../../workloads/worker/run-unit.js';
import { takeUnits } from '../../../workloads/worker/take-units.js';
import { type CoordinatorAddress, WARM_PATIENCE } from '../../../workloads/worker/warm-calls.js';
import { environmentOf } from '../../worker/support.js';
import { FakeCluster, type PodProgram } from './fake-cluster.js';
import { failedReport, soundReport } from './fake-pod.js';
import { kindsOf, NEVER, newStage, type Stage, unit, units } from './support.js';

type Work = (unit: WorkUnitV2, env: WorkerEnvironment) => ReturnType<typeof runUnit>;
const PATIENCE = { ...WARM_PATIENCE, aliveEveryMs: 30, firstRetryMs: 10, maxRetryMs: 30, stopMs: 100 };

let stage: Stage;
let work: Work;
/** How each pod's loop ended. */
let ends: string[];

/** The loop of the real worker, with another way to carry out a unit. */
function realWorker(address: CoordinatorAddress): PodProgram {
  const stop = new AbortController();
  const run = ((given: WorkUnitV2, env: WorkerEnvironment) => work(given, env)) as unknown as typeof runUnit;
  void takeUnits({ coordinator: address, onReport: () => undefined, patience: PATIENCE, run }, environmentOf('unused', { signal: stop.signal }))
    .then(() => { ends.push(stop.signal.aborted ? 'stopped' : 'told to go'); }, (error: unknown) => { ends.push(String(error)); });
  return { stop: () => { stop.abort(); } };
}

beforeEach(async () => {
  ends = [];
  work = (given) => Promise.resolve(soundReport(given));
  stage = await newStage(false);
  const cluster = new FakeCluster((pod, index, job) => {
    const env = job.spec?.template.spec?.containers[0]?.env ?? [];
    const valueOf = (name: string): string => env.find((one) => one.name === name)?.value ?? '';
    const identity = { run_id: valueOf('FLOWBENCH_RUN_ID'), index, pod: pod.metadata?.name ?? '', pod_uid: pod.metadata?.uid ?? '', node: `node-${index}` };
    return realWorker({ url: valueOf('FLOWBENCH_WARM_URL'), token: valueOf('FLOWBENCH_WARM_TOKEN'), pod: identity });
  });
  Object.assign(stage, { cluster });
});
afterEach(() => stage.end());

const OPTIONS = { name: 'Q6-1-1', timeoutMs: 3_000, signal: NEVER };

describe('the loop of a real worker', () => {
  it('takes units of several queries, and ends when it is told to', async () => {
    const executor = await stage.started();
    for (const repetition of [1, 2, 3]) expect(kindsOf(await executor.execute([unit(0, repetition), unit(1, repetition)], OPTIONS))).toEqual(['ok', 'ok']);
    await executor.close();
    expect(ends).toEqual(['told to go', 'told to go']);
  });

  it('is stopped at the time limit of a unit, and takes the next', async () => {
    const executor = await stage.started();
    work = async (given, env) => {
      await sleep(5_000, undefined, { signal: env.signal }).catch(() => undefined);
      return failedReport(given, 'cancelled');
    };
    expect(kindsOf(await executor.execute(units(2), { ...OPTIONS, timeoutMs: 120 }))).toEqual(['timeout', 'timeout']);
    work = (given) => Promise.resolve(soundReport(given));
    expect(kindsOf(await executor.execute([unit(0, 2), unit(1, 2)], OPTIONS))).toEqual(['ok', 'ok']);
    expect(stage.cluster.made).toHaveLength(1);
  });

  it('whose engine does not stop is replaced', async () => {
    const executor = await stage.started();
    const uid = stage.cluster.podOf(0);
    work = (given, env) => (env.podUid === 'x' || ends.length > 0 ? Promise.resolve(soundReport(given)) : new Promise(() => undefined));
    const [outcome] = await executor.execute([unit()], { ...OPTIONS, timeoutMs: 100 });
    expect(outcome?.result).toMatchObject({ ok: false, failure: { kind: 'timeout' } });
    expect(stage.cluster.podOf(0)).not.toBe(uid);
    expect(kindsOf(await executor.execute([unit(0, 2)], OPTIONS))).toEqual(['ok']);
  });
});
