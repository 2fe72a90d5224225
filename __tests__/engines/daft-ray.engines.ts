import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { loadDataset } from '../../workloads/dataset/load.js';
import type { EngineSession, SessionContext } from '../../workloads/engines/contract.js';
import { DaftRunner, type DaftRunnerOptions } from '../../workloads/engines/daft/runner.js';
import type { DaftHome } from '../../workloads/engines/install/homes.js';
import type { DatasetHandle } from '../../workloads/model/manifest.js';
import { rewrites } from '../fixtures/daft-programs.js';
import { DAFT_FOREVER, DAFT_GIVEN } from '../fixtures/daft-queries.js';
import { sessionContext } from '../fixtures/inline-flow.js';
import { installed } from '../fixtures/installed-engine.js';
import { leftOf, processesOf } from '../fixtures/processes.js';
import type { S3Server } from '../fixtures/s3-server.js';
import { sampleInS3 } from '../fixtures/sample-in-s3.js';
import { judged, runOptions, SAMPLE_DATASET, suiteQuery } from './contract.js';
import { coverageOf } from './daft-coverage.js';

jest.setTimeout(900_000);

/** As Daft comes it makes a partition of every file, and most queries of the sample take seconds. */
const GIVEN = { ...DAFT_GIVEN, variant: 'runner=ray', tier: 'tuned' } as const;

