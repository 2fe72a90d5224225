import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CustomJobHost } from '../../../workloads/kubernetes/engines/custom-job-host.js';
import { sparkApplication, type SparkApplicationObject } from '../../../workloads/kubernetes/engines/spark-application.js';
import { readingOf } from '../../../workloads/kubernetes/engines/spark-runner.js';
import { FakeEngineApi, podOf, SHORT } from './fake-engine-api.js';
import { sparkRun } from './support.js';

const NAME = 'spark-run-1';
const DRIVER = `${NAME}-driver`;
const ROLE = { 'spark-role': 'driver' };
const logFile = join(mkdtempSync(join(tmpdir(), 'flowbench-host-')), 'driver.log.txt');

let cluster: FakeEngineApi;
let lines: string[];
beforeEach(() => { cluster = new FakeEngineApi(); lines = []; });

const start = (): Promise<CustomJobHost<SparkApplicationObject>> =>
  CustomJobHost.start({ api: cluster.api, reading: readingOf(cluster.api, NAME), manifest: sparkApplication(sparkRun()), logFile, limits: SHORT, log: (line) => { lines.push(line); } });
const terminated = (exitCode: number, reason: string): object => ({ phase: 'Failed', containerStatuses: [{ state: { terminated: { exitCode, reason } } }] });

test.each([
  ['a submission that failed', { state: 'SUBMISSION_FAILED', errorMessage: 'failed to run spark-submit: no such image\n' }, 'SUBMISSION_FAILED: failed to run spark-submit: no such image'],
  ['a driver that failed', { state: 'FAILED', errorMessage: 'driver container failed with ExitCode: 1, Reason: Error' }, 'FAILED: driver container failed with ExitCode: 1, Reason: Error'],
  ['an end without a word', { state: 'COMPLETED' }, 'COMPLETED'],
])('%s is told in the words of the operator', async (_what, applicationState, told) => {
  const host = await start();
  cluster.say(NAME, { applicationState: { state: 'RUNNING' } });
  cluster.say(NAME, { applicationState });
  expect(await host.ended).toBe(told);
  expect(host.lostTo).toBeNull();
});

test('what no operator takes up is told', async () => {
  expect(await (await start()).ended).toMatch(/^no operator has taken it up within/);
});

test('what passes on its way to the end is no end', async () => {
  const host = await start();
  for (const state of ['SUBMITTED', 'RUNNING', 'FAILING', 'SUCCEEDING', 'UNKNOWN']) cluster.say(NAME, { applicationState: { state } });
  expect(await Promise.race([host.ended, new Promise((resolve) => setTimeout(() => { resolve('goes on'); }, 250))])).toBe('goes on');
  await host.kill();
});

test('a driver that the kernel killed for its memory is told as that, before the operator says that it failed', async () => {
  const host = await start();
  cluster.say(NAME, { applicationState: { state: 'RUNNING' } });
  cluster.show(podOf(DRIVER, ROLE, terminated(137, 'OOMKilled')));
  cluster.say(NAME, { applicationState: { state: 'FAILED', errorMessage: 'driver container failed' } });
  expect(await host.ended).toMatch(/was killed by the kernel for passing its memory limit/);
  expect(host.lostTo).toBe('out_of_memory');
});

test('a driver that is lost is told by its pod where the operator says nothing', async () => {
  const host = await start();
  cluster.say(NAME, { applicationState: { state: 'RUNNING' } });
  cluster.show(podOf(DRIVER, ROLE, terminated(143, 'Error')));
  expect(await host.ended).toMatch(/was lost: it ended by SIGTERM/);
});

test.each([
  ['finds no node', { phase: 'Pending', conditions: [{ type: 'PodScheduled', status: 'False', message: '0/5 nodes are available.' }] }, /finds no node: 0\/5 nodes are available/],
  ['has no image', { phase: 'Pending', containerStatuses: [{ imageID: '', state: { waiting: { reason: 'ImagePullBackOff', message: 'not found' } } }] }, /cannot be pulled \(ImagePullBackOff\)/],
])('an executor that %s ends the waiting', async (_what, status, told) => {
  const host = await start();
  cluster.say(NAME, { applicationState: { state: 'RUNNING' } });
  cluster.show(podOf('executor-1', { 'spark-role': 'executor' }, status));
  expect(await host.ended).toMatch(told);
});

test('an application that its operator removed once it was over is told by its end', async () => {
  const host = await start();
  cluster.say(NAME, { applicationState: { state: 'RUNNING' } });
  cluster.objects.set(NAME, { metadata: { name: NAME }, status: { applicationState: { state: 'FAILED', errorMessage: 'driver container failed' } } } as SparkApplicationObject);
  cluster.take(NAME);
  expect(await host.ended).toBe('FAILED: driver container failed, and its SparkApplication was removed');
  await host.kill();
  expect(readFileSync(logFile, 'utf8')).toBe('There is no log of the driver any more.\n');
});

test('one that was removed in the middle is told as that', async () => {
  const host = await start();
  cluster.say(NAME, { applicationState: { state: 'RUNNING' } });
  cluster.take(NAME);
  expect(await host.ended).toBe('its SparkApplication was deleted');
});

test('one that was gone before anybody looked is waited for no more', async () => {
  cluster.onCreate = (name) => { cluster.objects.delete(name); };
  expect(await (await start()).ended).toBe('its SparkApplication was gone before it could be looked at');
});

test('its end keeps the log, and waits until the application and its pods are gone', async () => {
  const host = await start();
  cluster.logs.set(DRIVER, 'first\nprogress 1\rprogress 2\nlast\n');
  cluster.show(podOf(DRIVER, ROLE, { phase: 'Running' }));
  expect(await host.lastLines()).toBe('first | progress 2 | last');
  await host.kill();
  expect(readFileSync(logFile, 'utf8')).toContain('last');
  expect([...cluster.objects.keys(), ...cluster.pods.keys(), ...lines]).toEqual([]);
});

test('what does not go is named', async () => {
  cluster.isDeleting = false;
  const host = await start();
  await host.kill();
  expect(lines).toEqual([expect.stringContaining(`there is still: SparkApplication ${NAME}`)]);
});

test('a name that is taken is refused', async () => {
  await start();
  await expect(start()).rejects.toMatchObject({ code: 'infrastructure', message: expect.stringContaining('already') as string });
});
