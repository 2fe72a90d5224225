import { Playground, START_TIMEOUT_MS } from '../harness/fixture.js';
import { eventsAbout, eventually, finishedJob, podIn, podsOf, podsPath, uniqueName } from '../harness/objects.js';
import { type TestCluster } from '../harness/test-cluster.js';

jest.setTimeout(60_000);

/** What the test equipment shows of pods, so that the other suites can rely on it. */
describe('the test cluster', () => {
  let here: Playground;
  let cluster: TestCluster;
  let namespace: string;
  const run: Playground['run'] = (script, spec) => here.run(script, spec);

  beforeAll(async () => {
    here = await Playground.make('harness');
    ({ cluster, namespace } = here);
  }, START_TIMEOUT_MS);
  afterEach(() => cluster.controls.disarm());
  afterAll(() => cluster.stop());

  test('runs the pods of an Indexed Job as processes, each told its index', async () => {
    const job = await run('echo "index $JOB_COMPLETION_INDEX of pod $POD_UID"', { completions: 3, parallelism: 3 });
    expect((await finishedJob(cluster.api, namespace, job)).status).toMatchObject({ succeeded: 3, completedIndexes: '0-2' });
    for (const pod of await podsOf(cluster.api, namespace, job)) {
      const index = pod.metadata?.annotations?.['batch.kubernetes.io/job-completion-index'];
      const log = await cluster.api.ok<string>('GET', `${podsPath(namespace, pod.metadata?.name)}/log`);
      expect(log).toBe(`index ${index ?? ''} of pod ${pod.metadata?.uid ?? ''}\n`);
    }
  });

  test('gives a pod its volumes at their paths, a read-only root and the user of its manifest', async () => {
    const name = uniqueName('units');
    await cluster.api.ok('POST', `/api/v1/namespaces/${namespace}/configmaps`, { body: { metadata: { name }, data: { '0.json': 'unit' } } });
    const job = await run('cat /units/$JOB_COMPLETION_INDEX.json; echo " $(id -u):$(id -g) $FROM_IMAGE"; echo a > /spill/a && cat /spill/a; echo b > /units/b; echo c > /c; ls /', {
      template: { spec: {
        volumes: [{ name: 'units', configMap: { name } }, { name: 'spill', emptyDir: {} }],
        containers: [{ name: 'main', volumeMounts: [{ name: 'units', mountPath: '/units', readOnly: true }, { name: 'spill', mountPath: '/spill' }] }],
      } },
    });
    await finishedJob(cluster.api, namespace, job);
    const log = await here.log((await here.pods(job))[0]);
    expect(log).toMatch(/^unit 1000:1000 yes\na\n/);
    expect(log).toMatch(/b: Read-only file system/);
    expect(log).toMatch(/c: Read-only file system/);
    expect(log).not.toMatch(/^(root|home|work)$/m);
  });

  test('lets the API server refuse a pod that is not restricted', async () => {
    const job = await run('true', { template: { spec: { containers: [{ name: 'main', securityContext: { privileged: true } }] } } });
    const event = await eventually('the refusal', async () => (await eventsAbout(cluster.api, namespace, job)).find(({ reason }) => reason === 'FailedCreate'));
    expect(event.message).toMatch(/violates PodSecurity "restricted:latest": privileged/);
  });

  test('tells in events what happened to a pod', async () => {
    const job = await run('true');
    await finishedJob(cluster.api, namespace, job);
    const [pod] = await podsOf(cluster.api, namespace, job);
    const reasons = await eventually('the events', async () => {
      const found = (await eventsAbout(cluster.api, namespace, pod?.metadata?.name ?? '')).map(({ reason }) => reason);
      return found.length >= 4 ? found : null;
    });
    expect(reasons.sort()).toEqual(['Pulled', 'Pulling', 'Scheduled', 'Started']);
  });

  test('follows a log until its pod ends', async () => {
    const job = await run('for i in 1 2 3; do echo $i; sleep 0.2; done', {});
    const pod = await podIn(cluster.api, namespace, job, 'Running');
    const log = await cluster.api.ok<string>('GET', `${podsPath(namespace, pod.metadata?.name)}/log`, { query: { follow: 'true' } });
    expect(log).toBe('1\n2\n3\n');
  });
});
