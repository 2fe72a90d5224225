import { CustomJobHost } from '../../../workloads/kubernetes/engines/custom-job-host.js';
import { readingOf } from '../../../workloads/kubernetes/engines/daft-runner.js';
import { rayJob, type RayJobObject } from '../../../workloads/kubernetes/engines/ray-job.js';
import { FakeEngineApi, podOf, SHORT } from './fake-engine-api.js';
import { RAY_PLACE, SESSION } from './support.js';

const NAME = 'fb-ray-1';
const HEAD = { 'ray.io/cluster': RAY_PLACE.rayCluster, 'ray.io/node-type': 'head' };
/** An operator that does not reach the head says nothing for minutes. */
const LIMITS = { ...SHORT, wordMs: 60_000 };

let cluster: FakeEngineApi;
beforeEach(() => { cluster = new FakeEngineApi(); });

const start = async (): Promise<CustomJobHost<RayJobObject>> => {
  const manifest = rayJob({ name: NAME, place: RAY_PLACE, runId: 'run', sessionId: 'session', session: SESSION, token: 'word' });
  const host = await CustomJobHost.start({ api: cluster.api, reading: readingOf(RAY_PLACE, NAME), manifest, logFile: null, limits: LIMITS, log: () => undefined });
  cluster.say(NAME, { jobStatus: 'RUNNING', jobDeploymentStatus: 'Running' });
  return host;
};
const goesOn = (host: CustomJobHost<RayJobObject>): Promise<string> => Promise.race([host.ended, new Promise<string>((resolve) => setTimeout(() => { resolve('goes on'); }, 100))]);
const running = (restartCount = 0, lastState: object = {}): object => ({ phase: 'Running', containerStatuses: [{ imageID: 'x', restartCount, lastState, state: { running: {} } }] });
const killed = (reason: string): object => ({ terminated: { exitCode: 137, reason } });

describe("Ray's head", () => {
  test('is lost with its pod', async () => {
    const host = await start();
    cluster.show(podOf('head', HEAD, running()));
    cluster.lose('head');
    expect(await host.ended).toBe("Ray's head was lost: Pod head was deleted before it had ended.");
    expect(host.lostTo).toBeNull();
  });

  test.each([
    ['OOMKilled', 'out_of_memory', /^Ray's head was lost: Pod head on node node-1 was killed by the kernel for passing its memory limit/],
    ['Error', null, /^Ray's head was lost: Pod head on node node-1 was lost: it ended by SIGKILL/],
  ])('is lost where its container is started again in the same pod (%s)', async (reason, lostTo, told) => {
    const host = await start();
    // It had been started again long before the job came.
    cluster.show(podOf('head', HEAD, running(3, killed('OOMKilled'))));
    expect(await goesOn(host)).toBe('goes on');
    cluster.show(podOf('head', HEAD, running(4, killed(reason))));
    expect(await host.ended).toMatch(told);
    expect(host.lostTo).toBe(lostTo);
  });

  test('that an earlier job has lost says nothing of this one', async () => {
    const host = await start();
    cluster.show(podOf('old', HEAD, { phase: 'Failed', containerStatuses: [{ state: killed('Error') }] }));
    const going = podOf('going', HEAD, running());
    cluster.show({ ...going, metadata: { ...going.metadata, deletionTimestamp: new Date() } });
    cluster.show(podOf('head', HEAD, running()));
    cluster.lose('old');
    cluster.lose('going');
    expect(await goesOn(host)).toBe('goes on');
    await host.kill();
  });

  test('is not lost with a worker', async () => {
    const host = await start();
    cluster.show(podOf('head', HEAD, running()));
    cluster.show(podOf('worker', { ...HEAD, 'ray.io/node-type': 'worker' }, running()));
    cluster.lose('worker');
    expect(await goesOn(host)).toBe('goes on');
    await host.kill();
  });
});

test('a job that somebody deleted is told as that', async () => {
  const host = await start();
  cluster.take(NAME);
  expect(await host.ended).toBe('its RayJob was deleted');
});
