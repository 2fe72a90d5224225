import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SPARK_APPLICATION, sparkApplication } from '../../../workloads/kubernetes/engines/spark-application.js';
import { reservedPort } from '../../fixtures/reserved-port.js';
import { type ResultRow } from '../../../workloads/model/result-row.js';
import { installed } from '../../fixtures/installed-engine.js';
import { SPARK_PLACE, sparkRun } from '../../kubernetes/engines/support.js';
import { ApplicationStates } from '../engines/application-states.js';
import { type DeployedOperator, deploySparkOperator, sparkPodImage } from '../engines/spark-operator.js';
import { adminApi } from '../harness/admin-api.js';
import { START_TIMEOUT_MS } from '../harness/fixture.js';
import { eventuallyAmong } from '../harness/eventually-among.js';
import { MERGE } from '../harness/kube-http.js';
import { type Pod } from '../harness/kube-types.js';
import { eventually, podsPath, uniqueName } from '../harness/objects.js';
import { Phase } from '../harness/phase.js';
import { engineNamespace, imageReference, type PhaseWish, RESULTS_BUCKET } from '../harness/phase-manifests.js';
import { idIn } from '../harness/runs.js';
import { TestCluster } from '../harness/test-cluster.js';

jest.setTimeout(600_000);

const PATIENCE_MS = 300_000;

const SIZE = ['--memory-per-worker', '1GiB', '--null-run', 'none', '--timeout', '60s'];

