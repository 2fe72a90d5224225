import type { ClusterJob } from '../../../workloads/kubernetes/api/objects.js';
import { readDeployedPhase } from '../../../workloads/kubernetes/runs/deployed-phase.js';
import { findCoordinator, knownRuns } from '../../../workloads/kubernetes/runs/find-run.js';
import { phaseFacts } from '../../../workloads/kubernetes/runs/phase-facts.js';
import { runIdOfJob, runIdProblem } from '../../../workloads/kubernetes/runs/run-id.js';
import { earlierRun, otherCoordinators, startCoordinator } from '../../../workloads/kubernetes/runs/start-run.js';
import { deployPhase, ENVIRONMENT } from '../deployed-phase.js';
import { FakeCluster } from '../fake-cluster.js';

let cluster: FakeCluster;

beforeEach(() => {
  cluster = new FakeCluster();
  deployPhase(cluster);
});

async function start(runId: string): Promise<string> {
  const { cronJob } = await readDeployedPhase(cluster);
  return (await startCoordinator(cluster, cronJob, { runId, args: ['run', '--run-id', runId] })).metadata?.name ?? '';
}

function end(job: string, type: 'Complete' | 'Failed'): void {
  const stored = cluster.jobs.get(job);
  if (stored !== undefined) stored.status = { conditions: [{ type, status: 'True' }] };
}

test('what is deployed is read from the CronJob and its template', async () => {
  const { facts, template } = await readDeployedPhase(cluster);
  expect(facts).toEqual({
    phase: 'alpha', cluster: 'ematix-flow-bench-alpha', region: 'us-east-2', datasetBucket: 'data', resultsBucket: 'results', engines: ['flow'], places: {},
    nodeType: 'm5.xlarge', workers: 4, datasets: ['tpch/sf10', 'tpch/sf1'],
  });
  expect(template?.kind).toBe('Job');
});

test('a namespace without a phase is told with what to do', async () => {
  cluster.cronJob = null;
  await expect(readDeployedPhase(cluster)).rejects.toMatchObject({ code: 'configuration', message: expect.stringContaining('no CronJob coordinator in namespace flowbench-alpha') as string });
});

test('a phase without workers of ours is told', async () => {
  cluster.configMaps.clear();
  await expect(readDeployedPhase(cluster)).rejects.toMatchObject({ code: 'configuration', message: expect.stringContaining('no Job template') as string });
});

test('every variable that is missing is named at once', () => {
  expect(() => phaseFacts({ ...ENVIRONMENT, FLOWBENCH_WORKERS: 'many', FLOWBENCH_RESULTS_BUCKET: undefined })).toThrow(/FLOWBENCH_WORKERS is "many"[^]*FLOWBENCH_RESULTS_BUCKET is not set/);
});

test('a coordinator\'s Job has the run\'s label, the arguments given, and the deployed image', async () => {
  const name = await start('20261121T101500Z-a1b2c3');
  expect(name).toBe('coordinator-20261121t101500z-a1b2c3');
  const container = cluster.jobs.get(name)?.spec?.template.spec?.containers[0];
  expect(container?.args).toEqual(['run', '--run-id', '20261121T101500Z-a1b2c3']);
  expect(cluster.jobs.get(name)?.metadata?.labels?.['flowbench/run']).toBe('20261121T101500Z-a1b2c3');
});

test('a run that is at work is not started a second time', async () => {
  await start('a');
  await expect(start('a')).rejects.toMatchObject({ code: 'configuration', message: expect.stringContaining('being measured') as string });
});

test('a run that has ended is started again, in the place of its finished Job', async () => {
  end(await start('a'), 'Failed');
  await expect(start('a')).resolves.toBe('coordinator-a');
  expect(cluster.calls.get('delete jobs')).toBe(1);
});

test('only other runs at work are in the way', async () => {
  const first = await start('a');
  expect((await otherCoordinators(cluster, 'b')).map((job) => job.metadata?.name)).toEqual([first]);
  expect(await otherCoordinators(cluster, 'a')).toEqual([]);
  end(first, 'Complete');
  expect(await otherCoordinators(cluster, 'b')).toEqual([]);
});

test('of coordinators that started beside each other the later one gives way, those of one second by their ids', async () => {
  const add = (name: string, uid: string, second: number): ClusterJob => {
    const job = { metadata: { name, uid, creationTimestamp: new Date(second * 1_000), labels: { 'app.kubernetes.io/component': 'coordinator', 'flowbench/run': name } } };
    cluster.jobs.set(name, job);
    return job;
  };
  const [first, second, third] = [add('first', 'c', 1), add('second', 'a', 2), add('third', 'b', 2)];
  expect(await earlierRun(cluster, first)).toBeNull();
  expect(await earlierRun(cluster, third)).toBe('first');
  end('first', 'Complete');
  expect(await earlierRun(cluster, second)).toBeNull();
  expect(await earlierRun(cluster, third)).toBe('second');
});

test('a run that the schedule started is found by the id made from its Job', async () => {
  cluster.jobs.set('coordinator-2939', { metadata: { name: 'coordinator-2939', uid: '0123456789', labels: { 'app.kubernetes.io/component': 'coordinator' } } });
  expect(runIdOfJob('coordinator-2939', '0123456789')).toBe('coordinator-2939-01234567');
  expect((await findCoordinator(cluster, 'coordinator-2939-01234567'))?.metadata?.name).toBe('coordinator-2939');
  expect(await findCoordinator(cluster, 'another')).toBeNull();
  await start('a');
  expect(await knownRuns(cluster)).toEqual(['a', 'coordinator-2939-01234567']);
});

test.each(['20261121T101500Z-a1b2c3', 'a', 'coordinator-29-0123'])('%s is an id of a run', (id) => {
  expect(runIdProblem(id)).toBeNull();
});

test.each(['', '-a', 'a/b', 'a b', 'a'.repeat(64)])('"%s" is none', (id) => {
  expect(runIdProblem(id)).not.toBeNull();
});
