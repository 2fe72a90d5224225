import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InlineExecutor } from '../../workloads/coordinator/executors/inline-executor.js';
import { WarmExecutor } from '../../workloads/coordinator/executors/warm-executor.js';
import type { UnitOutcome } from '../../workloads/coordinator/executor.js';
import type { WorkerProgram } from '../../workloads/coordinator/executors/worker-program.js';
import { loadDataset } from '../../workloads/dataset/load.js';
import { proveCoverage, rowCountsOf } from '../../workloads/campaign/proofs.js';
import type { EngineSession, QueryOutcome, SessionContext } from '../../workloads/engines/contract.js';
import { DuckDBRunner } from '../../workloads/engines/duckdb.js';
import { FlowRunner } from '../../workloads/engines/flow.js';
import { FlowbenchError } from '../../workloads/model/errors.js';
import type { DatasetHandle } from '../../workloads/model/manifest.js';
import { QUERY_IDS } from '../../workloads/model/queries.js';
import { inlineFlow, inlineWorker, sessionContext, type RunUnit } from '../fixtures/inline-flow.js';
import { faultyWorker, sourceWorker } from '../fixtures/worker-programs.js';
import { describeEngineContract, runOptions, SAMPLE_DATASET, suiteQuery } from './contract.js';

const scratchDir = mkdtempSync(join(tmpdir(), 'flowbench-flow-'));
afterAll(() => { rmSync(scratchDir, { recursive: true, force: true }); });

/** The real worker, but for units of one query. */
function except(query: string, planted: RunUnit): RunUnit {
  const sound = inlineWorker(join(scratchDir, 'spill'));
  return (unit) => (unit.query.kind === 'tpch' && unit.query.id === query ? planted(unit) : sound(unit));
}

/** What the coverage proof says of an answer to Q1, which reads every row group. */
function coverageProblems(outcome: QueryOutcome, { manifest }: DatasetHandle): readonly string[] {
  if (outcome.status !== 'ok' || outcome.coverage === null) return ['no coverage'];
  const rowGroups = outcome.coverage.stages[0]?.planned ?? [];
  return proveCoverage(outcome.coverage, [{ stage: 1, table: 'lineitem', rowGroups }], rowCountsOf(manifest)).problems;
}

const inline = (): FlowRunner => inlineFlow(inlineWorker(join(scratchDir, 'spill')));

describeEngineContract('flow', {
  runner: inline,
  labelStartsWith: 'flow (DuckDB ',
  slow: { runner: () => inlineFlow(except('Q1', () => new Promise(() => undefined))), query: suiteQuery('Q1') },
  failing: { runner: () => inlineFlow(except('Q1', () => { throw new FlowbenchError('query_failed', 'planted failure'); })), query: suiteQuery('Q1') },
});

describe('flow engine over worker processes', () => {
  let dataset: DatasetHandle;
  const open: EngineSession[] = [];
  const start = async (worker: WorkerProgram, overrides: Partial<SessionContext> = {}): Promise<EngineSession> => {
    const session = await new FlowRunner({ worker }).open(sessionContext(dataset, scratchDir, overrides));
    open.push(session);
    return session;
  };
  beforeAll(async () => { dataset = await loadDataset(SAMPLE_DATASET); });
  afterEach(async () => { await Promise.all(open.splice(0).map((session) => session.close())); });

  it('gives the rows of a single process for all 22 queries, from a warm pool', async () => {
    const flow = await start(sourceWorker());
    const duckdb = await new DuckDBRunner().open(sessionContext(dataset, scratchDir));
    open.push(duckdb);
    const differing: string[] = [];
    for (const id of QUERY_IDS) {
      const [sharded, plain] = [await flow.run(suiteQuery(id), runOptions()), await duckdb.run(suiteQuery(id), runOptions())];
      if (sharded.status !== 'ok' || plain.status !== 'ok') throw new Error(`${id} failed`);
      if (JSON.stringify(sharded.rows) !== JSON.stringify(plain.rows)) differing.push(id);
      expect(sharded.usage.workerBusyMs).toHaveLength(2);
      expect(sharded.coverage?.stages.length).toBeGreaterThan(0);
    }
    expect(differing).toEqual([]);
    expect(readdirSync(join(scratchDir, 'flow')).filter((name) => /^Q/.test(name))).toEqual([]);
  }, 60_000);

  it('gives the same rows with a process for each work unit, more workers than row groups and contiguous ranges', async () => {
    const flow = await start(sourceWorker(), { executor: 'process', workers: 3, assignment: 'contiguous' });
    const outcome = await flow.run(suiteQuery('Q14'), runOptions());
    const expected = await (await start(sourceWorker(), { workers: 1 })).run(suiteQuery('Q14'), runOptions());
    if (outcome.status !== 'ok' || expected.status !== 'ok') throw new Error('Q14 failed');
    expect(outcome.rows).toEqual(expected.rows);
    expect(outcome.stages.spawn_ms).toBeGreaterThan(10);
    expect(outcome.usage.workerBusyMs?.filter((busyMs) => busyMs > 0)).toHaveLength(1);
  }, 60_000);

  it('survives kill -9 of a worker in the middle of a unit: that unit is done again, once', async () => {
    const worker = sourceWorker();
    const executor = new WarmExecutor({ program: { ...worker, args: ['-r', join(__dirname, '..', 'fixtures', 'kill-mid-unit.cjs'), ...worker.args] }, workers: 2 });
    const execute = jest.spyOn(executor, 'execute');
    const session = await new FlowRunner({ createExecutor: () => executor }).open(sessionContext(dataset, scratchDir));
    open.push(session);
    const outcome = await session.run(suiteQuery('Q1'), runOptions());
    const units = await execute.mock.results.at(-1)?.value as UnitOutcome[];
    expect(units.map(({ unitId, attempts }) => [unitId, attempts])).toEqual([['wu-Q1-1-0', 2], ['wu-Q1-1-1', 1]]);
    expect(outcome.status).toBe('ok');
    expect(coverageProblems(outcome, dataset)).toEqual([]);
  }, 60_000);

  it('tells a worker that is not there, or not its own, before the first query', async () => {
    await expect(start(faultyWorker('killed'))).rejects.toThrow(/A worker failed before the first query: .* was lost/);
    await expect(start(faultyWorker('sound'))).rejects.toThrow(/A worker runs DuckDB 0, the coordinator \d/);
    expect(readdirSync(scratchDir)).not.toContain('flow');
  });
});

