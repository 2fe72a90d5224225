import { chmodSync, copyFileSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ExecuteOptions } from '../../../workloads/coordinator/executor.js';
import { WarmPodExecutor, type WarmPodExecutorOptions } from '../../../workloads/kubernetes/warm/warm-executor.js';
import { flowWorkerJobTemplate } from '../../../workloads/model/job-manifest.js';
import { nodeShape, type NodeShape } from '../../../workloads/model/node-shapes.js';
import { type WorkUnitV2 } from '../../../workloads/model/work-unit.js';
import { asCoordinator } from '../../cluster/harness/as-coordinator.js';
import { Playground, START_TIMEOUT_MS } from '../../cluster/harness/fixture.js';
import { eventually, jobsPath, podsOf } from '../../cluster/harness/objects.js';
import { type Job } from '../../cluster/harness/kube-types.js';
import { reservedPort } from '../../fixtures/reserved-port.js';
import { kindsOf, NEVER, unit } from './support.js';

jest.setTimeout(180_000);

const IMAGE = `registry.example/stand-in@sha256:${'c'.repeat(64)}`;
const OPTIONS: ExecuteOptions = { name: 'Q6-1-1', timeoutMs: 60_000, signal: NEVER };
const quick = (position: number): WorkUnitV2 => unit(position);
const slow = (position: number): WorkUnitV2 => ({ ...unit(position), id: `wu-slow-${position}` });

describe('warm pods of the real Job controller', () => {
  let here: Playground;
  let executors: WarmPodExecutor[] = [];
  let sessions = 0;

  beforeAll(async () => {
    here = await Playground.make('warm');
    const folder = mkdtempSync(join(tmpdir(), 'stand-in-'));
    chmodSync(folder, 0o755);
    copyFileSync(join(__dirname, 'stand-in-worker.cjs'), join(folder, 'flow-worker'));
    chmodSync(join(folder, 'flow-worker'), 0o755);
    await here.cluster.controls.setImage(IMAGE, { mounts: [{ from: folder, at: '/image/bin', writable: false }], environment: { PATH: '/image/bin' } });
  }, START_TIMEOUT_MS);
  afterEach(async () => {
    await Promise.all(executors.map((executor) => executor.close()));
    executors = [];
  });
  afterAll(() => here.cluster.stop());

  async function options(changes: Partial<WarmPodExecutorOptions> = {}): Promise<WarmPodExecutorOptions> {
    const port = await reservedPort();
    const template = flowWorkerJobTemplate({ namespace: here.namespace, image: IMAGE, serviceAccountName: 'flow-worker', node: nodeShape('m5.xlarge') as NodeShape, region: 'us-east-1' });
    sessions += 1;
    return {
      api: await asCoordinator(here.cluster, here.namespace), template, runId: 'run', sessionId: `flow-${sessions}`, workers: 2,
      url: `http://127.0.0.1:${port}`, host: '127.0.0.1', port, log: () => undefined, limits: { lostAfterMs: 2_000, nextWaitMs: 2_000, longTroubleMs: 3_000 }, ...changes,
    };
  }

  async function started(given: WarmPodExecutorOptions): Promise<WarmPodExecutor> {
    const executor = new WarmPodExecutor(given);
    executors.push(executor);
    await executor.start();
    return executor;
  }

  const jobs = async (): Promise<string[]> => (await here.cluster.api.ok<{ items: Job[] }>('GET', jobsPath(here.namespace))).items.map(({ metadata }) => metadata?.name ?? '');
  const podName = async (index: number): Promise<string> => {
    const [job = ''] = await jobs();
    const pod = (await podsOf(here.cluster.api, here.namespace, job)).find(({ metadata, status }) => metadata?.labels?.['batch.kubernetes.io/job-completion-index'] === String(index) && status?.phase === 'Running');
    return pod?.metadata?.name ?? '';
  };

  test('take units, and leave nothing behind', async () => {
    const executor = await started(await options());
    expect(kindsOf(await executor.execute([quick(0), quick(1)], OPTIONS))).toEqual(['ok', 'ok']);
    await executor.close();
    expect(await jobs()).toEqual([]);
    await eventually('the end of the pods', async () => (await here.cluster.controls.running()).every((name) => !name.startsWith('warm-')));
  });

  test('that are killed are replaced, and the unit is done by the next', async () => {
    const executor = await started(await options());
    const running = executor.execute([slow(0), slow(1)], OPTIONS);
    await sleep(500);
    expect(await here.cluster.controls.strike(here.namespace, await podName(0), { kind: 'signal', signal: 'SIGKILL' })).toBe(true);
    expect(await running).toMatchObject([{ attempts: 2, result: { ok: true } }, { attempts: 1, result: { ok: true } }]);
  });

  test('that pass their memory limit fail their unit at once', async () => {
    const executor = await started(await options());
    const running = executor.execute([slow(0), slow(1)], OPTIONS);
    await sleep(500);
    await here.cluster.controls.strike(here.namespace, await podName(0), { kind: 'out-of-memory' });
    expect(kindsOf(await running)).toEqual(['out_of_memory', 'ok']);
    expect(kindsOf(await executor.execute([quick(0), quick(1)], OPTIONS))).toEqual(['ok', 'ok']);
  });

  test('that hang are replaced with their Job', async () => {
    const executor = await started(await options());
    const [before] = await jobs();
    const running = executor.execute([slow(0), slow(1)], OPTIONS);
    await sleep(500);
    await here.cluster.controls.strike(here.namespace, await podName(1), { kind: 'signal', signal: 'SIGSTOP' });
    expect(await running).toMatchObject([{ attempts: 1, result: { ok: true } }, { attempts: 2, result: { ok: true } }]);
    expect(await jobs()).not.toContain(before);
  });

  test('whose Job was deleted by hand come back with another', async () => {
    const executor = await started(await options());
    const [job = ''] = await jobs();
    const running = executor.execute([slow(0)], OPTIONS);
    await sleep(500);
    await here.cluster.api.ok('DELETE', jobsPath(here.namespace, job), { query: { propagationPolicy: 'Background' } });
    expect(await running).toMatchObject([{ attempts: 2, result: { ok: true } }]);
  });

  test('that are more than there are nodes are refused, with the words of the scheduler', async () => {
    const given = await options({ workers: here.cluster.facts.workerNodes.length + 1 });
    await expect(started(given)).rejects.toMatchObject({ code: 'infrastructure', message: expect.stringMatching(/nodes are available/) as string });
  });

  test('outlive their coordinator, and go on with the next', async () => {
    const given = await options();
    const first = await started(given);
    const names = [await podName(0), await podName(1)];
    executors = [];
    await abandon(first);
    const second = await started(given);
    expect(kindsOf(await second.execute([quick(0), quick(1)], OPTIONS))).toEqual(['ok', 'ok']);
    expect([await podName(0), await podName(1)]).toEqual(names);
  });
});

/** Ends an executor as SIGKILL does: nothing is told to pods and nothing deleted. */
async function abandon(executor: WarmPodExecutor): Promise<void> {
  const { pods } = executor as unknown as { pods: { timer: NodeJS.Timeout; current: { stop(): void }; endpoint: { close(): Promise<void> } } };
  clearInterval(pods.timer);
  pods.current.stop();
  await pods.endpoint.close();
}
