import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadDataset } from '../../workloads/dataset/load.js';
import type { EngineSession, SessionContext } from '../../workloads/engines/contract.js';
import { DaftRunner, type DaftRunnerOptions } from '../../workloads/engines/daft/runner.js';
import type { DaftHome } from '../../workloads/engines/install/homes.js';
import type { DatasetHandle } from '../../workloads/model/manifest.js';
import { copyOfPrograms, rewrites } from '../fixtures/daft-programs.js';
import { DAFT_FOREVER, DAFT_GIVEN, DAFT_LARGE, DAFT_WIDE } from '../fixtures/daft-queries.js';
import { sessionContext } from '../fixtures/inline-flow.js';
import { installed } from '../fixtures/installed-engine.js';
import { leftOf } from '../fixtures/processes.js';
import type { S3Server } from '../fixtures/s3-server.js';
import { sampleInS3 } from '../fixtures/sample-in-s3.js';
import { describeEngineContract, judged, runOptions, SAMPLE_DATASET, suiteQuery } from './contract.js';
import { coverageOf } from './daft-coverage.js';

jest.setTimeout(900_000);

let home: DaftHome;
beforeAll(async () => { home = await installed('daft'); });

const GIVEN = { ...DAFT_GIVEN, variant: 'runner=native' } as const;
const runner = (): DaftRunner => new DaftRunner({ home: () => Promise.resolve(home) });

describeEngineContract('daft by its native runner', {
  runner,
  context: GIVEN,
  labelStartsWith: 'Daft ',
  slow: { runner, query: DAFT_FOREVER },
  failing: { runner, query: { id: 'Q1', text: 'select * from no_such_table' } },
  wide: DAFT_WIDE,
  unaccountedMs: 4_000,
  stopsWithinMs: 6_000,
  runsAfterMs: 1_500,
  isProgram: true,
});

