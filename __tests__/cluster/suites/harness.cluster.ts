import { Playground, START_TIMEOUT_MS } from '../harness/fixture.js';
import { type Pod } from '../harness/kube-types.js';
import { eventsAbout, eventually, finishedJob, podIn, podsOf, podsPath, uniqueName } from '../harness/objects.js';
import { type TestCluster } from '../harness/test-cluster.js';

jest.setTimeout(180_000);

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

  test('lets a pod that runs find a Service that came after it', async () => {
    const service = uniqueName('later');
    const job = await run(`until getent hosts ${service}.${namespace}.svc; do sleep 0.2; done`);
    await podIn(cluster.api, namespace, job, 'Running');
    await cluster.api.ok('POST', `/api/v1/namespaces/${namespace}/services`, { body: { metadata: { name: service }, spec: { clusterIP: 'None', selector: { app: service } } } });
    await finishedJob(cluster.api, namespace, job);
    expect(await here.log((await here.pods(job))[0])).toMatch(new RegExp(`^127\\.0\\.0\\.1 +${service}\\.${namespace}\\.svc`));
  });

  describe('makes faults:', () => {
    const ended = async (job: string): Promise<Pod> => {
      await finishedJob(cluster.api, namespace, job);
      const [pod] = await podsOf(cluster.api, namespace, job);
      if (pod === undefined) throw new Error('no pod');
      return pod;
    };
    const stateOf = (pod: Pod): unknown => pod.status?.containerStatuses?.[0]?.state?.terminated;

    test('a process that is killed, as its pod tells it', async () => {
      const job = await run('sleep 60');
      const pod = await podIn(cluster.api, namespace, job, 'Running');
      expect(await cluster.controls.strike(namespace, pod.metadata?.name ?? '', { kind: 'signal', signal: 'SIGKILL' })).toBe(true);
      expect(stateOf(await ended(job))).toMatchObject({ exitCode: 137, reason: 'Error' });
    });

    test('an out-of-memory kill', async () => {
      const name = uniqueName('oom');
      await cluster.controls.arm({ labels: { fault: name }, afterMs: 0, times: 1, fault: { kind: 'out-of-memory' } });
      const job = await run('sleep 60', { template: { metadata: { labels: { fault: name } }, spec: { containers: [] } } });
      expect(stateOf(await ended(job))).toMatchObject({ exitCode: 137, reason: 'OOMKilled' });
    });

    test('an eviction, with its reason and the condition of a disruption', async () => {
      const name = uniqueName('evicted');
      await cluster.controls.arm({ labels: { fault: name }, afterMs: 0, times: 1, fault: { kind: 'evicted', message: 'The node was low on resource: memory.' } });
      const job = await run('sleep 60', { template: { metadata: { labels: { fault: name } }, spec: { containers: [] } } });
      const { status } = await ended(job);
      expect(status).toMatchObject({ phase: 'Failed', reason: 'Evicted', message: 'The node was low on resource: memory.' });
      expect(status?.conditions).toContainEqual(expect.objectContaining({ type: 'DisruptionTarget', status: 'True', reason: 'TerminationByKubelet' }));
    });

    test('a clock that is wrong, in what is reported and in what the pod sees', async () => {
      for (const node of cluster.facts.workerNodes) await cluster.controls.skewClock(node, 300_000);
      const job = await run(`node -e 'console.log(Date.now())'`);
      const pod = await ended(job);
      for (const node of cluster.facts.workerNodes) await cluster.controls.skewClock(node, 0);
      expect(Number(await here.log(pod)) - Date.now()).toBeGreaterThan(200_000);
      expect(Date.parse(pod.status?.containerStatuses?.[0]?.state?.terminated?.finishedAt ?? '') - Date.now()).toBeGreaterThan(200_000);
    });

    test('an image that is not there', async () => {
      const job = await run('true', { template: { spec: { containers: [{ name: 'main', image: 'nowhere/none:1' }] } } });
      const pod = await eventually('the back-off', async () => (await podsOf(cluster.api, namespace, job)).find(({ status }) => status?.containerStatuses?.[0]?.state?.waiting?.reason === 'ImagePullBackOff'));
      expect(pod.status?.containerStatuses?.[0]?.state?.waiting?.message).toContain('nowhere/none:1: not found');
    });

    test('a node that falls silent, whose pods the controllers give up', async () => {
      const job = await run('sleep 60');
      const pod = await podIn(cluster.api, namespace, job, 'Running');
      const node = pod.spec?.nodeName ?? '';
      await cluster.controls.loseNode(node, 'power');
      const given = await eventually('its deletion', async () => (await podsOf(cluster.api, namespace, job)).find(({ metadata }) => metadata?.uid === pod.metadata?.uid && metadata?.deletionTimestamp !== undefined), 50_000);
      expect(given.status?.conditions).toContainEqual(expect.objectContaining({ type: 'DisruptionTarget', status: 'True', reason: 'DeletionByTaintManager' }));
      await cluster.controls.returnNode(node);
      await eventually('a node without a taint', async () => ((await cluster.api.ok<{ spec: { taints?: unknown[] } }>('GET', `/api/v1/nodes/${node}`)).spec.taints ?? []).length === 0);
    });
  });
});