describe('daft on Ray', () => {
  const scratchDir = mkdtempSync(join(tmpdir(), 'daft-ray-'));
  const artifactsUri = mkdtempSync(join(tmpdir(), 'daft-ray-kept-'));
  let home: DaftHome;
  let dataset: DatasetHandle;
  let session: EngineSession;

  const open = (context: Partial<SessionContext> = {}, options: Partial<DaftRunnerOptions> = {}): Promise<EngineSession> =>
    new DaftRunner({ home: () => Promise.resolve(home), ...options }).open(sessionContext(dataset, scratchDir, { ...GIVEN, ...context }));
  const shortFolders = (): string[] => readdirSync(tmpdir()).filter((name) => name.startsWith('fb-'));

  beforeAll(async () => {
    home = await installed('daft');
    dataset = await loadDataset(SAMPLE_DATASET);
    session = await open({ artifactsUri });
  });
  afterAll(async () => {
    await session.close();
    rmSync(scratchDir, { recursive: true, force: true });
    rmSync(artifactsUri, { recursive: true, force: true });
  });

  it('says what it is and has, as Ray reports it', () => {
    expect(session.version).toBe(home.daftVersion);
    expect(session.label).toBe(`Daft ${home.daftVersion} on Ray ${home.rayVersion}`);
    expect(session.parity).toMatchObject({ nodes: 1, threadsTotal: 2, memoryLimitBytesTotal: 3_000_000_000, storageMedium: 'local_disk' });
    expect(session.settings).toMatchObject({ runner: 'ray', ray: home.rayVersion, 'ray.memory': '2100000000', 'ray.object_store_memory': '900000000', 'daft.enable_scan_task_split_and_merge': 'true' });
    const { startMs, sessionMs, registerMs } = session.openStages;
    expect((startMs ?? 0) + (sessionMs ?? 0) + (registerMs ?? 0)).toBeLessThanOrEqual(session.openMs);
    expect(startMs).toBeGreaterThan(1_000);
  });

  it('listens on no address of this machine', () => {
    const listening = ['tcp', 'tcp6'].flatMap((name) => readFileSync(`/proc/net/${name}`, 'utf8').trim().split('\n').slice(1)).filter((line) => line.split(/\s+/)[4] === '0A' || line.includes(' 0A '));
    const ports = listening.map((line) => Number.parseInt(/:([0-9A-F]{4}) /.exec(line)?.[1] ?? '0', 16));
    expect(processesOf(scratchDir).length).toBeGreaterThan(5);
    expect(ports.filter((port) => [6379, 8265, 10001, 9005].includes(port))).toEqual([]);
  });

  it('answers all 22, each as it declares, with what was rewritten, figures and a plan', async () => {
    const coverage = await coverageOf(session, dataset);
    expect(coverage).toEqual({ wrong: [], rewritten: rewrites().map(({ query }) => query), inexact: ['Q1'], figureless: [] });
    expect(readdirSync(artifactsUri).filter((name) => name.endsWith('.plan.txt'))).toHaveLength(22);
  });

  it('stops a query at its time limit, knows that nothing of it runs, and answers the next one in the same session', async () => {
    expect(await session.run(DAFT_FOREVER, runOptions({ timeoutMs: 3_000 }))).toMatchObject({ status: 'timeout', error: expect.stringMatching(/The engine runs nothing of it any more/) as string });
    const startedAt = performance.now();
    const next = await session.run(suiteQuery('Q6'), runOptions());
    // What executes queries was started anew before, not within this one.
    expect(performance.now() - startedAt).toBeLessThan(3_000);
    expect(await judged(dataset, 'Q6', next, session)).toBeNull();
  });

  it('tells what failed in one line', async () => {
    expect(await session.run({ id: 'Q1', text: 'select * from no_such_table' }, runOptions())).toMatchObject({ status: 'engine_error', error: expect.stringMatching(/no_such_table/) as string });
    expect(await session.run({ id: 'Q1', text: 'select substring(c_phone from 1 for 2) as x from customer' }, runOptions())).toMatchObject({ status: 'unsupported', error: expect.stringMatching(/SUBSTRING/) as string });
  });

  it('stands still as a whole while it is parked, and survives longer than its health checks', async () => {
    await session.park?.();
    const states = processesOf(scratchDir).map((pid) => readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.[0]);
    expect(states.length).toBeGreaterThan(5);
    expect(states.filter((state) => state !== 'T')).toEqual([]);
    await sleep(20_000);
    await session.unpark?.();
    expect(await judged(dataset, 'Q3', await session.run(suiteQuery('Q3'), runOptions()), session)).toBeNull();
  });

  it('is an outcome when the head is lost in the middle of a query, and leaves nothing', async () => {
    const running = session.run(DAFT_FOREVER, runOptions());
    await sleep(1_500);
    const raylet = processesOf(scratchDir).filter((pid) => readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('/raylet/raylet'));
    expect(raylet).toHaveLength(1);
    process.kill(raylet[0] ?? 0, 'SIGKILL');
    expect(await running).toMatchObject({ status: 'engine_error', error: expect.stringMatching(/Ray's head was lost: its raylet ended by signal 9/) as string });
    expect(await session.run(suiteQuery('Q6'), runOptions())).toMatchObject({ status: 'infrastructure_error' });
    await session.close();
    expect(await leftOf(scratchDir)).toEqual([]);
    expect(readFileSync(join(artifactsUri, 'driver.log'), 'utf8')).toMatch(/Job '\w+' submitted successfully/);
  });

  it('leaves nothing when this process is killed while it starts', async () => {
    const program = join(__dirname, '..', 'fixtures', 'open-daft-ray.ts');
    const child = spawn(process.execPath, ['-r', join(__dirname, '..', 'fixtures', 'run-typescript.cjs'), program, JSON.stringify(home), scratchDir, SAMPLE_DATASET], { stdio: 'inherit' });
    const giveUpAtMs = performance.now() + 60_000;
    const hasHead = (): boolean => processesOf(scratchDir).some((pid) => { try { return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('gcs_server'); } catch { return false; } });
    while (!hasHead() && performance.now() < giveUpAtMs) await sleep(100);
    expect(hasHead()).toBe(true);
    child.kill('SIGKILL');
    expect(await leftOf(scratchDir, 10_000)).toEqual([]);
  });

  describe('over a dataset in S3', () => {
    let server: S3Server;
    beforeAll(async () => {
      ({ server, dataset } = await sampleInS3());
    });
    afterAll(async () => { await server.stop(); });

    it('reaches the server on this machine\'s loopback out of its namespace, and is refused with S3\'s own word', async () => {
      const before = shortFolders();
      const reading = await open();
      try {
        expect(reading.parity.storageMedium).toBe('s3');
        for (const id of ['Q1', 'Q6', 'Q21'] as const) expect(await judged(dataset, id, await reading.run(suiteQuery(id), runOptions({ timeoutMs: 120_000 })), reading)).toBeNull();
        server.deny(({ path }) => path.includes('/lineitem/'));
        expect(await reading.run(suiteQuery('Q6'), runOptions({ timeoutMs: 120_000 }))).toMatchObject({ status: 'infrastructure_error', error: expect.stringMatching(/^S3 refused.*lineitem/) as string });
      } finally {
        server.heal();
        await reading.close();
      }
      expect(await leftOf(scratchDir)).toEqual([]);
      expect(shortFolders().filter((name) => !before.includes(name))).toEqual([]);
    });
  });
});
