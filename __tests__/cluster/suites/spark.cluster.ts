import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ResultRow } from '../../../workloads/model/result-row.js';
import { installed } from '../../fixtures/installed-engine.js';
import { installSparkApplications } from '../engines/crds.js';
import { sparkHere, sparkImage } from '../engines/spark-image.js';
import { SparkStandIn } from '../engines/spark-stand-in.js';
import { eventuallyAmong } from '../harness/eventually-among.js';
import { START_TIMEOUT_MS } from '../harness/fixture.js';
import { reservedPort } from '../../fixtures/reserved-port.js';
import { type Pod } from '../harness/kube-types.js';
import { podsPath } from '../harness/objects.js';
import { Phase } from '../harness/phase.js';
import { engineNamespace, imageReference, RESULTS_BUCKET } from '../harness/phase-manifests.js';
import { idIn } from '../harness/runs.js';
import { TestCluster } from '../harness/test-cluster.js';

jest.setTimeout(900_000);

const PATIENCE_MS = 300_000;
const SIZE = ['--memory-per-worker', '1GiB', '--null-run', 'none', '--timeout', '60s'];

/** Phase β with everything real but the operator and the executors: a stand-in carries applications out. */
describe('Spark on Kubernetes', () => {
  let phase: Phase;
  let operator: SparkStandIn;
  let namespace: string;

  beforeAll(async () => {
    const home = await installed('spark');
    const cluster = await TestCluster.shared();
    await installSparkApplications(cluster.api);
    phase = await Phase.deploy('beta', { phase: 'beta', port: await reservedPort() });
    namespace = engineNamespace(phase.namespace, 'spark');
    await cluster.api.ok('POST', `/api/v1/namespaces/${namespace}/serviceaccounts`, { body: { metadata: { name: 'spark' } } });
    await cluster.controls.setImage(imageReference('spark'), sparkImage(home));
    operator = new SparkStandIn(cluster.api, namespace, [join(home.sparkHome, 'bin', 'spark-submit')], sparkHere(home));
    operator.start();
  }, START_TIMEOUT_MS);
  afterAll(async () => {
    operator.stop();
    await phase.cluster.stop();
  });

  const pods = async (): Promise<readonly Pod[]> => (await phase.cluster.api.ok<{ items: Pod[] }>('GET', podsPath(namespace))).items;
  const driver = (): Promise<Pod> => eventuallyAmong(phase.cluster.api, namespace, 'a driver that runs', async () => (await pods()).find(({ metadata, status }) => metadata?.labels?.['spark-role'] === 'driver' && status?.phase === 'Running'), PATIENCE_MS);
  const said = ({ status, error }: ResultRow): string => `${status}: ${error ?? ''}`;
  const measured = async (...args: readonly string[]): Promise<{ readonly runId: string; readonly rows: readonly ResultRow[] }> => {
    const { stderr } = await phase.run(...SIZE, ...args);
    const runId = idIn(stderr);
    return { runId, rows: phase.rows(runId) };
  };

  const latest = (): string => readdirSync(join(phase.cluster.facts.s3Folder, RESULTS_BUCKET, 'runs')).sort().at(-1) ?? '';
  const rowsOf = (): readonly ResultRow[] => phase.rows(latest());

  test('shows by a smoke run that everything is there, and leaves nothing behind', async () => {
    const { exitCode, stdout } = await phase.start('smoke').end;
    expect(stdout).toMatch(/engine answered +│ yes +│ Spark/);
    expect(stdout).toContain('The cluster can run the benchmark.');
    expect(exitCode).toBe(0);
    expect(await pods()).toEqual([]);
  });

  test('measures queries on an application with an executor on each of two nodes, and keeps its log and plans beside the rows', async () => {
    const placed = driver().then(() => eventuallyAmong(phase.cluster.api, namespace, 'executors', async () => {
      const executors = (await pods()).filter(({ metadata, status }) => metadata?.labels?.['spark-role'] === 'executor' && status?.phase === 'Running');
      return executors.length === 2 ? executors.map(({ spec }) => spec?.nodeName ?? '') : null;
    }, PATIENCE_MS));
    const { runId, rows } = await measured('--queries', 'Q1,Q6', '--workers', '2', '--runs', '2');
    expect(rows.map((row) => `${row.query} ${said(row)} ${String(row.strict_ok)}`).sort()).toEqual(['Q1', 'Q1', 'Q6', 'Q6'].map((query) => `${query} ok:  true`));
    expect(new Set(await placed).size).toBe(2);
    expect((await placed).every((node) => phase.cluster.facts.workerNodes.includes(node))).toBe(true);
    expect([...operator.states.values()].at(-1)).toEqual(['SUBMITTED', 'RUNNING', 'COMPLETED']);
    expect(await pods()).toEqual([]);
    const kept = join(phase.cluster.facts.s3Folder, RESULTS_BUCKET, 'runs', runId, 'engines');
    const [session = ''] = readdirSync(kept);
    expect(readdirSync(join(kept, session)).sort()).toEqual(['Q01-1.plan.txt', 'Q01-2.plan.txt', 'Q06-1.plan.txt', 'Q06-2.plan.txt', 'driver.log.txt']);
    expect(readFileSync(join(kept, session, 'Q06-2.plan.txt'), 'utf8')).toContain('Scan parquet');
  });

  test('tells of an application that cannot be submitted, in the operator\'s words', async () => {
    operator.failures.push('failed to run spark-submit: no such image');
    const { rows } = await measured('--queries', 'Q6', '--workers', '1', '--runs', '2');
    expect(rows.map(said)).toEqual([expect.stringMatching(/^infrastructure_error: .*SUBMISSION_FAILED: failed to run spark-submit: no such image/)]);
    expect(await pods()).toEqual([]);
  });

  test('has the cores that the tier "plan" states, and says aloud that they are others than every engine is given', async () => {
    const { stderr } = await phase.run(...SIZE, '--queries', 'Q6', '--workers', '1', '--runs', '2', '--tiers', 'plan');
    expect(phase.rows(idIn(stderr)).map((row) => `${row.tier} ${said(row)}`)).toEqual(['plan ok: ', 'plan ok: ']);
    expect(stderr).toContain('NOT EQUAL: spark, N=1 computes with 3 threads, where 1 were to be had.');
    expect(stderr).toContain('NOT EQUAL: spark, N=1 may use 3.22 GB of memory, where 1.07 GB were to be had.');
  });

  /** Stopped first, so that a query is asked of a driver that will never answer. */
  const KILLED = [{ kind: 'signal', signal: 'SIGSTOP' }, { kind: 'signal', signal: 'SIGKILL' }] as const;

  test.each([
    ['that the kernel killed for its memory', null, [{ kind: 'out-of-memory' }] as const, /^out_of_memory: .*was killed by the kernel for passing its memory limit/],
    ['that was lost with an application which its operator removed at once', 0, KILLED, /^engine_error: .*FAILED: driver container failed with ExitCode: 137/],
  ] as const)('tells of a driver %s, and goes on with the next query in another application', async (_what, keepsMs, faults, told) => {
    operator.keepsMs = keepsMs;
    const earlier = latest();
    const run = measured('--queries', 'Q6,Q1', '--workers', '1', '--runs', '400');
    const { metadata } = await driver();
    await eventuallyAmong(phase.cluster.api, namespace, 'a first row', () => latest() !== earlier && rowsOf().length > 0, PATIENCE_MS);
    for (const fault of faults) {
      expect(await phase.cluster.controls.strike(namespace, metadata?.name ?? '', fault)).toBe(true);
      await sleep(2_000);
    }
    await eventuallyAmong(phase.cluster.api, namespace, 'a row of the next query', () => rowsOf().find(({ query, status }) => query === 'Q1' && status === 'ok'), PATIENCE_MS);
    const runId = latest();
    expect((await phase.start('cancel', runId).end).exitCode).toBe(0);
    await run;
    expect(phase.rows(runId).filter(({ status }) => status !== 'ok').map(said)).toEqual([expect.stringMatching(told)]);
    expect(await pods()).toEqual([]);
  });
});
