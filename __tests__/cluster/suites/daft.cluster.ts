import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { type ResultRow } from '../../../workloads/model/result-row.js';
import { installed } from '../../fixtures/installed-engine.js';
import { installRayKinds } from '../engines/crds.js';
import { RayStandIn } from '../engines/ray-stand-in.js';
import { START_TIMEOUT_MS } from '../harness/fixture.js';
import { reservedPort } from '../../fixtures/reserved-port.js';
import { type Pod } from '../harness/kube-types.js';
import { eventually, podsPath } from '../harness/objects.js';
import { Phase } from '../harness/phase.js';
import { engineNamespace, imageReference, RESULTS_BUCKET } from '../harness/phase-manifests.js';
import { idIn } from '../harness/runs.js';
import { TestCluster } from '../harness/test-cluster.js';

jest.setTimeout(600_000);

const IMAGES = join(__dirname, '..', '..', '..', 'images');
const RAY = '/apis/ray.io/v1/namespaces';

/** Phase δ with everything real but KubeRay and Ray: stand-ins, behind which Daft works with its native runner. */
describe('Daft on Kubernetes', () => {
  let phase: Phase;
  let ray: RayStandIn;
  let namespace: string;

  beforeAll(async () => {
    const home = await installed('daft');
    const cluster = await TestCluster.shared();
    await installRayKinds(cluster.api);
    const port = await reservedPort();
    phase = await Phase.deploy('delta', { phase: 'delta', port });
    namespace = engineNamespace(phase.namespace, 'ray');
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
    await phase.cluster.stop();
  });

  const workers = async (): Promise<readonly Pod[]> => (await phase.cluster.api.ok<{ items: Pod[] }>('GET', podsPath(namespace), { query: { labelSelector: 'ray.io/node-type=worker' } })).items.filter(({ metadata }) => metadata?.deletionTimestamp === undefined);
  const jobs = async (): Promise<number> => (await phase.cluster.api.ok<{ items: unknown[] }>('GET', `${RAY}/${namespace}/rayjobs`)).items.length;
  const latest = (): string => readdirSync(join(phase.cluster.facts.s3Folder, RESULTS_BUCKET, 'runs')).sort().at(-1) ?? '';
  const said = ({ query, status, error }: ResultRow): string => `${query} ${status}: ${error ?? ''}`;
  const measured = async (...args: readonly string[]): Promise<{ readonly runId: string; readonly rows: readonly ResultRow[] }> => {
    const { stderr } = await phase.run('--memory-per-worker', '1GiB', '--null-run', 'none', '--timeout', '60s', ...args);
    const runId = idIn(stderr);
    return { runId, rows: phase.rows(runId) };
  };

  test('measures queries in a job on a cluster that is scaled for it, and scaled away after it', async () => {
    const { runId, rows } = await measured('--queries', 'Q3,Q6', '--workers', '1', '--runs', '2');
    expect(rows.map(said).sort()).toEqual(['Q3 ok: ', 'Q3 ok: ', 'Q6 ok: ', 'Q6 ok: ']);
    // Whether it is seen to succeed before it is deleted is a matter of moments.
    expect([...ray.states.values()].map((states) => states.slice(0, 2))).toEqual([['PENDING', 'RUNNING']]);
    expect(await jobs()).toBe(0);
    while ((await workers()).length > 0) await new Promise((resolve) => setTimeout(resolve, 100));
    const kept = join(phase.cluster.facts.s3Folder, RESULTS_BUCKET, 'runs', runId, 'engines');
    expect(readdirSync(join(kept, readdirSync(kept)[0] ?? ''))).toEqual(['driver.log.txt']);
  });

  test('tells that Ray lost its head in the middle of a query, and goes on with the next on another head', async () => {
    const earlier = latest();
    const run = measured('--queries', 'Q3,Q6', '--workers', '1', '--runs', '400');
    await eventually('a first row', () => Promise.resolve(latest() !== earlier && phase.rows(latest()).length > 0), 120_000);
    const runId = latest();
    await ray.loseHead();
    await eventually('a row of the next query', () => Promise.resolve(phase.rows(runId).find(({ query, status }) => query === 'Q6' && status === 'ok')), 120_000);
    expect((await phase.start('cancel', runId).end).exitCode).toBe(0);
    await run;
    expect(phase.rows(runId).filter(({ status }) => status !== 'ok').map(said)).toEqual([expect.stringMatching(/^Q3 engine_error: .*Ray's head was lost: Pod ray-head .*deleted before it had ended.* in the middle of Q3/)]);
    expect(await jobs()).toBe(0);
  });

  test('tells of a job that its operator could not send', async () => {
    ray.failures.push('the dashboard of the head does not answer');
    const { rows } = await measured('--queries', 'Q6', '--workers', '1', '--runs', '2');
    expect(rows.map(said)).toEqual([expect.stringMatching(/^Q6 infrastructure_error: .*SubmissionFailed: the dashboard of the head does not answer/)]);
    expect(await jobs()).toBe(0);
  });
});
