import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadDataset } from '../../workloads/dataset/load.js';
import type { EngineSession, SessionContext } from '../../workloads/engines/contract.js';
import type { SparkHome } from '../../workloads/engines/install/homes.js';
import { SparkRunner, type SparkRunnerOptions } from '../../workloads/engines/spark/runner.js';
import type { DatasetHandle } from '../../workloads/model/manifest.js';
import { sessionContext } from '../fixtures/inline-flow.js';
import { installed } from '../fixtures/installed-engine.js';
import { leftOf } from '../fixtures/processes.js';
import type { S3Server } from '../fixtures/s3-server.js';
import { sampleInS3 } from '../fixtures/sample-in-s3.js';
import { judged, runOptions, SAMPLE_DATASET, suiteQuery } from './contract.js';

jest.setTimeout(900_000);

const GIVEN = { variant: 'default', memoryLimitBytes: 500_000_000 } as const;

describe('spark where something is not as it should be', () => {
  const scratchDir = mkdtempSync(join(tmpdir(), 'spark-'));
  let home: SparkHome;
  let dataset: DatasetHandle;

  const open = (options: Partial<SparkRunnerOptions> = {}, context: Partial<SessionContext> = {}): Promise<EngineSession> =>
    new SparkRunner({ home: () => Promise.resolve(home), ...options }).open(sessionContext(dataset, scratchDir, { ...GIVEN, ...context }));

  beforeAll(async () => {
    home = await installed('spark');
    dataset = await loadDataset(SAMPLE_DATASET);
  });
  afterAll(() => { rmSync(scratchDir, { recursive: true, force: true }); });

  it('is out of memory when its heap is', async () => {
    const small = await open({}, { memoryLimitBytes: 250_000_000 });
    const outcome = await small.run({ id: 'Q1', text: 'SELECT max(size(array_repeat(l_comment, 500000000))) FROM lineitem' }, runOptions());
    expect(outcome).toMatchObject({ status: 'out_of_memory' });
    await small.close();
    expect(await leftOf(scratchDir)).toEqual([]);
  });

  it('is out of disk when its scratch is full', async () => {
    // In a mount namespace of its own, where the folder is a file system of a quarter of a megabyte.
    const small = join(scratchDir, 'small');
    const python = join(scratchDir, 'python-in-little-space');
    writeFileSync(python, `#!/bin/sh\nmkdir -p ${small}\nexec unshare -rm sh -c 'mount -t tmpfs -o size=256k none ${small} && exec "$0" "$@"' ${home.python} "$@"\n`, { mode: 0o755 });
    const full = await open({ home: () => Promise.resolve({ ...home, python }), settings: { 'spark.local.dir': small } });
    const outcome = await full.run({ id: 'Q1', text: 'SELECT count(*), max(c) FROM (SELECT l_comment c FROM lineitem DISTRIBUTE BY l_orderkey)' }, runOptions());
    expect(outcome).toMatchObject({ status: 'out_of_disk', error: expect.stringMatching(/No space left on device/) as string });
    await full.close();
    expect(await leftOf(scratchDir)).toEqual([]);
    rmSync(small, { recursive: true });
  });

  it('is unavailable with a Java that is not one, and says so', async () => {
    await expect(open({ home: () => Promise.resolve({ ...home, javaHome: '/nonexistent' }) })).rejects.toMatchObject({ code: 'engine_unavailable', message: expect.stringMatching(/^Spark did not start/) as string });
    await expect(open({ home: () => Promise.resolve({ ...home, version: '3.5.9' }) })).rejects.toMatchObject({ code: 'engine_unavailable', message: `Spark ${home.version} answered, where 3.5.9 was asked for.` });
    expect(await leftOf(scratchDir)).toEqual([]);
  });

  describe('in S3', () => {
    let server: S3Server;
    let inS3: DatasetHandle;
    beforeAll(async () => {
      ({ server, dataset: inS3 } = await sampleInS3());
    });
    afterAll(async () => {
      await server.stop();
    });

    it('answers Q1, Q6 and Q21 from there, and is refused with S3\'s own word where it may not read', async () => {
      const reading = await new SparkRunner({ home: () => Promise.resolve(home) }).open(sessionContext(inS3, scratchDir, GIVEN));
      try {
        expect(reading.parity.storageMedium).toBe('s3');
        expect(JSON.stringify(reading.settings)).not.toContain(server.secretAccessKey);
        for (const id of ['Q1', 'Q6', 'Q21'] as const) expect(await judged(inS3, id, await reading.run(suiteQuery(id), runOptions({ timeoutMs: 120_000 })), reading)).toBeNull();
        server.deny(({ path }) => path.includes('/lineitem/'));
        const refused = await reading.run(suiteQuery('Q6'), runOptions({ timeoutMs: 120_000 }));
        expect(refused).toMatchObject({ status: 'infrastructure_error', error: expect.stringMatching(/^S3 refused: .*403/) as string });
      } finally {
        server.heal();
        await reading.close();
      }
    });
  });
});
