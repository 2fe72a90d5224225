/* eslint-disable jest/no-export -- the suite is called by the tests of each engine */
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Trust } from '../../workloads/campaign/trust.js';
import { loadAnswer } from '../../workloads/dataset/answers.js';
import { loadDataset } from '../../workloads/dataset/load.js';
import type { EngineRunner, EngineSession, QueryOutcome, QueryText, RunOptions, SessionContext } from '../../workloads/engines/contract.js';
import type { DatasetHandle } from '../../workloads/model/manifest.js';
import type { QueryId } from '../../workloads/model/queries.js';
import { queryText } from '../../workloads/tpch/query-text.js';
import { sessionContext } from '../fixtures/inline-flow.js';
import { leftOf, listeningBeyondLoopback, processesOf } from '../fixtures/processes.js';

export const SAMPLE_DATASET = join(__dirname, '..', '..', 'workloads', 'tpch', 'sample', 'sf0.01');

/** What the shared suite needs to know of an engine. */
export interface EngineUnderTest {
  readonly runner: () => EngineRunner;
  readonly context?: Partial<SessionContext>;
  /** Queries that the engine, or a stand-in of it, does not finish, and fails at. */
  readonly slow: { readonly runner: () => EngineRunner; readonly query: QueryText };
  readonly failing: { readonly runner: () => EngineRunner; readonly query: QueryText };
  readonly labelStartsWith: string;
  /** What it is asked over; the sample where absent. */
  readonly dataset?: () => Promise<DatasetHandle>;
  /** Where it reads its bytes; the dataset's own files where absent. */
  readonly storageMedium?: string;
  /** How its version looks; three numbers where absent. */
  readonly version?: RegExp;
  /** Q6's and Q12's answers are exact, where absent. */
  readonly precision?: 'exact' | 'double';
  /** One of few rows and much to decode; absent for an engine without one. */
  readonly wide?: QueryText;
  /** Time that may lie between the duration and what is seen from outside, ms: figures, rows on their way. */
  readonly unaccountedMs?: number;
  /** Stopping a query may take so long, ms. */
  readonly stopsWithinMs?: number;
  /** It is a program that takes long to start: one session serves all tests that do not need one of their own. */
  readonly isProgram?: boolean;
  /** Whether it counts the bytes and the CPU time of a query. */
  readonly counts?: { readonly bytesRead: boolean; readonly cpuMs: boolean };
  /** A time that the query needs until it is really running on the engine, ms. */
  readonly runsAfterMs?: number;
}

export function suiteQuery(id: QueryId): QueryText {
  return { id, text: queryText(id, 0.01) };
}

export function runOptions(overrides: Partial<RunOptions> = {}): RunOptions {
  return { timeoutMs: 120_000, signal: new AbortController().signal, repetition: 1, ...overrides };
}

/** Q6 of the sample data: one number that only the right rows give. */
const Q6_REVENUE = '1193053.2253';

function revenueOf(outcome: QueryOutcome): string | null | undefined {
  return outcome.status === 'ok' ? outcome.rows.rows[0]?.[0] : `${outcome.status}: ${outcome.error}`;
}

/** What the gate says of an answer: null when it is right, else what is wrong with it. */
export async function judged(dataset: DatasetHandle, query: QueryId, outcome: QueryOutcome, session: EngineSession): Promise<string | null> {
  if (outcome.status !== 'ok') return `${outcome.status}: ${outcome.error}`;
  const trust = new Trust(dataset, new Map([[query, await loadAnswer(dataset, query, suiteQuery(query).text)]]));
  const { isRight, strictOk, remark } = trust.judge(query, outcome, session.precision(query), false);
  return isRight && (strictOk || session.precision(query).kind !== 'exact') ? null : remark ?? 'wrong';
}

/** How much of what a query took as seen from outside is not in its duration, ms. */
export async function unaccountedOf(session: EngineSession, query: QueryText): Promise<number> {
  const startedAt = performance.now();
  const outcome = await session.run(query, runOptions());
  const endToEndMs = performance.now() - startedAt;
  if (outcome.status !== 'ok') throw new Error(`${outcome.status}: ${outcome.error}`);
  return endToEndMs - outcome.durationMs;
}

