import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Trust } from '../../workloads/campaign/trust.js';
import { defaultHttpfsFile } from '../../workloads/cli/s3.js';
import { ProcessExecutor } from '../../workloads/coordinator/executors/process-executor.js';
import type { WorkUnitExecutor } from '../../workloads/coordinator/executor.js';
import { loadAnswer } from '../../workloads/dataset/answers.js';
import { loadDataset } from '../../workloads/dataset/load.js';
import type { EngineSession, QueryOutcome, SessionContext } from '../../workloads/engines/contract.js';
import { FlowRunner } from '../../workloads/engines/flow.js';
import type { DatasetHandle } from '../../workloads/model/manifest.js';
import { QUERY_IDS } from '../../workloads/model/queries.js';
import type { WorkUnitV2 } from '../../workloads/model/work-unit.js';
import type { WorkerMetrics } from '../../workloads/model/worker-metrics.js';
import { useS3 } from '../../workloads/storage/settings.js';
import { KeptResources } from '../../workloads/worker/resources.js';
import { inlineWorker, sessionContext } from '../fixtures/inline-flow.js';
import { PodExecutor } from '../fixtures/pod-executor.js';
import { startS3Server, type S3Server } from '../fixtures/s3-server.js';
import { sourceWorker } from '../fixtures/worker-programs.js';
import { runOptions, SAMPLE_DATASET, suiteQuery } from './contract.js';

const scratchDir = mkdtempSync(join(tmpdir(), 'flowbench-flow-s3-'));
let server: S3Server;
let dataset: DatasetHandle;
let trust: Trust;
const open: EngineSession[] = [];

beforeAll(async () => {
  server = await startS3Server();
  await server.place(SAMPLE_DATASET, 'data', 'tpch/sf0.01');
  await server.makeBucket('results');
  Object.assign(process.env, server.environment());
  useS3({ region: server.region, endpoint: server.endpoint, httpfsFile: defaultHttpfsFile(), retry: { budgetMs: 2_000 } });
  dataset = await loadDataset(`${server.url('data')}/tpch/sf0.01`);
  const answers = await Promise.all(QUERY_IDS.map(async (id) => [id, await loadAnswer(dataset, id, suiteQuery(id).text)] as const));
  trust = new Trust(dataset, new Map(answers));
}, 300_000);
afterEach(async () => {
  server.heal();
  await Promise.all(open.splice(0).map((session) => session.close()));
});
afterAll(async () => {
  await server.stop();
  rmSync(scratchDir, { recursive: true, force: true });
});

const partialsLeft = (): string[] => (existsSync(join(server.folder, 'results')) ? readdirSync(join(server.folder, 'results'), { recursive: true, encoding: 'utf8' }).filter((name) => /\.(parquet|json)$/.test(name)) : []);

async function start(executor: WorkUnitExecutor, overrides: Partial<SessionContext> = {}): Promise<EngineSession> {
  const context = sessionContext(dataset, join(scratchDir, 'scratch'), { executor: 'job', partialsUri: `${server.url('results')}/partials/run-test`, ...overrides });
  const session = await new FlowRunner({ createExecutor: () => executor }).open(context);
  open.push(session);
  return session;
}

/** A pod in this process: an engine and a uid of its own. */
async function inPod(unit: WorkUnitV2, podUid: string): Promise<WorkerMetrics> {
  const resources = new KeptResources();
  try {
    return await inlineWorker(join(scratchDir, 'spill'), { podUid, resources })(unit);
  } finally {
    resources.close();
  }
}

const pods = (): PodExecutor => new PodExecutor(inPod);

function problemOf(outcome: QueryOutcome, id: (typeof QUERY_IDS)[number], session: EngineSession): string | null {
  if (outcome.status !== 'ok') return `${id}: ${outcome.status}: ${outcome.error}`;
  const verdict = trust.judge(id, outcome, session.precision(id), true);
  return verdict.isRight && verdict.coverageOk === true ? null : `${id}: ${verdict.remark}`;
}