/** Phase β with the real operator: PySpark's spark-submit makes the driver's pod, and the driver its executors'. */
describe('Spark under its real operator', () => {
  let phase: Phase;
  let operator: DeployedOperator;
  let states: ApplicationStates;
  let namespace: string;

  beforeAll(async () => {
    const home = await installed('spark');
    const cluster = await TestCluster.shared();
    const wish: PhaseWish = { phase: 'beta', port: await reservedPort() };
    phase = await Phase.deploy('beta', wish);
    namespace = engineNamespace(phase.namespace, 'spark');
    await cluster.controls.setImage(imageReference('spark'), sparkPodImage(home));
    operator = await deploySparkOperator(cluster, phase.namespace, wish, home);
    states = new ApplicationStates(cluster.api, namespace);
    states.start();
  }, START_TIMEOUT_MS);
  afterAll(async () => {
    states.stop();
    await phase.cluster.api.call('DELETE', podsPath(operator.namespace, operator.pod));
    await phase.cluster.stop();
  });

  const pods = async (role: string): Promise<readonly Pod[]> => (await phase.cluster.api.ok<{ items: Pod[] }>('GET', podsPath(namespace))).items.filter(({ metadata }) => metadata?.labels?.['spark-role'] === role);
  const running = (role: string, count: number): Promise<readonly Pod[]> => eventuallyAmong(phase.cluster.api, namespace, `${count} ${role} that run`, async () => {
    const found = (await pods(role)).filter(({ status }) => status?.phase === 'Running');
    return found.length === count ? found : null;
  }, PATIENCE_MS);
  /** Names of everything that applications bring. */
  const left = async (): Promise<readonly string[]> => {
    const paths = [...['pods', 'services', 'configmaps'].map((kind) => `/api/v1/namespaces/${namespace}/${kind}`), `/apis/sparkoperator.k8s.io/v1beta2/namespaces/${namespace}/sparkapplications`];
    const found = await Promise.all(paths.map((path) => phase.cluster.api.ok<{ items: { metadata: { name: string } }[] }>('GET', path)));
    return found.flatMap(({ items }) => items.map(({ metadata: { name } }) => name)).filter((name) => name !== 'kube-root-ca.crt');
  };
  const allGone = (): Promise<boolean> => eventually('nothing of it', async () => (await left()).length === 0, 60_000);
  const said = ({ status, error }: ResultRow): string => `${status}: ${error ?? ''}`;
  const measured = async (...args: readonly string[]): Promise<{ readonly runId: string; readonly rows: readonly ResultRow[] }> => {
    const { stderr } = await phase.run(...SIZE, ...args);
    const runId = idIn(stderr);
    return { runId, rows: phase.rows(runId) };
  };
  const runs = (): readonly string[] => readdirSync(join(phase.cluster.facts.s3Folder, RESULTS_BUCKET, 'runs')).sort();
  /** What the operator said of the last application. */
  const latest = (): readonly string[] => [...states.states.values()].at(-1) ?? [];

  test('measures queries on two executors of Spark\'s own, each on its node, and leaves nothing behind', async () => {
    const placed = running('executor', 2);
    const { runId, rows } = await measured('--queries', 'Q1,Q6', '--workers', '2', '--runs', '2');
    expect(rows.map((row) => `${row.query} ${said(row)} ${String(row.strict_ok)}`).sort()).toEqual(['Q1', 'Q1', 'Q6', 'Q6'].map((query) => `${query} ok:  true`));
    expect(rows.map(({ nodes_used: nodes }) => nodes)).toEqual(rows.map(() => 2));
    const nodes = (await placed).map(({ spec }) => spec?.nodeName ?? '');
    expect(new Set(nodes).size).toBe(2);
    expect(nodes.every((node) => phase.cluster.facts.workerNodes.includes(node))).toBe(true);
    for (const { metadata } of await placed) expect([...states.executors.get(metadata?.name ?? '') ?? []]).toContain('RUNNING');
    expect(latest()).toEqual(['SUBMITTED', 'RUNNING', 'SUCCEEDING', 'COMPLETED']);
    await allGone();
    const kept = join(phase.cluster.facts.s3Folder, RESULTS_BUCKET, 'runs', runId, 'engines');
    const [session = ''] = readdirSync(kept);
    expect(readdirSync(join(kept, session)).sort()).toEqual(['Q01-1.plan.txt', 'Q01-2.plan.txt', 'Q06-1.plan.txt', 'Q06-2.plan.txt', 'driver.log.txt']);
    expect(readFileSync(join(kept, session, 'Q06-2.plan.txt'), 'utf8')).toContain('Scan parquet');
  });

  test('tells of a driver that failed, after right rows of one executor, in the operator\'s words', async () => {
    const earlier = runs().length;
    const run = measured('--queries', 'Q6', '--workers', '1', '--runs', '400');
    await eventuallyAmong(phase.cluster.api, namespace, 'a first row', () => runs().length > earlier && phase.rows(runs().at(-1) ?? '').length > 0, PATIENCE_MS);
    const [driver] = await running('driver', 1);
    expect(await phase.cluster.controls.strike(namespace, driver?.metadata?.name ?? '', { kind: 'signal', signal: 'SIGKILL' })).toBe(true);
    const { rows } = await run;
    expect(rows[0]).toMatchObject({ status: 'ok', strict_ok: true, nodes_used: 1 });
    expect(rows.map(said).filter((text) => text !== 'ok: ')).toEqual([expect.stringMatching(/^engine_error: .*FAILED: driver container failed with ExitCode: 137, Reason: Error/)]);
    expect(latest()).toEqual(['SUBMITTED', 'RUNNING', 'FAILING', 'FAILED']);
    await allGone();
  });

  test('tells of a submission that failed in the words of spark-submit', async () => {
    const role = `/apis/rbac.authorization.k8s.io/v1/namespaces/${namespace}/roles/${operator.pod}`;
    const { rules } = await phase.cluster.api.ok<{ rules: { resources: string[]; verbs: string[] }[] }>('GET', role);
    const lesser = rules.map((rule) => (rule.resources.includes('pods') ? { ...rule, verbs: rule.verbs.filter((verb) => verb !== 'create') } : rule));
    await phase.cluster.api.ok('PATCH', role, { body: { rules: lesser }, contentType: MERGE });
    const { rows } = await measured('--queries', 'Q6', '--workers', '1', '--runs', '2');
    await phase.cluster.api.ok('PATCH', role, { body: { rules }, contentType: MERGE });
    expect(rows.map(said)).toEqual([expect.stringMatching(/^infrastructure_error: .*SUBMISSION_FAILED: failed to submit spark application: .*pods is forbidden/)]);
    expect(latest()).toEqual(['SUBMISSION_FAILED', 'FAILED']);
    await allGone();
  });

  test('lets the operator remove a finished application, after its time, that nobody else removes', async () => {
    const name = uniqueName('left');
    const place = { ...SPARK_PLACE, namespace, image: imageReference('spark') };
    await adminApi(phase.cluster, namespace).custom(SPARK_APPLICATION).create(sparkApplication(sparkRun({ name, place, executors: 1, session: {}, keepSeconds: 2 })));
    await eventually('its end', () => Promise.resolve(states.states.get(name)?.includes('FAILED') === true), 120_000);
    expect(await allGone()).toBe(true);
  });
});
