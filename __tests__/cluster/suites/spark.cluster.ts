import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { installed } from '../../fixtures/installed-engine.js';
import { installSparkApplications } from '../engines/crds.js';
import { sparkHere, sparkImage } from '../engines/spark-image.js';
import { SparkStandIn } from '../engines/spark-stand-in.js';
import { EnginePhase, said } from '../harness/engine-phase.js';
import { START_TIMEOUT_MS } from '../harness/fixture.js';
import { imageReference } from '../harness/phase-manifests.js';
import { TestCluster } from '../harness/test-cluster.js';

jest.setTimeout(900_000);

/** Phase β with everything real but the operator and the executors: a stand-in carries applications out. */
describe('Spark on Kubernetes', () => {
  let beta: EnginePhase;
  let operator: SparkStandIn;

  beforeAll(async () => {
    const home = await installed('spark');
    const cluster = await TestCluster.shared();
    await installSparkApplications(cluster.api);
    beta = await EnginePhase.deploy('beta', ['--memory-per-worker', '1GiB', '--null-run', 'none', '--timeout', '60s']);
    const { namespace } = beta;
    await cluster.api.ok('POST', `/api/v1/namespaces/${namespace}/serviceaccounts`, { body: { metadata: { name: 'spark' } } });
    await cluster.controls.setImage(imageReference('spark'), sparkImage(home));
    operator = new SparkStandIn(cluster.api, namespace, [join(home.sparkHome, 'bin', 'spark-submit')], sparkHere(home));
    operator.start();
  }, START_TIMEOUT_MS);
  afterAll(async () => {
    operator.stop();
    await beta.phase.cluster.stop();
  });

  const DRIVER = { 'spark-role': 'driver' };
  const EXECUTOR = { 'spark-role': 'executor' };

  test('shows by a smoke run that everything is there, and leaves nothing behind', async () => {
    const { exitCode, stdout } = await beta.phase.start('smoke').end;
    expect(stdout).toMatch(/engine answered +│ yes +│ Spark/);
    expect(stdout).toContain('The cluster can run the benchmark.');
    expect(exitCode).toBe(0);
    expect(await beta.pods()).toEqual([]);
  });

  test('measures queries on an application with an executor on each of two nodes, and keeps its log and plans beside the rows', async () => {
    const placed = beta.running(EXECUTOR, 2).then((executors) => executors.map(({ spec }) => spec?.nodeName ?? ''));
    const { runId, rows } = await beta.measured('--queries', 'Q1,Q6', '--workers', '2', '--runs', '2');
    expect(rows.map((row) => `${said(row)}${String(row.strict_ok)}`).sort()).toEqual(['Q1', 'Q1', 'Q6', 'Q6'].map((query) => `${query} ok: true`));
    expect(new Set(await placed).size).toBe(2);
    expect((await placed).every((node) => beta.phase.cluster.facts.workerNodes.includes(node))).toBe(true);
    expect([...operator.states.values()].at(-1)).toEqual(['SUBMITTED', 'RUNNING', 'COMPLETED']);
    expect(await beta.pods()).toEqual([]);
    const { folder, files } = beta.kept(runId);
    expect(files).toEqual(['Q01-1.plan.txt', 'Q01-2.plan.txt', 'Q06-1.plan.txt', 'Q06-2.plan.txt', 'driver.log.txt']);
    expect(readFileSync(join(folder, 'Q06-2.plan.txt'), 'utf8')).toContain('Scan parquet');
  });

  test('tells of an application that cannot be submitted, in the operator\'s words', async () => {
    operator.failures.push('failed to run spark-submit: no such image');
    const { rows } = await beta.measured('--queries', 'Q6', '--workers', '1', '--runs', '2');
    expect(rows.map(said)).toEqual([expect.stringMatching(/^Q6 infrastructure_error: .*SUBMISSION_FAILED: failed to run spark-submit: no such image/)]);
    expect(await beta.pods()).toEqual([]);
  });

  test('has the cores that the tier "plan" states, and says aloud that they are others than every engine is given', async () => {
    const { rows, stderr } = await beta.measured('--queries', 'Q6', '--workers', '1', '--runs', '2', '--tiers', 'plan');
    expect(rows.map((row) => `${row.tier} ${said(row)}`)).toEqual(['plan Q6 ok: ', 'plan Q6 ok: ']);
    expect(stderr).toContain('NOT EQUAL: spark, N=1 computes with 3 threads, where 1 were to be had.');
    expect(stderr).toContain('NOT EQUAL: spark, N=1 may use 3.22 GB of memory, where 1.07 GB were to be had.');
  });

  /** Stopped first, so that a query is asked of a driver that will never answer. */
  const KILLED = [{ kind: 'signal', signal: 'SIGSTOP' }, { kind: 'signal', signal: 'SIGKILL' }] as const;

  test.each([
    ['that the kernel killed for its memory', null, [{ kind: 'out-of-memory' }] as const, /^Q6 out_of_memory: .*was killed by the kernel for passing its memory limit/],
    ['that was lost with an application which its operator removed at once', 0, KILLED, /^Q6 engine_error: .*FAILED: driver container failed with ExitCode: 137/],
  ] as const)('tells of a driver %s, and goes on with the next query in another application', async (_what, keepsMs, faults, told) => {
    operator.keepsMs = keepsMs;
    const { runId, end } = await beta.underWay('--queries', 'Q6,Q1', '--workers', '1', '--runs', '400');
    const [driver] = await beta.running(DRIVER, 1);
    for (const fault of faults) {
      expect(await beta.phase.cluster.controls.strike(beta.namespace, driver?.metadata?.name ?? '', fault)).toBe(true);
      await sleep(2_000);
    }
    await beta.until('a row of the next query', () => beta.phase.rows(runId).find(({ query, status }) => query === 'Q1' && status === 'ok'));
    expect((await beta.phase.start('cancel', runId).end).exitCode).toBe(0);
    await end;
    expect(beta.phase.rows(runId).filter(({ status }) => status !== 'ok').map(said)).toEqual([expect.stringMatching(told)]);
    expect(await beta.pods()).toEqual([]);
  });
});