describe('daft by its native runner, over the sample', () => {
  const scratchDir = mkdtempSync(join(tmpdir(), 'daft-'));
  const artifactsUri = mkdtempSync(join(tmpdir(), 'daft-kept-'));
  let dataset: DatasetHandle;

  const open = (options: Partial<DaftRunnerOptions> = {}, context: Partial<SessionContext> = {}): Promise<EngineSession> =>
    new DaftRunner({ home: () => Promise.resolve(home), ...options }).open(sessionContext(dataset, scratchDir, { ...GIVEN, ...context }));

  beforeAll(async () => { dataset = await loadDataset(SAMPLE_DATASET); });
  afterAll(() => {
    rmSync(scratchDir, { recursive: true, force: true });
    rmSync(artifactsUri, { recursive: true, force: true });
  });

  it('answers all 22, each as it declares, with what was rewritten, figures and a plan', async () => {
    const session = await open({}, { artifactsUri });
    const coverage = await coverageOf(session, dataset);
    await session.close();
    expect(coverage).toEqual({ wrong: [], rewritten: rewrites().map(({ query }) => query), inexact: ['Q1'], figureless: [] });
    expect(session.label).toBe(`Daft ${home.daftVersion} (native)`);
    expect(session.settings).toMatchObject({ runner: 'native', num_threads: '2', 'cpu affinity': '2 cores' });
    expect(readdirSync(artifactsUri).filter((name) => name.endsWith('.plan.txt'))).toHaveLength(22);
    expect(readFileSync(join(artifactsUri, 'Q06-1.plan.txt'), 'utf8')).toMatch(/Physical Plan/);
    // No bar was drawn, and nothing else is printed but what is a log.
    expect(readFileSync(join(artifactsUri, 'driver.log'), 'utf8')).not.toMatch(/\d+%\||🗡/u);
  });

  it('needs each rewrite: without it Daft does not take the query', async () => {
    const programs = copyOfPrograms(mkdtempSync(join(scratchDir, 'plain-')));
    rmSync(join(programs, 'rewrites'), { recursive: true });
    const session = await open({ programs });
    const statuses: Record<string, string> = {};
    for (const { query } of rewrites()) statuses[query] = (await session.run(suiteQuery(query), runOptions({ timeoutMs: 120_000 }))).status;
    await session.close();
    expect(statuses).toEqual({ Q1: 'unsupported', Q8: 'unsupported', Q9: 'unsupported', Q14: 'unsupported', Q21: 'unsupported', Q22: 'unsupported' });
  });

  it('is caught by the gate where Daft is silently wrong: substr counts from 0, decimals overflow in a division, averages are cut off', async () => {
    const session = await open();
    const q22 = rewrites().find(({ query }) => query === 'Q22');
    const shifted = await session.run({ id: 'Q22', text: q22?.text.replaceAll('left(c_phone, 2)', 'substr(c_phone, 1, 2)') ?? '' }, runOptions());
    expect(shifted.status).toBe('ok');
    expect(await judged(dataset, 'Q22', shifted, session)).not.toBeNull();
    const divided = await session.run({ id: 'Q17', text: 'select cast(sum(l_tax) as decimal(18, 2)) / sum(l_quantity) as avg_yearly from lineitem' }, runOptions());
    expect(divided).toMatchObject({ status: 'ok', rows: { rows: [[expect.stringMatching(/^-/) as string]] } });
    const average = await session.run({ id: 'Q17', text: 'select avg(l_quantity) as a from lineitem where l_orderkey in (1, 2, 3)' }, runOptions());
    expect(average).toMatchObject({ status: 'ok', rows: { columns: [{ type: { kind: 'decimal', scale: 6 } }] } });
    await session.close();
  });

  it('ends a query that holds more memory than it may, and opens again', async () => {
    const small = await open({}, { memoryLimitBytes: 250_000_000 });
    const outcome = await small.run(DAFT_LARGE, runOptions({ timeoutMs: 240_000 }));
    expect(outcome).toMatchObject({ status: 'out_of_memory', error: expect.stringMatching(/^Daft held \d+ bytes for the query, where 500000000 may be used/) as string });
    await small.close();
    expect(await leftOf(scratchDir)).toEqual([]);
  });

  it('is unavailable in another version than was asked for', async () => {
    await expect(open({ home: () => Promise.resolve({ ...home, daftVersion: '0.7.25' }) })).rejects.toMatchObject({ code: 'engine_unavailable', message: `Daft ${home.daftVersion} answered, where 0.7.25 was asked for.` });
    expect(await leftOf(scratchDir)).toEqual([]);
  });

  describe('in S3', () => {
    let server: S3Server;
    let inS3: DatasetHandle;
    beforeAll(async () => {
      ({ server, dataset: inS3 } = await sampleInS3());
    });
    afterAll(async () => { await server.stop(); });

    it('answers Q1, Q6 and Q21 from there, keeps the keys to itself, and is refused with S3\'s own word', async () => {
      const keptUri = mkdtempSync(join(scratchDir, 'kept-'));
      const reading = await runner().open(sessionContext(inS3, scratchDir, { ...GIVEN, artifactsUri: keptUri }));
      try {
        expect(reading.parity.storageMedium).toBe('s3');
        for (const id of ['Q1', 'Q6', 'Q21'] as const) expect(await judged(inS3, id, await reading.run(suiteQuery(id), runOptions({ timeoutMs: 120_000 })), reading)).toBeNull();
        server.deny(({ path }) => path.includes('/lineitem/'));
        const refused = await reading.run(suiteQuery('Q6'), runOptions({ timeoutMs: 120_000 }));
        expect(refused).toMatchObject({ status: 'infrastructure_error', error: expect.stringMatching(/^S3 refused.*lineitem/) as string });
      } finally {
        server.heal();
        await reading.close();
      }
      const kept = readdirSync(keptUri).map((name) => readFileSync(join(keptUri, name), 'utf8')).join('\n');
      expect(kept).toContain('Physical Plan');
      expect(JSON.stringify(reading.settings) + kept).not.toContain(server.secretAccessKey);
    });
  });
});
