import { type ResultRow } from '../../../workloads/model/result-row.js';
import { START_TIMEOUT_MS } from '../harness/fixture.js';
import { MERGE } from '../harness/kube-http.js';
import { type Job } from '../harness/kube-types.js';
import { eventually, jobsPath, uniqueName } from '../harness/objects.js';
import { Outcomes } from '../harness/outcomes.js';
import { Phase, type RunningCommand } from '../harness/phase.js';
import { imageReference } from '../harness/phase-manifests.js';
import { idIn } from '../harness/runs.js';

jest.setTimeout(300_000);

const WORKER = { 'app.kubernetes.io/component': 'flow-worker' };
/** Pods of the first repetition: before it, a session tries whether its workers work at all. */
const MEASURED = { ...WORKER, 'flowbench/query': 'Q6-1-1' };
const FIRST = { ...MEASURED, 'batch.kubernetes.io/job-completion-index': '0' };
const COORDINATOR = { 'app.kubernetes.io/component': 'coordinator' };
/** One query, two pods, twice. */
const SMALL = ['--queries', 'Q6', '--workers', '2', '--executor', 'job', '--runs', '2', '--null-run', 'none'] as const;

/** What may go wrong on a cluster, on a real control plane and a real S3: what becomes of the run, and what it says. */
describe('bad situations', () => {
  const outcomes = new Outcomes();
  let phase: Phase;
  let begin = 0;

  beforeAll(async () => { phase = await Phase.deploy('bad'); }, START_TIMEOUT_MS);
  beforeEach(() => { begin = performance.now(); });
  afterEach(async () => {
    const { controls } = phase.cluster;
    await Promise.all([controls.disarm(), controls.healS3(), controls.resumeS3()]);
    // A run that a failed test left would keep the next from starting.
    await phase.removeRuns();
  });
  afterAll(async () => {
    process.stdout.write(`${outcomes.toString()}\n${phase.cluster.facts.settings}\n`);
    await phase.cluster.stop();
  });

  function tell(situation: string, status: string, sentence: string): void {
    outcomes.add({ situation, status, sentence: sentence.replace(/\s+/g, ' ').trim().slice(0, 260), seconds: (performance.now() - begin) / 1_000 });
  }

  /** Runs the small campaign and holds its first row that is not ok, or its first, to a status and a sentence. */
  async function expectCell(situation: string, status: ResultRow['status'], sentence: RegExp, ...more: readonly string[]): Promise<void> {
    const { stderr, exitCode } = await phase.run(...SMALL, ...more);
    const rows = phase.rows(idIn(stderr), 'home');
    const row = rows.find((one) => one.status !== 'ok') ?? rows[0];
    tell(situation, row?.status ?? 'no row', row === undefined ? stderr.split('\n').slice(-4).join(' ') : row.error ?? 'every answer right, each row group read once');
    expect(row?.status ?? stderr).toBe(status);
    expect(row?.error ?? '').toMatch(sentence);
    expect(exitCode).toBe(status === 'ok' ? 0 : 1);
    await expectNoWorkers();
  }

  async function expectNoWorkers(): Promise<void> {
    expect(await eventually('the end of the Jobs of workers', async () => (await phase.jobs('flow-worker')).every(({ metadata }) => metadata?.labels?.['flowbench/collected'] !== undefined || metadata?.deletionTimestamp !== undefined) || (await phase.pods('flow-worker')).length === 0)).toBe(true);
  }

  test('a worker killed by SIGKILL is tried again', async () => {
    await phase.cluster.controls.arm({ labels: FIRST, afterMs: 0, times: 1, fault: { kind: 'signal', signal: 'SIGKILL' } });
    await expectCell('worker killed by SIGKILL, once', 'ok', /^$/);
  });

  test('a unit whose worker is killed at each try fails its cell', async () => {
    await phase.cluster.controls.arm({ labels: FIRST, afterMs: 0, times: 9, fault: { kind: 'signal', signal: 'SIGKILL' } });
    await expectCell('worker killed by SIGKILL at each try', 'infrastructure_error', /ended by SIGKILL/);
  });

  test('a worker that the kernel kills for its memory is not tried again', async () => {
    await phase.cluster.controls.arm({ labels: FIRST, afterMs: 0, times: 1, fault: { kind: 'out-of-memory' } });
    await expectCell('worker OOMKilled', 'out_of_memory', /killed by the kernel for passing its memory limit/);
  });

  test('an eviction for a full disk fails the cell at once', async () => {
    const message = 'The node was low on resource: ephemeral-storage. Threshold quantity: 10Gi, available: 9Gi.';
    await phase.cluster.controls.arm({ labels: FIRST, afterMs: 0, times: 1, fault: { kind: 'evicted', message } });
    await expectCell('worker evicted, disk full', 'out_of_disk', /low on resource: ephemeral-storage/);
  });

  test('an image that is not there is found at once', async () => {
    const unknown = imageReference('flow-worker').replace(/0{64}$/, 'f'.repeat(64));
    await expectCell('image missing', 'infrastructure_error', /cannot be pulled.*not found/, '--image', `flow-worker=${unknown}`);
  });

  test('a pod that no node takes is told within seconds', async () => {
    await cordon(true);
    try {
      await expectCell('no node for a worker', 'infrastructure_error', /finds no node/);
    } finally {
      await cordon(false);
    }
  });

  test('a worker that hangs ends at the timeout', async () => {
    await phase.cluster.controls.arm({ labels: FIRST, afterMs: 0, times: 9, fault: { kind: 'signal', signal: 'SIGSTOP' } });
    await expectCell('worker that hangs', 'timeout', /had not ended at its time limit/, '--timeout', '4s');
  });

  test('clocks that are ten minutes apart change nothing', async () => {
    const [one = '', another = ''] = phase.cluster.facts.workerNodes;
    await phase.cluster.controls.skewClock(one, 300_000);
    await phase.cluster.controls.skewClock(another, -300_000);
    await expectCell('clocks of pods 5 min ahead and 5 min behind', 'ok', /^$/, '--workers', '4');
    await phase.cluster.controls.skewClock(one, 0);
    await phase.cluster.controls.skewClock(another, 0);
  });

  test('a dataset that may not be read fails the cell with what S3 said', async () => {
    await phase.cluster.controls.arm({ labels: MEASURED, afterMs: 0, times: 99, fault: { kind: 'environment', values: { AWS_SECRET_ACCESS_KEY: 'wrong' } } });
    await expectCell('S3 says 403', 'infrastructure_error', /403|SignatureDoesNotMatch|AccessDenied|denied/i);
  });

  test('a results bucket that is gone between scan and merge fails the cell', async () => {
    await phase.cluster.controls.refuseS3({ methods: ['GET', 'HEAD'], path: `/Q6-1/`, status: 404, code: 'NoSuchBucket' });
    await expectCell('bucket gone between scan and merge', 'infrastructure_error', /bucket|partial/i);
  });

  test('an S3 that is away for 20 seconds is waited for', async () => {
    const started = phase.startRun(...SMALL);
    await phase.measuredPod('Q6-1-1');
    await phase.cluster.controls.pauseS3();
    await new Promise((resolve) => setTimeout(resolve, 20_000));
    await phase.cluster.controls.resumeS3();
    await expectRightRun('S3 away for 20 s', started);
  });

  test('a run goes on when its coordinator is killed -9', async () => {
    const started = phase.startRun(...SMALL, '--runs', '3');
    await phase.measuredPod('Q6-1-1');
    const coordinator = await phase.runningPod('coordinator');
    await phase.cluster.controls.strike(phase.namespace, coordinator.metadata?.name ?? '', { kind: 'signal', signal: 'SIGKILL' });
    await expectRightRun('coordinator killed -9', started);
    expect(await phase.pods('coordinator')).not.toEqual([]);
  });

  test('a run goes on when the API server is restarted', async () => {
    const started = phase.startRun(...SMALL, '--runs', '3');
    await phase.measuredPod('Q6-1-1');
    await phase.cluster.controls.stopApiServer();
    await phase.cluster.controls.startApiServer();
    await expectRightRun('API server restarted', started);
  });

  test('a Job that is deleted by hand fails its cell', async () => {
    await phase.cluster.controls.arm({ labels: MEASURED, afterMs: 0, times: 2, fault: { kind: 'signal', signal: 'SIGSTOP' } });
    const started = phase.startRun(...SMALL);
    const pod = await phase.measuredPod('Q6-1-1');
    await phase.cluster.api.ok('DELETE', jobsPath(phase.namespace, pod.metadata?.labels?.['batch.kubernetes.io/job-name']), { query: { propagationPolicy: 'Background' } });
    const { stderr } = await started.end;
    const row = phase.rows(idIn(stderr), 'home').find(({ status }) => status !== 'ok');
    tell('Job deleted by hand', row?.status ?? 'no row', row?.error ?? stderr);
    expect(row?.status).toBe('infrastructure_error');
    expect(row?.error).toMatch(/deleted/);
  });

  test('a second coordinator of a run refuses', async () => {
    const started = phase.startRun(...SMALL, '--runs', '12');
    const first = await phase.runningPod('coordinator');
    const job = await phase.cluster.api.ok<Job>('GET', jobsPath(phase.namespace, first.metadata?.labels?.['batch.kubernetes.io/job-name']));
    await started.saying(/\[1\//);
    const second = await phase.cluster.api.ok<Job>('POST', jobsPath(phase.namespace), { body: copyOf(job) });
    const log = await eventually('its refusal', async () => {
      const pods = await phase.pods('coordinator');
      const pod = pods.find(({ metadata }) => metadata?.labels?.['batch.kubernetes.io/job-name'] === second.metadata?.name);
      return pod?.status?.phase === 'Failed' ? phase.log(pod) : null;
    }, 60_000);
    const sentence = lastWords(log);
    tell('two coordinators for one run', 'the second refuses', sentence);
    expect(sentence).toMatch(/coordinator/);
    const { exitCode } = await started.end;
    expect(exitCode).toBe(0);
    await phase.cluster.api.ok('DELETE', jobsPath(phase.namespace, second.metadata?.name), { query: { propagationPolicy: 'Background' } });
  });

  test('a namespace that is not there is told before anything is made', async () => {
    const { exitCode, stderr } = await phase.run(...SMALL, '--namespace', 'nowhere');
    tell('namespace missing', `exit ${exitCode ?? ''}`, stderr);
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/nowhere/);
  });

  test('a Role that lacks a verb fails the cell, which names verb and resource', async () => {
    await phase.withoutVerb('create', 'configmaps', () => expectCell('Role lacks "create" on configmaps', 'infrastructure_error', /verb "create" on "configmaps"/));
  });

  test('an S3 that stays away ends the run with what was tried', async () => {
    await phase.cluster.controls.arm({ labels: COORDINATOR, afterMs: 0, times: 9, fault: { kind: 'environment', values: { FLOWBENCH_S3_RETRY_SECONDS: '2' } } });
    await phase.cluster.controls.pauseS3();
    const runId = await phase.detached(...SMALL);
    const { isComplete, log } = await phase.ended(runId);
    const sentence = lastWords(log);
    tell('S3 away for good (waited for 2 s instead of its stock time)', 'run ends, to be resumed', sentence);
    expect(isComplete).toBe(false);
    expect(sentence).toMatch(/S3|127\.0\.0\.1/);
  });

  async function expectRightRun(situation: string, started: RunningCommand): Promise<void> {
    const { stderr, exitCode } = await started.end;
    const rows = phase.rows(idIn(stderr), 'home');
    const wrong = rows.filter(({ status }) => status !== 'ok');
    tell(situation, wrong[0]?.status ?? 'ok', wrong[0]?.error ?? `${rows.length} rows, every answer right, ${rows.filter(({ interrupted }) => interrupted).length} marked as interrupted`);
    expect(wrong.map(({ error }) => error)).toEqual([]);
    expect(exitCode === 0 ? '' : stderr).toBe('');
    expect(new Set(rows.map(({ repetition }) => repetition)).size).toBe(rows.length);
  }

  async function cordon(unschedulable: boolean): Promise<void> {
    for (const node of phase.cluster.facts.workerNodes) await phase.cluster.api.ok('PATCH', `/api/v1/nodes/${node}`, { body: { spec: { unschedulable } }, contentType: MERGE });
  }
});

/** The sentence that a coordinator ended with. */
const lastWords = (log: string): string => /flowbench: [^]*/.exec(log)?.[0] ?? log;

/** Another Job with the same pods: a second coordinator of the same run. */
function copyOf({ metadata, spec }: Job): unknown {
  const name = uniqueName('second');
  const own = /^(batch\.kubernetes\.io\/)?(controller-uid|job-name)$/;
  const labels = Object.fromEntries(Object.entries(spec?.template.metadata?.labels ?? {}).filter(([key]) => !own.test(key)));
  return {
    apiVersion: 'batch/v1', kind: 'Job', metadata: { name, labels: metadata?.labels },
    spec: { ...spec, selector: undefined, manualSelector: undefined, template: { ...spec?.template, metadata: { labels } } },
  };
}