describe('flow engine', () => {
  it('shows it in the coverage when a unit reads the row groups of another, or only some of its own', async () => {
    const dataset = await loadDataset(SAMPLE_DATASET);
    const reading = async (change: (rowGroups: readonly number[]) => number[]): Promise<readonly string[]> => {
      const sound = inlineWorker(join(scratchDir, 'spill'));
      const session = await inlineFlow((unit) => {
        const rowGroups = unit.input.row_groups['lineitem'];
        return sound(rowGroups === undefined || unit.id !== 'wu-Q1-1-1' ? unit : { ...unit, input: { ...unit.input, row_groups: { lineitem: change(rowGroups) } } });
      }).open(sessionContext(dataset, scratchDir));
      const outcome = await session.run(suiteQuery('Q1'), runOptions());
      await session.close();
      return coverageProblems(outcome, dataset);
    };
    expect(await reading((own) => [...own])).toEqual([]);
    expect((await reading(() => [0])).join()).toMatch(/were not read.*row group 0 of lineitem was read/);
    expect((await reading((own) => own.slice(1))).join()).toMatch(/were not read/);
  }, 60_000);

  it('answers the suite\'s own text only, as another text would be answered by another query', async () => {
    const dataset = await loadDataset(SAMPLE_DATASET);
    const session = await inline().open(sessionContext(dataset, scratchDir));
    const { id, text } = suiteQuery('Q6');
    expect(await session.run({ id, text: text.replace('24', '25') }, runOptions())).toMatchObject({ status: 'unsupported' });
    await session.close();
  });

  it('tells what keeps a plan from being right', async () => {
    const dataset = await loadDataset(SAMPLE_DATASET);
    const manifest = { ...dataset.manifest, invariants: { ...dataset.manifest.invariants, unique_keys: {} } };
    const session = await inline().open(sessionContext({ uri: dataset.uri, manifest }, scratchDir));
    expect(await session.run(suiteQuery('Q4'), runOptions())).toMatchObject({ status: 'unsupported', error: expect.stringContaining('the unique key of orders') as string });
    await session.close();
  });

  it.each([
    ['storage_write', 'infrastructure_error'], ['dataset_changed', 'infrastructure_error'], ['out_of_memory', 'out_of_memory'], ['out_of_disk', 'out_of_disk'], ['internal', 'engine_error'],
  ] as const)('turns a worker\'s %s into the status %s', async (code, status) => {
    const dataset = await loadDataset(SAMPLE_DATASET);
    const runner = new FlowRunner({ createExecutor: () => new InlineExecutor(except('Q6', () => { throw new FlowbenchError(code, `planted ${code}`); })) });
    const session = await runner.open(sessionContext(dataset, scratchDir));
    expect(await session.run(suiteQuery('Q6'), runOptions())).toMatchObject({ status, error: `wu-Q6-1-0: planted ${code}` });
    await session.close();
  });
});
