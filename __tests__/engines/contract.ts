/* eslint-disable jest/no-export -- the suite is called by the tests of each engine */
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadDataset } from '../../workloads/dataset/load.js';
import type { EngineRunner, EngineSession, QueryOutcome, QueryText, RunOptions, SessionContext } from '../../workloads/engines/contract.js';
import type { DatasetHandle } from '../../workloads/model/manifest.js';
import type { QueryId } from '../../workloads/model/queries.js';
import { queryText } from '../../workloads/tpch/query-text.js';
import { sessionContext } from '../fixtures/inline-flow.js';

export const SAMPLE_DATASET = join(__dirname, '..', '..', 'workloads', 'tpch', 'sample', 'sf0.01');

/** What the shared suite needs to know of an engine. */
export interface EngineUnderTest {
  readonly runner: () => EngineRunner;
  readonly context?: Partial<SessionContext>;
  /** Queries that the engine, or a stand-in of it, does not finish, and fails at. */
  readonly slow: { readonly runner: () => EngineRunner; readonly query: QueryText };
  readonly failing: { readonly runner: () => EngineRunner; readonly query: QueryText };
  readonly labelStartsWith: string;
}

export function suiteQuery(id: QueryId): QueryText {
  return { id, text: queryText(id, 0.01) };
}

export function runOptions(overrides: Partial<RunOptions> = {}): RunOptions {
  return { timeoutMs: 30_000, signal: new AbortController().signal, repetition: 1, ...overrides };
}

/** Q6 of the sample data: one number that only the right rows give. */
const Q6_REVENUE = '1193053.2253';

function revenueOf(outcome: QueryOutcome): string | null | undefined {
  return outcome.status === 'ok' ? outcome.rows.rows[0]?.[0] : `${outcome.status}: ${outcome.error}`;
}

/** The tests that every runner must pass, whatever it runs on. */
export function describeEngineContract(name: string, engine: EngineUnderTest): void {
  describe(`${name} as an engine`, () => {
    let dataset: DatasetHandle;
    let scratchDir: string;
    const open: EngineSession[] = [];
    const start = async (runner: EngineRunner): Promise<EngineSession> => {
      const session = await runner.open(sessionContext(dataset, scratchDir, engine.context));
      open.push(session);
      return session;
    };

    beforeAll(async () => {
      dataset = await loadDataset(SAMPLE_DATASET);
      scratchDir = mkdtempSync(join(tmpdir(), 'flowbench-contract-'));
    });
    afterEach(async () => { await Promise.all(open.splice(0).map((session) => session.close())); });
    afterAll(() => { rmSync(scratchDir, { recursive: true, force: true }); });

    it('says what it is, as the live engine reports it', async () => {
      const session = await start(engine.runner());
      expect(session.version).toMatch(/^\d+\.\d+\.\d+$/);
      expect(session.label).toContain(session.version);
      expect(session.label.startsWith(engine.labelStartsWith)).toBe(true);
      expect(session.parity).toMatchObject({ threadsTotal: 2, storageMedium: 'local_disk', datasetId: dataset.manifest.dataset_id });
      expect(session.parity.memoryLimitBytesTotal).toBeCloseTo(1e9, -6);
      expect(session.precision('Q1')).toEqual({ kind: 'exact' });
      expect(session.openMs).toBeGreaterThan(0);
    });

    it('answers with typed rows and says what that took', async () => {
      const session = await start(engine.runner());
      const outcome = await session.run(suiteQuery('Q12'), runOptions());
      if (outcome.status !== 'ok') throw new Error(outcome.error);
      expect(outcome.rows.columns.map(({ name: column, type }) => [column, type.kind])).toEqual([['l_shipmode', 'string'], ['high_line_count', 'integer'], ['low_line_count', 'integer']]);
      expect(outcome.rows.rows.map(([mode]) => mode)).toEqual(['MAIL', 'SHIP']);
      expect(outcome.durationMs).toBeGreaterThan(0);
      expect(outcome.usage.bytesRead).toBeGreaterThan(10_000);
      expect(outcome.usage.cpuMs).toBeGreaterThan(0);
      expect(revenueOf(await session.run(suiteQuery('Q6'), runOptions()))).toBe(Q6_REVENUE);
    });

    it('answers "cancelled" when stopped, before or while the query runs', async () => {
      const session = await start(engine.slow.runner());
      expect(await session.run(engine.slow.query, runOptions({ signal: AbortSignal.abort() }))).toMatchObject({ status: 'cancelled' });
      const stop = new AbortController();
      setTimeout(() => { stop.abort(); }, 50);
      expect(await session.run(engine.slow.query, runOptions({ signal: stop.signal }))).toMatchObject({ status: 'cancelled' });
    });

    it('stops a query at its time limit and answers the next one', async () => {
      const session = await start(engine.slow.runner());
      const startedAt = performance.now();
      expect(await session.run(engine.slow.query, runOptions({ timeoutMs: 100 }))).toMatchObject({ status: 'timeout' });
      expect(performance.now() - startedAt).toBeLessThan(2_000);
      expect(revenueOf(await session.run(suiteQuery('Q6'), runOptions()))).toBe(Q6_REVENUE);
    });

    it('tells a failed query by its status and cause, and answers the next one', async () => {
      const session = await start(engine.failing.runner());
      const outcome = await session.run(engine.failing.query, runOptions());
      expect(outcome).toMatchObject({ status: 'engine_error', error: expect.stringMatching(/\w{5}/) as string });
      expect(outcome).not.toHaveProperty('durationMs');
      expect(revenueOf(await session.run(suiteQuery('Q6'), runOptions()))).toBe(Q6_REVENUE);
    });

    it('leaves nothing behind when closed, and can be opened again', async () => {
      const session = await start(engine.runner());
      expect(revenueOf(await session.run(suiteQuery('Q6'), runOptions()))).toBe(Q6_REVENUE);
      await open.pop()?.close();
      expect(existsSync(scratchDir) ? readdirSync(scratchDir) : []).toEqual([]);
      expect(revenueOf(await (await start(engine.runner())).run(suiteQuery('Q6'), runOptions()))).toBe(Q6_REVENUE);
    });

    it('refuses a variant it does not have', async () => {
      const context = sessionContext(dataset, scratchDir, { ...engine.context, variant: 'metadata-cache=maybe' });
      await expect(engine.runner().open(context)).rejects.toThrow('Unknown variant "metadata-cache=maybe".');
    });
  });
}
