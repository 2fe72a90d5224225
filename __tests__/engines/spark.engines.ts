import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { loadDataset } from '../../workloads/dataset/load.js';
import type { EngineSession, QueryText } from '../../workloads/engines/contract.js';
import type { SparkHome } from '../../workloads/engines/install/homes.js';
import { SparkRunner } from '../../workloads/engines/spark/runner.js';
import type { DatasetHandle } from '../../workloads/model/manifest.js';
import { QUERY_IDS } from '../../workloads/model/queries.js';
import { sessionContext } from '../fixtures/inline-flow.js';
import { installed } from '../fixtures/installed-engine.js';
import { leftOf, processesOf } from '../fixtures/processes.js';
import { describeEngineContract, judged, runOptions, SAMPLE_DATASET, suiteQuery } from './contract.js';

jest.setTimeout(900_000);

let home: SparkHome;
beforeAll(async () => { home = await installed('spark'); });

const runner = (): SparkRunner => new SparkRunner({ home: () => Promise.resolve(home) });
/** Runs for hours, in tasks that look at whether they are to stop. */
const FOREVER: QueryText = { id: 'Q1', text: 'SELECT count(*) FROM range(1000000000000) WHERE id % 7 = 3' };
const GIVEN = { variant: 'default', memoryLimitBytes: 500_000_000 } as const;

describeEngineContract('spark', {
  runner,
  context: GIVEN,
  labelStartsWith: 'Spark ',
  slow: { runner, query: FOREVER },
  failing: { runner, query: { id: 'Q1', text: 'SELECT raise_error(l_comment) FROM lineitem' } },
  wide: { id: 'Q1', text: 'SELECT l_orderkey, l_extendedprice, l_comment FROM lineitem' },
  unaccountedMs: 4_000,
  stopsWithinMs: 6_000,
  runsAfterMs: 1_500,
  isProgram: true,
});

describe('spark over the sample', () => {
  const scratchDir = mkdtempSync(join(tmpdir(), 'spark-'));
  const artifactsUri = mkdtempSync(join(tmpdir(), 'spark-kept-'));
  let dataset: DatasetHandle;
  let session: EngineSession;

  beforeAll(async () => {
    dataset = await loadDataset(SAMPLE_DATASET);
    session = await runner().open(sessionContext(dataset, scratchDir, { ...GIVEN, artifactsUri, tier: 'tuned' }));
  });
  afterAll(async () => {
    await session.close();
    rmSync(scratchDir, { recursive: true, force: true });
    rmSync(artifactsUri, { recursive: true, force: true });
  });

  it('answers all 22 exactly, with figures and a plan for each', async () => {
    const wrong: string[] = [];
    const unmeasured: string[] = [];
    for (const id of QUERY_IDS) {
      const outcome = await session.run(suiteQuery(id), runOptions({ timeoutMs: 120_000 }));
      const problem = await judged(dataset, id, outcome, session);
      if (problem !== null) wrong.push(`${id}: ${problem}`);
      const figures = outcome.status === 'ok' ? [outcome.usage.bytesRead, outcome.usage.cpuMs, outcome.usage.peakMemoryBytes, outcome.engineMs, outcome.stages.plan_ms] : [];
      if (figures.length === 0 || figures.some((figure) => figure == null)) unmeasured.push(id);
    }
    expect({ wrong, unmeasured }).toEqual({ wrong: [], unmeasured: [] });
    expect(readdirSync(artifactsUri).filter((name) => name.endsWith('.plan.txt'))).toHaveLength(22);
  });

  it('reads the columns that a query names and no others, with its filters pushed down, and nothing kept in memory', () => {
    const plan = readFileSync(join(artifactsUri, 'Q06-1.plan.txt'), 'utf8');
    const schema = /ReadSchema: struct<([^>]*)>/.exec(plan)?.[1] ?? '';
    expect(schema.split(/,(?=l_)/).map((column) => column.split(':')[0]).sort()).toEqual(['l_discount', 'l_extendedprice', 'l_quantity', 'l_shipdate']);
    expect(plan).toMatch(/PushedFilters: \[[^\]]*GreaterThanOrEqual\(l_shipdate,1994-01-01\)/);
    expect(plan).not.toMatch(/InMemory(Relation|TableScan)/);
    expect(plan).toContain('AdaptiveSparkPlan');
  });

  it('stores what it is set to, by the engine\'s own account', () => {
    expect(session.settings).toMatchObject({ 'spark.master': 'local[2]', 'spark.sql.shuffle.partitions': '8', 'spark.sql.adaptive.enabled': 'true', 'parquet page index': 'used', 'cpu affinity': '2 cores' });
    expect(session.parity).toMatchObject({ nodes: 1, threadsTotal: 2, parallelism: 2 });
    expect(session.parity.scratchFreeBytes).toBeGreaterThan(0);
  });

  it('tells that a table is not there, and what else Spark says, in one line', async () => {
    const outcome = await session.run({ id: 'Q1', text: 'SELECT * FROM no_such_table' }, runOptions());
    expect(outcome).toMatchObject({ status: 'engine_error', error: expect.stringMatching(/^\[TABLE_OR_VIEW_NOT_FOUND\][^\n]*no_such_table/) as string });
  });

  it('survives being parked for longer than its heartbeats, and answers', async () => {
    await session.park?.();
    const pids = processesOf(scratchDir);
    const states = pids.map((pid) => readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.[0]);
    expect(states.filter((state) => state === 'T').length).toBeGreaterThanOrEqual(2);
    await sleep(20_000);
    await session.unpark?.();
    expect(await judged(dataset, 'Q3', await session.run(suiteQuery('Q3'), runOptions()), session)).toBeNull();
  });

  it('keeps the event log', async () => {
    await session.close();
    expect(readdirSync(artifactsUri).filter((name) => /^local-\d+$/.test(name))).toHaveLength(1);
    expect(await leftOf(scratchDir)).toEqual([]);
  });
});
