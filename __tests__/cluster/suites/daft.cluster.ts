import { join } from 'node:path';
import { installed } from '../../fixtures/installed-engine.js';
import { reservedPort } from '../../fixtures/reserved-port.js';
import { installRayKinds } from '../engines/crds.js';
import { RayStandIn } from '../engines/ray-stand-in.js';
import { EnginePhase, said } from '../harness/engine-phase.js';
import { START_TIMEOUT_MS } from '../harness/fixture.js';
import { imageReference } from '../harness/phase-manifests.js';
import { TestCluster } from '../harness/test-cluster.js';

jest.setTimeout(600_000);

const IMAGES = join(__dirname, '..', '..', '..', 'images');
const RAY = '/apis/ray.io/v1/namespaces';

/** Phase δ with everything real but KubeRay and Ray: stand-ins, behind which Daft works with its native runner. */
describe('Daft on Kubernetes', () => {
  let delta: EnginePhase;
  let ray: RayStandIn;

  beforeAll(async () => {
    const home = await installed('daft');
    const cluster = await TestCluster.shared();
    await installRayKinds(cluster.api);
    delta = await EnginePhase.deploy('delta', ['--memory-per-worker', '1GiB', '--null-run', 'none', '--timeout', '60s']);
    const { namespace, deployed: { port } } = delta;
    await cluster.controls.setImage(imageReference('daft'), { mounts: [], environment: {} });
    await cluster.api.ok('POST', `${RAY}/${namespace}/rayclusters`, {
      body: { apiVersion: 'ray.io/v1', kind: 'RayCluster', metadata: { name: 'ray' }, spec: { headGroupSpec: {}, workerGroupSpecs: [{ groupName: 'workers', replicas: 0, minReplicas: 0, maxReplicas: 4, template: {} }] } },
    });
    ray = new RayStandIn({
      api: cluster.api, namespace, image: imageReference('daft'), port: await reservedPort(),
      environment: { PATH: process.env.PATH ?? '', HOME: '/tmp', FLOWBENCH_DRIVER_PATH: join(IMAGES, 'driver'), PYTHONDONTWRITEBYTECODE: '1', PYTHONUNBUFFERED: '1', DAFT_PROGRESS_BAR: '0', DAFT_ANALYTICS_ENABLED: '0', DO_NOT_TRACK: 'true' },
      here: (entrypoint) => entrypoint.replace('python3', home.python).replace('/opt/flowbench/driver.py', join(IMAGES, 'daft', 'driver.py')),
      session: (session) => ({ ...session, coordinator: `http://127.0.0.1:${port}`, options: { runner: 'native', pin_cores: 'true', watch_memory_bytes: String(session['memory_bytes']) } }),
    });
    await ray.start();
  }, START_TIMEOUT_MS);
  afterAll(async () => {
    ray.stop();
    await delta.phase.cluster.stop();
  });

  const workers = async (): Promise<number> => (await delta.pods({ 'ray.io/node-type': 'worker' })).filter(({ metadata }) => metadata?.deletionTimestamp === undefined).length;
  const jobs = async (): Promise<number> => (await delta.phase.cluster.api.ok<{ items: unknown[] }>('GET', `${RAY}/${delta.namespace}/rayjobs`)).items.length;

  test('measures queries in a job on a cluster that is scaled for it, and scaled away after it', async () => {
    const { runId, rows } = await delta.measured('--queries', 'Q3,Q6', '--workers', '1', '--runs', '2');
    expect(rows.map(said).sort()).toEqual(['Q3 ok: ', 'Q3 ok: ', 'Q6 ok: ', 'Q6 ok: ']);
    // Whether it is seen to succeed before it is deleted is a matter of moments.
    expect([...ray.states.values()].map((states) => states.slice(0, 2))).toEqual([['PENDING', 'RUNNING']]);
    expect(await jobs()).toBe(0);
    await delta.until('the end of the workers', async () => (await workers()) === 0);
    expect(delta.kept(runId).files).toEqual(['driver.log.txt']);
  });

  test('tells that Ray lost its head in the middle of a query, and goes on with the next on another head', async () => {
    const { runId, end } = await delta.underWay('--queries', 'Q3,Q6', '--workers', '1', '--runs', '400');
    await ray.loseHead();
    await delta.until('a row of the next query', () => delta.phase.rows(runId).find(({ query, status }) => query === 'Q6' && status === 'ok'));
    expect((await delta.phase.start('cancel', runId).end).exitCode).toBe(0);
    await end;
    expect(delta.phase.rows(runId).filter(({ status }) => status !== 'ok').map(said)).toEqual([expect.stringMatching(/^Q3 engine_error: .*Ray's head was lost: Pod ray-head .*deleted before it had ended.* in the middle of Q3/)]);
    expect(await jobs()).toBe(0);
  });

  test('tells of a job that its operator could not send', async () => {
    ray.failures.push('the dashboard of the head does not answer');
    const { rows } = await delta.measured('--queries', 'Q6', '--workers', '1', '--runs', '2');
    expect(rows.map(said)).toEqual([expect.stringMatching(/^Q6 infrastructure_error: .*SubmissionFailed: the dashboard of the head does not answer/)]);
    expect(await jobs()).toBe(0);
  });
});
