import { flowWorkerJobTemplate } from '../../../workloads/model/job-manifest.js';
import { NODE_SHAPES } from '../../../workloads/model/node-shapes.js';
import { STOCK_SETTINGS } from '../control-plane/control-plane.js';
import { indexOf, Playground, START_TIMEOUT_MS } from '../harness/fixture.js';
import { type JobSpec } from '../harness/kube-types.js';
import { eventually, eventsAbout, jobsPath, podIn, podsPath, SHELL_IMAGE, uniqueName } from '../harness/objects.js';
import { TestCluster } from '../harness/test-cluster.js';

jest.setTimeout(180_000);

const [shape] = NODE_SHAPES;
if (shape === undefined) throw new Error('no type of node is known');
const template = flowWorkerJobTemplate({ namespace: 'n', image: SHELL_IMAGE, serviceAccountName: 'flow-worker', node: shape, region: 'us-east-1' });
/** The rules of our own Jobs, for a container that is called otherwise. */
const OUR_RULES = JSON.parse(JSON.stringify({ rules: template.spec.podFailurePolicy.rules }).replaceAll('"flow-worker"', '"main"')) as JobSpec['podFailurePolicy'];
const OUR_POLICY: Partial<JobSpec> = { backoffLimitPerIndex: 1, podReplacementPolicy: 'Failed', ...(OUR_RULES === undefined ? {} : { podFailurePolicy: OUR_RULES }) };

