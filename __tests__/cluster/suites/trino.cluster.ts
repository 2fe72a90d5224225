import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ENGINE_VERSIONS } from '../../../images/versions.js';
import { loadDataset } from '../../../workloads/dataset/load.js';
import { type SessionContext } from '../../../workloads/engines/contract.js';
import { reservedPort } from '../../fixtures/reserved-port.js';
import { type TrinoHome } from '../../../workloads/engines/install/homes.js';
import { TrinoClient } from '../../../workloads/engines/trino/client.js';
import { createTable, locationOf, quote, trinoTables } from '../../../workloads/engines/trino/tables.js';
import { DEFAULT_ENGINE_LIMITS } from '../../../workloads/kubernetes/engines/limits.js';
import { ClusterTrinoRunner } from '../../../workloads/kubernetes/engines/trino-runner.js';
import { awaitWorkers } from '../../../workloads/kubernetes/engines/trino-workers.js';
import { type TrinoPlace, trinoPlaceSchema } from '../../../workloads/model/engine-places.js';
import { messageOf } from '../../../workloads/model/errors.js';
import { JOB_ENV, JOB_NAMES } from '../../../workloads/model/job-manifest-names.js';
import { sessionContext } from '../../fixtures/inline-flow.js';
import { installed } from '../../fixtures/installed-engine.js';
import { DeploymentStandIn } from '../engines/deployment-stand-in.js';
import { trinoImage } from '../engines/trino-image.js';
import { installTrino, TRINO_WORKER_LABELS } from '../engines/trino-release.js';
import { adminApi } from '../harness/admin-api.js';
import { EnginePhase, said } from '../harness/engine-phase.js';
import { START_TIMEOUT_MS } from '../harness/fixture.js';
import { MERGE } from '../harness/kube-http.js';
import { type Pod } from '../harness/kube-types.js';
import { DATASET } from '../harness/phase.js';
import { SAMPLE_PREFIX } from '../harness/phase-manifests.js';
import { TestCluster } from '../harness/test-cluster.js';

jest.setTimeout(600_000);

const SAMPLE = join(__dirname, '..', '..', '..', 'workloads', 'tpch', 'sample', 'sf0.01');
const WORKER = 'trino-worker';
/** Of each worker: as many as a node of the type that is deployed has, whatever this machine has. */
const THREADS = 4;
/** Compares each line with each other, three deep: hours. */
const FOREVER = 'SELECT count(*) FROM lineitem a, lineitem b, lineitem c WHERE a.l_comment || b.l_comment < c.l_comment';

interface CronJob {
  readonly spec: { readonly jobTemplate: { readonly spec: { readonly template: { readonly spec: { readonly containers: readonly [{ readonly name: string; readonly env: readonly { readonly name: string; readonly value?: string }[] }] } } } } };
}

/**
 * Phase γ with a real Trino: its coordinator and its workers are processes of their own, as pods on nodes of the
 * cluster, under Deployments that a run scales by their real scale, with the rights that it is deployed with. Not
 * real are the controllers that make pods of a Deployment (a stand-in does), the chart (manifests of its shape),
 * Glue (a metastore in files, where this suite declares the tables) and the network (one address, so that the
 * coordinator has another port than deployed). Trino is the release that is installed: the one that a phase is
 * deployed with has no server that could be had here, so that the phase is told of the other.
 */
