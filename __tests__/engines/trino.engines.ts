import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadDataset } from '../../workloads/dataset/load.js';
import type { EngineSession, QueryText, SessionContext } from '../../workloads/engines/contract.js';
import type { TrinoHome } from '../../workloads/engines/install/homes.js';
import { TrinoRunner } from '../../workloads/engines/trino/runner.js';
import type { DatasetHandle } from '../../workloads/model/manifest.js';
import { QUERY_IDS } from '../../workloads/model/queries.js';
import { useS3 } from '../../workloads/storage/settings.js';
import { sessionContext } from '../fixtures/inline-flow.js';
import { installed } from '../fixtures/installed-engine.js';
import { processesOf } from '../fixtures/processes.js';
import { S3Server } from '../fixtures/s3-server.js';
import { describeEngineContract, judged, runOptions, SAMPLE_DATASET, suiteQuery } from './contract.js';

jest.setTimeout(900_000);

let home: TrinoHome;
beforeAll(async () => { home = await installed('trino'); });

const runner = (): TrinoRunner => new TrinoRunner({ home: () => Promise.resolve(home) });
/** Compares each line with each other, three deep: hours. */
const FOREVER: QueryText = { id: 'Q1', text: 'SELECT count(*) FROM lineitem a, lineitem b, lineitem c WHERE a.l_comment || b.l_comment < c.l_comment' };
const GIVEN = { memoryLimitBytes: 500_000_000, executor: null, assignment: null } as const;

describeEngineContract('trino', {
  runner,
  context: GIVEN,
  labelStartsWith: 'Trino ',
  version: /^476$/,
  slow: { runner, query: FOREVER },
  failing: { runner, query: { id: 'Q1', text: 'SELECT 1 / (l_linenumber - l_linenumber) FROM lineitem' } },
  wide: { id: 'Q1', text: 'SELECT l_orderkey, l_extendedprice, l_comment FROM lineitem LIMIT 20000' },
  unaccountedMs: 3_000,
  stopsWithinMs: 8_000,
  runsAfterMs: 2_000,
  isProgram: true,
});

const scratchDir = mkdtempSync(join(tmpdir(), 'trino-'));
const artifactsUri = mkdtempSync(join(tmpdir(), 'trino-kept-'));
afterAll(() => {
  for (const folder of [scratchDir, artifactsUri]) rmSync(folder, { recursive: true, force: true });
});
const contextOf = (dataset: DatasetHandle, overrides: Partial<SessionContext> = {}): SessionContext => sessionContext(dataset, scratchDir, { ...GIVEN, ...overrides });