/** The tests that every runner must pass, whatever it runs on. */
export function describeEngineContract(name: string, engine: EngineUnderTest): void {
  const { runsAfterMs = 50, stopsWithinMs = 2_000 } = engine;
  describe(`${name} as an engine`, () => {
    let dataset: DatasetHandle;
    let scratchDir: string;
    const open = new Map<() => EngineRunner, EngineSession>();
    const context = (overrides: Partial<SessionContext> = {}): SessionContext => sessionContext(dataset, scratchDir, { ...engine.context, ...overrides });
    const start = async (runner: () => EngineRunner): Promise<EngineSession> => {
      const session = open.get(runner) ?? (await runner().open(context()));
      open.set(runner, session);
      return session;
    };
    const closeAll = async (): Promise<void> => {
      const sessions = [...open.values()];
      open.clear();
      await Promise.all(sessions.map((session) => session.close()));
    };

    beforeAll(async () => {
      dataset = await (engine.dataset?.() ?? loadDataset(SAMPLE_DATASET));
      scratchDir = mkdtempSync(join(tmpdir(), 'flowbench-contract-'));
    });
    afterEach(async () => { if (engine.isProgram !== true) await closeAll(); });
    afterAll(async () => {
      await closeAll();
      rmSync(scratchDir, { recursive: true, force: true });
    });

    it('says what it is and what it has, as the live engine reports it', async () => {
      const session = await start(engine.runner);
      expect(session.version).toMatch(engine.version ?? /^\d+\.\d+\.\d+$/);
      expect(session.label).toContain(session.version);
      expect(session.label.startsWith(engine.labelStartsWith)).toBe(true);
      expect(session.parity).toMatchObject({ threadsTotal: 2, storageMedium: engine.storageMedium ?? 'local_disk', datasetId: dataset.manifest.dataset_id });
      const asked = 2 * context().memoryLimitBytes;
      expect(Math.abs(session.parity.memoryLimitBytesTotal - asked)).toBeLessThanOrEqual(asked / 10);
      expect(session.precision('Q6').kind).toBe(engine.precision ?? 'exact');
      const { startMs, sessionMs, registerMs, analyzeMs } = session.openStages;
      const knownMs = [startMs, sessionMs, registerMs, analyzeMs].reduce<number>((sum, part) => sum + (part ?? 0), 0);
      expect(knownMs).toBeGreaterThan(0);
      expect(knownMs).toBeLessThanOrEqual(session.openMs + 1);
      expect(session.resultCache).toMatch(/\w+ \w+/);
      expect(Object.keys(session.settings).length).toBeGreaterThan(0);
      expect(JSON.stringify(session.settings)).not.toMatch(/testsecret/);
    });

    it('answers with typed rows and says what that took', async () => {
      const session = await start(engine.runner);
      const outcome = await session.run(suiteQuery('Q12'), runOptions());
      if (outcome.status !== 'ok') throw new Error(outcome.error);
      expect(outcome.rows.columns.map(({ name: column, type }) => [column, type.kind])).toEqual([['l_shipmode', 'string'], ['high_line_count', 'integer'], ['low_line_count', 'integer']]);
      expect(outcome.rows.rows.map(([mode]) => mode)).toEqual(['MAIL', 'SHIP']);
      expect(outcome.durationMs).toBeGreaterThan(0);
      expect(outcome.usage.bytesRead ?? -1).toBeGreaterThan(engine.counts?.bytesRead === false ? -2 : 10_000);
      expect(outcome.usage.cpuMs ?? -1).toBeGreaterThan(engine.counts?.cpuMs === false ? -2 : 0);
      const revenue = await session.run(suiteQuery('Q6'), runOptions());
      expect(await judged(dataset, 'Q6', revenue, session)).toBeNull();
    });

    it('counts the time until the last row is decoded, and not more than passes', async () => {
      const session = await start(engine.runner);
      // What is done once for the first query of a session, such as loading code, is not the point here.
      await session.run(engine.wide ?? suiteQuery('Q6'), runOptions());
      const unaccountedMs = await unaccountedOf(session, engine.wide ?? suiteQuery('Q6'));
      expect(unaccountedMs).toBeGreaterThanOrEqual(-1);
      expect(unaccountedMs).toBeLessThan(engine.unaccountedMs ?? 250);
    });

    it('answers "cancelled" when stopped, before or while the query runs', async () => {
      const session = await start(engine.slow.runner);
      expect(await session.run(engine.slow.query, runOptions({ signal: AbortSignal.abort() }))).toMatchObject({ status: 'cancelled' });
      const stop = new AbortController();
      setTimeout(() => { stop.abort(); }, runsAfterMs);
      expect(await session.run(engine.slow.query, runOptions({ signal: stop.signal }))).toMatchObject({ status: 'cancelled' });
    });

    it('stops a query at its time limit and answers the next one', async () => {
      const session = await start(engine.slow.runner);
      const startedAt = performance.now();
      expect(await session.run(engine.slow.query, runOptions({ timeoutMs: 2 * runsAfterMs }))).toMatchObject({ status: 'timeout' });
      expect(performance.now() - startedAt).toBeLessThan(2 * runsAfterMs + stopsWithinMs);
      expect(await judged(dataset, 'Q6', await session.run(suiteQuery('Q6'), runOptions()), session)).toBeNull();
    });

    it('tells a failed query by its status and cause, and answers the next one', async () => {
      const session = await start(engine.failing.runner);
      const outcome = await session.run(engine.failing.query, runOptions());
      expect(outcome).toMatchObject({ status: 'engine_error', error: expect.stringMatching(/\w{5}/) as string });
      expect(outcome).not.toHaveProperty('durationMs');
      expect(await judged(dataset, 'Q6', await session.run(suiteQuery('Q6'), runOptions()), session)).toBeNull();
    });

    it('takes up again after it was parked, and answers', async () => {
      const session = await start(engine.runner);
      await session.park?.();
      await session.park?.();
      await sleep(engine.isProgram === true ? 1_000 : 10);
      await session.unpark?.();
      await session.unpark?.();
      expect(await judged(dataset, 'Q6', await session.run(suiteQuery('Q6'), runOptions()), session)).toBeNull();
    });

    it('leaves nothing behind when closed, and can be opened again', async () => {
      const session = await start(engine.runner);
      expect(await judged(dataset, 'Q6', await session.run(suiteQuery('Q6'), runOptions()), session)).toBeNull();
      await closeAll();
      expect(existsSync(scratchDir) ? readdirSync(scratchDir) : []).toEqual([]);
      expect(await leftOf(scratchDir)).toEqual([]);
      const again = await start(engine.runner);
      expect(revenueOf(await again.run(suiteQuery('Q6'), runOptions()))?.slice(0, engine.precision === 'double' ? 9 : undefined)).toBe(engine.precision === 'double' ? Q6_REVENUE.slice(0, 9) : Q6_REVENUE);
    });

    it('refuses a variant it does not have', async () => {
      await expect((async () => engine.runner().open(context({ variant: 'metadata-cache=maybe' })))()).rejects.toThrow('Unknown variant "metadata-cache=maybe".');
    });

    if (engine.isProgram === true) {
      it('listens to this machine alone', async () => {
        await start(engine.runner);
        expect(processesOf(scratchDir).length).toBeGreaterThan(0);
        expect(listeningBeyondLoopback(scratchDir)).toEqual([]);
      });

      it('is an outcome when it dies in the middle of a query, and opens again', async () => {
        const session = await start(engine.slow.runner);
        const running = session.run(engine.slow.query, runOptions());
        await sleep(runsAfterMs + 300);
        const killed = processesOf(scratchDir);
        expect(killed.length).toBeGreaterThan(0);
        for (const pid of killed) process.kill(pid, 'SIGKILL');
        expect(await running).toMatchObject({ status: expect.stringMatching(/^(engine_error|out_of_memory)$/) as string, error: expect.stringMatching(/\w{5}/) as string });
        expect(await session.run(suiteQuery('Q6'), runOptions())).toMatchObject({ status: 'infrastructure_error' });
        await closeAll();
        expect(await leftOf(scratchDir)).toEqual([]);
        const again = await start(engine.runner);
        expect(await judged(dataset, 'Q6', await again.run(suiteQuery('Q6'), runOptions()), again)).toBeNull();
      });

      it('stops opening on Ctrl-C, and leaves nothing', async () => {
        await closeAll();
        const stop = new AbortController();
        setTimeout(() => { stop.abort(); }, 60);
        await expect(engine.runner().open(context({ signal: stop.signal }))).rejects.toMatchObject({ code: 'cancelled' });
        expect(await leftOf(scratchDir)).toEqual([]);
        expect(existsSync(scratchDir) ? readdirSync(scratchDir) : []).toEqual([]);
      });
    }
  });
}