describe('flow engine over a dataset and partials in S3', () => {
  it.each([1, 2, 4])('answers all 22 queries right and whole with %d pods, and leaves nothing behind', async (workers) => {
    const session = await start(pods(), { workers });
    const problems: (string | null)[] = [];
    for (const id of QUERY_IDS) problems.push(problemOf(await session.run(suiteQuery(id), runOptions()), id, session));
    expect(problems.filter((problem) => problem !== null)).toEqual([]);
    expect(partialsLeft().length).toBeGreaterThan(QUERY_IDS.length * workers);
    await session.tidy?.();
    expect(partialsLeft()).toEqual([]);
    expect(session.parity.storageMedium).toBe('s3');
  }, 300_000);
});

describe('S3 that fails while a query runs', () => {
  /** Real worker processes, told of S3 by their environment; partials under plain names. */
  const processes = (): WorkUnitExecutor => {
    const { command, args } = sourceWorker();
    const environment = Object.entries({ ...server.environment(), FLOWBENCH_HTTPFS: defaultHttpfsFile() }).map(([name, value]) => `${name}=${value}`);
    return new ProcessExecutor({ program: { command: 'env', args: [...environment, command, ...args] }, workers: 2 });
  };

  it('for 20 s is waited for: the answer is right and whole', async () => {
    const session = await start(processes(), { executor: 'process' });
    const running = session.run(suiteQuery('Q1'), { ...runOptions(), timeoutMs: 120_000 });
    await sleep(700);
    await server.pause();
    await sleep(20_000);
    await server.resume();
    expect(problemOf(await running, 'Q1', session)).toBeNull();
  }, 180_000);

  it('for good is told of as infrastructure', async () => {
    const session = await start(pods());
    await server.pause();
    const outcome = await session.run(suiteQuery('Q6'), runOptions());
    await server.resume();
    expect(outcome).toMatchObject({ status: 'infrastructure_error', error: expect.stringMatching(/^wu-Q6-1-0: .*(cannot be reached|connect)/) as string });
  }, 60_000);

  it('for longer than the query may take ends at its time limit', async () => {
    const session = await start(processes(), { executor: 'process' });
    await server.pause();
    const startedAt = performance.now();
    const outcome = await session.run(suiteQuery('Q6'), { ...runOptions(), timeoutMs: 10_000 });
    await server.resume();
    expect(outcome).toMatchObject({ status: 'timeout', error: expect.stringMatching(/^wu-Q6-1-\d: .*time limit/) as string });
    expect(performance.now() - startedAt).toBeLessThan(15_000);
  }, 120_000);

  it.each<[string, RegExp, RegExp]>([
    ['reading a table', /\/lineitem\//, /403|not allow|denied|Forbidden/i],
    ['writing a partial', /\/partials\/.*Q6.*\.parquet$/, /does not allow to write s3:\/\/results\/partials/],
  ])('by 403 on %s is told of as infrastructure, with the right that lacks', async (_, path, sentence) => {
    const session = await start(pods());
    server.deny((seen) => path.test(seen.path));
    const outcome = await session.run(suiteQuery('Q6'), runOptions());
    expect(outcome).toMatchObject({ status: 'infrastructure_error', error: expect.stringMatching(sentence) as string });
  }, 60_000);

  it('by a bucket that is gone between scan and merge is told of as infrastructure', async () => {
    const session = await start(new PodExecutor(inPod, (outcome) => {
      if (/^wu-Q6-1-1$/.test(outcome.unitId)) rmSync(join(server.folder, 'results'), { recursive: true, force: true });
      return Promise.resolve(outcome);
    }));
    const outcome = await session.run(suiteQuery('Q6'), runOptions());
    await server.makeBucket('results');
    expect(outcome).toMatchObject({ status: 'infrastructure_error', error: expect.stringMatching(/^The partials of stage 1 cannot be read: .*404/) as string });
  }, 60_000);
});