describe('trino over the sample', () => {
  let dataset: DatasetHandle;
  let session: EngineSession;
  beforeAll(async () => {
    dataset = await loadDataset(SAMPLE_DATASET);
    session = await runner().open(contextOf(dataset, { artifactsUri, variant: 'metadata-cache=on' }));
  });
  afterAll(async () => { await session.close(); });

  it('answers all 22 exactly and as they are, with figures and a plan for each', async () => {
    const wrong: string[] = [];
    for (const id of QUERY_IDS) {
      const outcome = await session.run(suiteQuery(id), runOptions({ timeoutMs: 120_000 }));
      const problem = await judged(dataset, id, outcome, session);
      if (problem !== null) wrong.push(`${id}: ${problem}`);
      if (outcome.status !== 'ok') continue;
      const { bytesRead, cpuMs, peakMemoryBytes, splitsPerNode, nodesUsed } = outcome.usage;
      const hasFigures = [bytesRead, cpuMs, peakMemoryBytes, outcome.engineMs, splitsPerNode?.[0]].every((figure) => figure != null && figure > 0);
      if (!hasFigures || nodesUsed !== 1 || outcome.rewrite !== undefined) wrong.push(`${id}: ${JSON.stringify(outcome.usage)} ${outcome.rewrite ?? ''}`);
      await session.tidy?.();
    }
    expect(wrong).toEqual([]);
    const kept = readdirSync(artifactsUri);
    expect(kept.filter((name) => name.endsWith('.plan.txt'))).toHaveLength(22);
    expect(kept.filter((name) => name.endsWith('-1.query.json'))).toHaveLength(22);
    expect(readFileSync(join(artifactsUri, 'Q06.plan.txt'), 'utf8')).toMatch(/ScanFilterProject[^]*lineitem/);
  });

  it('listens on loopback only', () => {
    const [pid = 0] = processesOf(scratchDir);
    const inodes = new Set(readdirSync(`/proc/${pid}/fd`).length > 0 ? readFileSync(`/proc/${pid}/net/tcp6`, 'utf8').split('\n').slice(1) : []);
    const port = /http-server\.http\.port=(\d+)/.exec(readFileSync(join(scratchDir, 'trino-session-test', 'etc', 'config.properties'), 'utf8'))?.[1];
    const listening = [...inodes].filter((line) => new RegExp(`:${Number(port).toString(16).toUpperCase().padStart(4, '0')} \\S+ 0A `).test(line));
    // ::ffff:127.0.0.1 as the kernel writes it.
    expect(listening.map((line) => line.trim().split(/\s+/)[1]?.split(':')[0])).toEqual(['0000000000000000FFFF00000100007F']);
  });

  it('tells a table that is missing', async () => {
    expect(await session.run({ id: 'Q1', text: 'SELECT * FROM nope' }, runOptions())).toMatchObject({ status: 'engine_error', error: expect.stringMatching(/TABLE_NOT_FOUND: .*nope/) as string });
  });

  it('has nothing left of a query that ran out of time', async () => {
    const outcome = await session.run(FOREVER, runOptions({ timeoutMs: 1_500 }));
    expect(outcome).toMatchObject({ status: 'timeout', error: expect.stringContaining('Trino shows that it is gone.') as string });
  });

  it('tells a query that needs more memory than there is: by the limit of a query, or by a full heap, which ends the server', async () => {
    const hungry = 'SELECT count(*) FROM (SELECT a.l_comment || b.l_comment c, count(*) FROM lineitem a JOIN lineitem b ON a.l_linenumber = b.l_linenumber GROUP BY 1)';
    const outcome = await session.run({ id: 'Q1', text: hungry }, runOptions({ timeoutMs: 180_000 }));
    expect(outcome).toMatchObject({ status: 'out_of_memory', error: expect.stringMatching(/_MEMORY_LIMIT|OUT_OF_MEMORY|ran out of memory/) as string });
  });
});

describe('trino over S3', () => {
  let server: S3Server;
  let session: EngineSession;
  let dataset: DatasetHandle;
  beforeAll(async () => {
    server = await S3Server.start();
    await server.place(SAMPLE_DATASET, 'data', 'tpch/sf0.01');
    Object.assign(process.env, server.environment());
    useS3({ region: server.region, endpoint: server.endpoint, retry: { budgetMs: 2_000 } });
    dataset = await loadDataset(`${server.url('data')}/tpch/sf0.01`);
    session = await runner().open(contextOf(dataset));
  });
  afterAll(async () => {
    await session.close();
    await server.stop();
  });

  it('answers Q1, Q6 and Q21, with no key in its files or its environment', async () => {
    expect(session.parity.storageMedium).toBe('s3');
    for (const id of ['Q1', 'Q6', 'Q21'] as const) expect(await judged(dataset, id, await session.run(suiteQuery(id), runOptions({ timeoutMs: 120_000 })), session)).toBeNull();
    const [pid = 0] = processesOf(scratchDir);
    expect(readFileSync(`/proc/${pid}/environ`, 'utf8')).not.toContain(server.secretAccessKey);
    expect(readFileSync(join(scratchDir, 'trino-session-test', 'etc', 'catalog', 'hive.properties'), 'utf8')).not.toContain(server.secretAccessKey);
  });

  it('that refuses is no fault of the engine, and is told in a sentence', async () => {
    server.deny();
    const outcome = await session.run(suiteQuery('Q6'), runOptions({ timeoutMs: 120_000 }));
    server.heal();
    expect(outcome).toMatchObject({ status: 'infrastructure_error', error: expect.stringContaining("Trino may not read the dataset's files.") as string });
    expect(await judged(dataset, 'Q6', await session.run(suiteQuery('Q6'), runOptions()), session)).toBeNull();
  });
});