describe('Trino on Kubernetes', () => {
  let home: TrinoHome;
  let gamma: EnginePhase;
  let deployments: DeploymentStandIn;
  /** As the phase is told, but for the release. */
  let place: TrinoPlace;
  let client: TrinoClient;

  beforeAll(async () => {
    home = await installed('trino');
    const { controls, api, facts } = await TestCluster.shared();
    gamma = await EnginePhase.deploy('gamma', ['--memory-per-worker', '1GiB', '--threads-per-worker', String(THREADS), '--null-run', 'none', '--timeout', '120s', '--runs', '2']);
    const { namespace } = gamma;
    const port = await reservedPort();
    const deployed = await deployedPlace();
    place = { ...deployed, url: deployed.url.replace(/:\d+$/, `:${port}`) };
    await tell(place);
    const image = `trinodb/trino:${home.version}`;
    await controls.setImage(image, trinoImage(home));
    await controls.inject('trino', facts.s3Environment);
    const { AWS_REGION: region = '', AWS_ENDPOINT_URL_S3: endpoint = '' } = facts.s3Environment;
    await installTrino(api, { namespace, image, version: home.version, port, cores: THREADS, s3: { region, endpoint } });
    deployments = new DeploymentStandIn(api, namespace);
    deployments.start();
    client = new TrinoClient({ url: `http://127.0.0.1:${port}`, catalog: place.catalog, schema: schemaOf() });
    await declareTables();
  }, START_TIMEOUT_MS);
  afterAll(async () => {
    client.close();
    await deployments.stop();
    await gamma.phase.cluster.stop();
  });

  const cronJob = (): string => `/apis/batch/v1/namespaces/${gamma.phase.namespace}/cronjobs/${JOB_NAMES.coordinator}`;
  const schemaOf = (): string => place.databases[SAMPLE_PREFIX] ?? '';
  const ask = (sql: string, withinMs = 60_000): ReturnType<TrinoClient['run']> => client.run(sql, { deadlineAtMs: performance.now() + withinMs, signal: new AbortController().signal });

  async function deployedPlace(): Promise<TrinoPlace> {
    const { spec } = await gamma.phase.cluster.api.ok<CronJob>('GET', cronJob());
    const [{ env }] = spec.jobTemplate.spec.template.spec.containers;
    return trinoPlaceSchema.parse(JSON.parse(env.find(({ name }) => name === JOB_ENV.trino)?.value ?? ''));
  }

  /** What coordinators of the phase are told from now on. */
  async function tell(told: TrinoPlace): Promise<void> {
    const containers = [{ name: JOB_NAMES.coordinator, env: [{ name: JOB_ENV.trino, value: JSON.stringify(told) }] }];
    await gamma.phase.cluster.api.ok('PATCH', cronJob(), { body: { spec: { jobTemplate: { spec: { template: { spec: { containers } } } } } } });
  }

  /** As gamma-stack declares them in Glue. Without a worker Trino lets every statement wait. */
  async function declareTables(): Promise<void> {
    await gamma.until('Trino with a worker', () => ask('SELECT 1', 5_000).catch(() => sleep(500, null)));
    await ask(`CREATE SCHEMA ${quote(schemaOf())}`);
    const tables = await trinoTables(await loadDataset(SAMPLE));
    for (const table of tables) await ask(createTable(schemaOf(), { ...table, location: table.location.replace(locationOf(SAMPLE), DATASET) }));
  }

  const workers = (): Promise<readonly Pod[]> => deployments.pods({ matchLabels: TRINO_WORKER_LABELS });
  const scaleTo = (replicas: number): Promise<unknown> => gamma.phase.cluster.api.ok('PATCH', `/apis/apps/v1/namespaces/${gamma.namespace}/deployments/${WORKER}/scale`, { body: { spec: { replicas } }, contentType: MERGE });
  const expectNoWorkers = (): Promise<true> => gamma.until('the end of the workers', async () => (await workers()).length === 0);

  test('of another release than the phase was deployed for is refused, and its workers are let go', async () => {
    const { rows } = await gamma.measured('--queries', 'Q6', '--workers', '1');
    expect(rows.map(said)).toEqual([expect.stringMatching(new RegExp(`^Q6 unavailable: The engine did not start: The Trino at trino\\.${gamma.namespace}:\\d+ is ${home.version}, and ${ENGINE_VERSIONS.trino} was asked for`))]);
    expect(deployments.scales.get(WORKER)).toEqual([1, 0]);
    await expectNoWorkers();
  });

  test('shows by a smoke run that everything is there, and leaves no worker behind', async () => {
    await tell({ ...place, trinoVersion: home.version });
    const { exitCode, stdout } = await gamma.phase.start('smoke').end;
    expect(stdout).toMatch(/engine answered +│ yes +│ Trino/);
    expect(stdout).toContain('The cluster can run the benchmark.');
    expect(exitCode).toBe(0);
    expect(deployments.scales.get(WORKER)).toEqual([1, 0, 1, 0]);
    await expectNoWorkers();
  });

  test('measures queries with a worker on each of two nodes, keeps logs and plans beside the rows, and lets the nodes go', async () => {
    const placed = gamma.running(TRINO_WORKER_LABELS, 2).then((pods) => pods.map(({ spec }) => spec?.nodeName ?? ''));
    const { runId, rows } = await gamma.measured('--queries', 'Q1,Q3', '--workers', '2');
    expect(rows.map((row) => `${said(row)}${String(row.strict_ok)} on ${row.nodes_used ?? 0}`).sort()).toEqual(['Q1', 'Q1', 'Q3', 'Q3'].map((query) => `${query} ok: true on 2`));
    expect(new Set(await placed).size).toBe(2);
    expect((await placed).every((node) => gamma.phase.cluster.facts.workerNodes.includes(node))).toBe(true);
    expect(deployments.scales.get(WORKER)).toEqual([1, 0, 1, 0, 2, 0]);
    await expectNoWorkers();
    const files = gamma.kept(runId).files.map((name) => name.replace(/-[0-9a-f]{6}\.log/, '-*.log')).sort();
    const ofQuery = (query: string): string[] => [`${query}-1.query.json`, `${query}-2.query.json`, `${query}.plan.txt`];
    expect(files).toEqual([...['Q01', 'Q03'].flatMap(ofQuery), 'trino-coordinator-*.log.txt', 'trino-worker-*.log.txt', 'trino-worker-*.log.txt']);
    const [session = ''] = readFileSync(join(gamma.phase.outDir, runId, 'sessions.jsonl'), 'utf8').split('\n');
    expect(JSON.parse(session)).toMatchObject({ engine_version: home.version, parity: { nodes: 2, threads_total: 2 * THREADS, storage_medium: 's3' }, asked: { threads_total: 2 * THREADS } });
    expect(await gamma.phase.leftovers()).toEqual([]);
  });

  test('cancels a query at its time limit, sees on Trino that it is gone, and goes on with the next; what an earlier run left there is ended first', async () => {
    // On a worker that is there: of one that is gone Trino tells only after a minute, and the query would end by that.
    await scaleTo(1);
    await awaitWorkers({ api: adminApi(gamma.phase.cluster, gamma.namespace), place, limits: DEFAULT_ENGINE_LIMITS, signal: new AbortController().signal }, client, 1);
    const left = ask(FOREVER, 300_000).then(() => 'answered', messageOf);
    const { rows } = await gamma.measured('--queries', 'Q9,Q21', '--workers', '1', '--timeout', '150ms');
    expect(rows.map(said)).toEqual(['Q9', 'Q21'].map((query) => expect.stringMatching(new RegExp(`^${query} timeout: .*time limit.* Trino shows that it is gone\\.$`)) as string));
    expect(await left).toMatch(/^ADMINISTRATIVELY_KILLED: .*Its coordinator is gone/);
    const { text } = await client.get('/v1/query');
    const states = new Set((JSON.parse(text) as { state: string }[]).map(({ state }) => state));
    expect([...states].filter((state) => state !== 'FINISHED' && state !== 'FAILED')).toEqual([]);
    // A session ends with a query that passes its time: the next one gets its own workers.
    expect(deployments.scales.get(WORKER)).toEqual([1, 0, 1, 0, 2, 0, 1, 0, 1, 0]);
    await expectNoWorkers();
  });

  test('whose workers run and never come to it is waited for, so long and no longer, and its nodes are let go', async () => {
    const containers = [{ name: WORKER, command: ['sleep', '3600'] }];
    await gamma.phase.cluster.api.ok('PATCH', `/apis/apps/v1/namespaces/${gamma.namespace}/deployments/${WORKER}`, { body: { spec: { template: { spec: { containers } } } } });
    await scaleTo(0);
    await expectNoWorkers();
    // For some time it goes on counting those that are gone, and begins queries on them; then it lets queries wait.
    await gamma.until('a Trino that misses its workers', () => ask('SELECT count(*) FROM nation', 2_000).then(() => null, (error: unknown) => messageOf(error).endsWith('Trino shows that it is gone.')));
    const runner = new ClusterTrinoRunner({
      api: adminApi(gamma.phase.cluster, gamma.namespace), place: { ...place, url: client.url.origin, trinoVersion: home.version }, limits: { ...DEFAULT_ENGINE_LIMITS, openMs: 8_000 },
      isClusterGone: () => Promise.resolve(false), signal: new AbortController().signal,
    });
    const context: SessionContext = sessionContext({ ...(await loadDataset(SAMPLE)), uri: DATASET }, mkdtempSync(join(tmpdir(), 'trino-')), { workers: 1 });
    await expect(runner.open(context)).rejects.toMatchObject({ code: 'infrastructure', message: expect.stringMatching(/^Trino has not come to 1 active workers after 8 s: asked for them it said: /) as string });
    await expectNoWorkers();
  });

  test('that a lost coordinator left with workers is let go by the command that cleans up', async () => {
    await scaleTo(2);
    await gamma.until('two workers', async () => (await workers()).length === 2);
    const { stdout, exitCode } = await gamma.phase.start('run', '--target', 'kubernetes', '--cleanup').end;
    expect(stdout).toContain(`deployment/${WORKER}  2 workers, no coordinator`);
    expect(exitCode).toBe(0);
    await expectNoWorkers();
  });
});