/** Facts of the real Job controller that the coordinator relies on. */
describe('the Job controller', () => {
  let here: Playground;

  beforeAll(async () => { here = await Playground.make('jobs'); }, START_TIMEOUT_MS);
  afterEach(() => here.cluster.controls.disarm());
  afterAll(() => here.cluster.stop());

  test('tries an index again that ended by a signal or exit 4, and gives up one with exit 2 or 3 at once', async () => {
    const script = 'case $JOB_COMPLETION_INDEX in 1) exit 2;; 2) exit 3;; 3) exit 4;; esac; sleep 0.3';
    await here.cluster.controls.arm({ labels: { 'batch.kubernetes.io/job-completion-index': '0' }, afterMs: 0, times: 1, fault: { kind: 'signal', signal: 'SIGKILL' } });
    const job = await here.run(script, { ...OUR_POLICY, completions: 4, parallelism: 4, maxFailedIndexes: 4 });
    const { status } = await here.finished(job);
    expect(status).toMatchObject({ completedIndexes: '0', failedIndexes: '1-3' });
    const tries = (await here.pods(job)).map(indexOf).sort();
    expect(tries).toEqual([0, 0, 1, 2, 3, 3]);
  });

  test('does not count a disruption, and makes another pod when the first is gone', async () => {
    const job = await here.run('sleep 2', { ...OUR_POLICY, backoffLimitPerIndex: 0 });
    const pod = await podIn(here.cluster.api, here.namespace, job, 'Running');
    const { name } = pod.metadata ?? {};
    await here.cluster.api.ok('POST', `${podsPath(here.namespace, name)}/eviction`, { body: { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name, namespace: here.namespace } } });
    const { status } = await here.finished(job);
    expect(status).toMatchObject({ succeeded: 1, completedIndexes: '0' });
    expect(status?.failedIndexes ?? '').toBe('');
  });

  test('ends the Job when one unit failed for good', async () => {
    const job = await here.run('[ $JOB_COMPLETION_INDEX = 1 ] && exit 2; sleep 60', { ...OUR_POLICY, completions: 3, parallelism: 3, maxFailedIndexes: 0 });
    const { status } = await here.finished(job);
    expect(status?.conditions?.find(({ type }) => type === 'Failed')).toMatchObject({ reason: 'MaxFailedIndexesExceeded' });
  });

  test('ends the Job at its deadline', async () => {
    const job = await here.run('sleep 60', { activeDeadlineSeconds: 1 });
    const { status } = await here.finished(job);
    expect(status?.conditions?.find(({ type }) => type === 'Failed')).toMatchObject({ reason: 'DeadlineExceeded' });
  });

  test('deletes the Job some time after its end, with what it owns', async () => {
    const job = await here.run('true', { ttlSecondsAfterFinished: 1 });
    const owned = await ownedConfigMap(job);
    await here.finished(job);
    await goneFrom(jobsPath(here.namespace, job));
    await goneFrom(owned);
    expect(await here.pods(job)).toEqual([]);
  });

  test('deletes with a Job the Jobs, pods and ConfigMaps that it owns', async () => {
    const parent = await here.run('sleep 60');
    const uid = (await here.cluster.api.ok<{ metadata: { uid: string } }>('GET', jobsPath(here.namespace, parent))).metadata.uid;
    const child = await here.run('sleep 60');
    await here.cluster.api.ok('PATCH', jobsPath(here.namespace, child), { body: { metadata: { ownerReferences: [{ apiVersion: 'batch/v1', kind: 'Job', name: parent, uid }] } } });
    const owned = await ownedConfigMap(child);
    await podIn(here.cluster.api, here.namespace, child, 'Running');
    await here.cluster.api.ok('DELETE', jobsPath(here.namespace, parent), { query: { propagationPolicy: 'Background' } });
    await Promise.all([goneFrom(jobsPath(here.namespace, child)), goneFrom(owned)]);
    expect(await eventually('the end of its pods', async () => (await here.pods(child)).length === 0)).toBe(true);
  });

  test('leaves a pod without a node where each node has one of its kind, and says why', async () => {
    const affinity = { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ labelSelector: { matchLabels: { only: 'one' } }, topologyKey: 'kubernetes.io/hostname' }] } };
    const many = here.cluster.facts.workerNodes.length + 1;
    const job = await here.run('sleep 60', { completions: many, parallelism: many, template: { metadata: { labels: { only: 'one' } }, spec: { affinity, containers: [] } } });
    const waiting = await eventually('one that waits', async () => (await here.pods(job)).find(({ status }) => status?.conditions?.some(({ type, reason }) => type === 'PodScheduled' && reason === 'Unschedulable')));
    const event = await eventually('its event', async () => (await eventsAbout(here.cluster.api, here.namespace, waiting.metadata?.name ?? '')).find(({ reason }) => reason === 'FailedScheduling'));
    expect(event.message).toMatch(/didn't match pod anti-affinity rules/);
    const nodes = (await here.pods(job)).map(({ spec }) => spec?.nodeName).filter((node) => node !== undefined);
    expect(new Set(nodes).size).toBe(here.cluster.facts.workerNodes.length);
    await here.cluster.api.ok('DELETE', jobsPath(here.namespace, job), { query: { propagationPolicy: 'Background' } });
  });

  test('goes on where it was when the API server was away, which pods do not notice', async () => {
    const job = await here.run('sleep 2; echo done');
    const pod = await podIn(here.cluster.api, here.namespace, job, 'Running');
    await here.cluster.controls.stopApiServer();
    await new Promise((resolve) => setTimeout(resolve, 2_500));
    await here.cluster.controls.startApiServer();
    expect((await here.finished(job)).status).toMatchObject({ succeeded: 1 });
    expect(await here.log(pod)).toBe('done\n');
    expect(await here.pods(job)).toHaveLength(1);
  });

  test('answers 410 to a watch from before the API server was started', async () => {
    const { body } = await here.cluster.api.call<string>('GET', podsPath(here.namespace), { query: { watch: 'true', resourceVersion: '1', timeoutSeconds: '2' } });
    expect(JSON.stringify(body)).toContain('too old resource version');
  });

  async function ownedConfigMap(job: string): Promise<string> {
    const { uid } = (await here.cluster.api.ok<{ metadata: { uid: string } }>('GET', jobsPath(here.namespace, job))).metadata;
    const name = uniqueName('owned');
    const path = `/api/v1/namespaces/${here.namespace}/configmaps`;
    await here.cluster.api.ok('POST', path, { body: { metadata: { name, ownerReferences: [{ apiVersion: 'batch/v1', kind: 'Job', name: job, uid }] } } });
    return `${path}/${name}`;
  }

  async function goneFrom(path: string): Promise<void> {
    await eventually(`end of ${path}`, async () => (await here.cluster.api.find(path)) === null);
  }
});

describe('with stock settings', () => {
  let cluster: TestCluster;

  beforeAll(async () => { cluster = await TestCluster.start({ controlPlane: STOCK_SETTINGS, workers: 1 }); }, START_TIMEOUT_MS);
  afterAll(() => cluster.stop());

  test('the first retry comes ten seconds after the failure', async () => {
    const here = await Playground.make('stock', cluster);
    await cluster.controls.arm({ labels: {}, afterMs: 0, times: 1, fault: { kind: 'signal', signal: 'SIGKILL' } });
    const job = await here.run('sleep 0.5', { ...OUR_POLICY });
    expect((await here.finished(job, 40_000)).status).toMatchObject({ succeeded: 1, failed: 1 });
    const [first, second] = (await here.pods(job)).sort((a, b) => (a.metadata?.creationTimestamp ?? '').localeCompare(b.metadata?.creationTimestamp ?? ''));
    const failedAt = Date.parse(first?.status?.containerStatuses?.[0]?.state?.terminated?.finishedAt ?? '');
    const waitedMs = Date.parse(second?.metadata?.creationTimestamp ?? '') - failedAt;
    // The API tells times in whole seconds.
    expect(waitedMs).toBeGreaterThanOrEqual(9_000);
    expect(waitedMs).toBeLessThan(16_000);
  });
});
