import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SPARK_APPLICATION, sparkApplication } from '../../../workloads/kubernetes/engines/spark-application.js';
import { installed } from '../../fixtures/installed-engine.js';
import { SPARK_PLACE, sparkRun } from '../../kubernetes/engines/support.js';
import { ApplicationStates } from '../engines/application-states.js';
import { type DeployedOperator, deploySparkOperator, sparkPodImage } from '../engines/spark-operator.js';
import { adminApi } from '../harness/admin-api.js';
import { EnginePhase, said } from '../harness/engine-phase.js';
import { START_TIMEOUT_MS } from '../harness/fixture.js';
import { MERGE } from '../harness/kube-http.js';
import { podsPath, uniqueName } from '../harness/objects.js';
import { imageReference } from '../harness/phase-manifests.js';
import { TestCluster } from '../harness/test-cluster.js';

jest.setTimeout(600_000);

/** Phase β with the real operator: PySpark's spark-submit makes the driver's pod, and the driver its executors'. */
describe('Spark under its real operator', () => {
  let beta: EnginePhase;
  let operator: DeployedOperator;
  let states: ApplicationStates;

  beforeAll(async () => {
    const home = await installed('spark');
    const cluster = await TestCluster.shared();
    beta = await EnginePhase.deploy('beta', ['--memory-per-worker', '1GiB', '--null-run', 'none', '--timeout', '60s']);
    await cluster.controls.setImage(imageReference('spark'), sparkPodImage(home));
    operator = await deploySparkOperator(cluster, beta.phase.namespace, beta.deployed, home);
    states = new ApplicationStates(cluster.api, beta.namespace);
    states.start();
  }, START_TIMEOUT_MS);
  afterAll(async () => {
    states.stop();
    await beta.phase.cluster.api.call('DELETE', podsPath(operator.namespace, operator.pod));
    await beta.phase.cluster.stop();
  });

  /** Names of everything that applications bring. */
  const left = async (): Promise<readonly string[]> => {
    const paths = [...['pods', 'services', 'configmaps'].map((kind) => `/api/v1/namespaces/${beta.namespace}/${kind}`), `/apis/sparkoperator.k8s.io/v1beta2/namespaces/${beta.namespace}/sparkapplications`];
    const found = await Promise.all(paths.map((path) => beta.phase.cluster.api.ok<{ items: { metadata: { name: string } }[] }>('GET', path)));
    return found.flatMap(({ items }) => items.map(({ metadata: { name } }) => name)).filter((name) => name !== 'kube-root-ca.crt');
  };
  const allGone = (): Promise<boolean> => beta.until('nothing of it', async () => (await left()).length === 0);
  /** What the operator said of the last application. */
  const latest = (): readonly string[] => [...states.states.values()].at(-1) ?? [];

  test('measures queries on two executors of Spark\'s own, each on its node, and leaves nothing behind', async () => {
    const placed = beta.running({ 'spark-role': 'executor' }, 2);
    const { runId, rows } = await beta.measured('--queries', 'Q1,Q6', '--workers', '2', '--runs', '2');
    expect(rows.map((row) => `${said(row)}${String(row.strict_ok)}`).sort()).toEqual(['Q1', 'Q1', 'Q6', 'Q6'].map((query) => `${query} ok: true`));
    expect(rows.map(({ nodes_used: nodes }) => nodes)).toEqual(rows.map(() => 2));
    const nodes = (await placed).map(({ spec }) => spec?.nodeName ?? '');
    expect(new Set(nodes).size).toBe(2);
    expect(nodes.every((node) => beta.phase.cluster.facts.workerNodes.includes(node))).toBe(true);
    for (const { metadata } of await placed) expect([...states.executors.get(metadata?.name ?? '') ?? []]).toContain('RUNNING');
    expect(latest()).toEqual(['SUBMITTED', 'RUNNING', 'SUCCEEDING', 'COMPLETED']);
    await allGone();
    const { folder, files } = beta.kept(runId);
    expect(files).toEqual(['Q01-1.plan.txt', 'Q01-2.plan.txt', 'Q06-1.plan.txt', 'Q06-2.plan.txt', 'driver.log.txt']);
    expect(readFileSync(join(folder, 'Q06-2.plan.txt'), 'utf8')).toContain('Scan parquet');
  });

  test('tells of a driver that failed, after right rows of one executor, in the operator\'s words', async () => {
    const { end } = await beta.underWay('--queries', 'Q6', '--workers', '1', '--runs', '400');
    const [driver] = await beta.running({ 'spark-role': 'driver' }, 1);
    expect(await beta.phase.cluster.controls.strike(beta.namespace, driver?.metadata?.name ?? '', { kind: 'signal', signal: 'SIGKILL' })).toBe(true);
    const { rows } = await end;
    expect(rows[0]).toMatchObject({ status: 'ok', strict_ok: true, nodes_used: 1 });
    expect(rows.map(said).filter((text) => text !== 'Q6 ok: ')).toEqual([expect.stringMatching(/^Q6 engine_error: .*FAILED: driver container failed with ExitCode: 137, Reason: Error/)]);
    expect(latest()).toEqual(['SUBMITTED', 'RUNNING', 'FAILING', 'FAILED']);
    await allGone();
  });

  test('tells of a submission that failed in the words of spark-submit', async () => {
    const role = `/apis/rbac.authorization.k8s.io/v1/namespaces/${beta.namespace}/roles/${operator.pod}`;
    const { rules } = await beta.phase.cluster.api.ok<{ rules: { resources: string[]; verbs: string[] }[] }>('GET', role);
    const lesser = rules.map((rule) => (rule.resources.includes('pods') ? { ...rule, verbs: rule.verbs.filter((verb) => verb !== 'create') } : rule));
    await beta.phase.cluster.api.ok('PATCH', role, { body: { rules: lesser }, contentType: MERGE });
    const { rows } = await beta.measured('--queries', 'Q6', '--workers', '1', '--runs', '2');
    await beta.phase.cluster.api.ok('PATCH', role, { body: { rules }, contentType: MERGE });
    expect(rows.map(said)).toEqual([expect.stringMatching(/^Q6 infrastructure_error: .*SUBMISSION_FAILED: failed to submit spark application: .*pods is forbidden/)]);
    expect(latest()).toEqual(['SUBMISSION_FAILED', 'FAILED']);
    await allGone();
  });

  test('lets the operator remove a finished application, after its time, that nobody else removes', async () => {
    const name = uniqueName('left');
    const { namespace, phase } = beta;
    const place = { ...SPARK_PLACE, namespace, image: imageReference('spark') };
    await adminApi(phase.cluster, namespace).custom(SPARK_APPLICATION).create(sparkApplication(sparkRun({ name, place, executors: 1, session: {}, keepSeconds: 2 })));
    await beta.until('its end', () => states.states.get(name)?.includes('FAILED'));
    expect(await allGone()).toBe(true);
  });
});
