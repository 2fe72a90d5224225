import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadDataset } from '../../workloads/dataset/load.js';
import type { EngineSession, SessionContext } from '../../workloads/engines/contract.js';
import { divideHeap } from '../../workloads/model/trino-memory.js';
import { TRINO_RELEASES, takesProperty } from '../../workloads/model/trino-properties.js';
import { CredentialsEndpoint } from '../../workloads/engines/trino/credentials-endpoint.js';
import { openTrinoSession } from '../../workloads/engines/trino/open-session.js';
import { TrinoClient } from '../../workloads/engines/trino/client.js';
import { TrinoRunner } from '../../workloads/engines/trino/runner.js';
import { exitError } from '../../workloads/engines/trino/server-log.js';
import { localCatalog, serverConfig } from '../../workloads/engines/trino/settings.js';
import { createTable, trinoTables } from '../../workloads/engines/trino/tables.js';
import type { DatasetHandle, Manifest } from '../../workloads/model/manifest.js';
import { FakeTrino } from '../fixtures/fake-trino.js';
import { sessionContext } from '../fixtures/inline-flow.js';
import { leftOf } from '../fixtures/processes.js';
import { fakeTrinoHome, type FakeHome } from '../fixtures/trino-home.js';
import { runOptions, SAMPLE_DATASET } from './contract.js';

const folder = mkdtempSync(join(tmpdir(), 'flowbench-trino-'));
const scratchDir = join(folder, 'scratch');
let dataset: DatasetHandle;
beforeAll(async () => { dataset = await loadDataset(SAMPLE_DATASET); });
afterAll(() => { rmSync(folder, { recursive: true, force: true }); });

const FOREVER = { id: 'Q1', text: 'SELECT forever' } as const;
let homes = 0;
function runnerOf(home: FakeHome = {}, readyWithinMs = 20_000): TrinoRunner {
  homes += 1;
  const made = fakeTrinoHome(join(folder, `home-${homes}`), { answers: [['SELECT forever', { pages: 'never' }]], ...home });
  return new TrinoRunner({ home: () => Promise.resolve(made), readyWithinMs });
}
const context = (overrides: Partial<SessionContext> = {}): SessionContext => sessionContext(dataset, scratchDir, { executor: null, assignment: null, ...overrides });
const scratchLeft = (): string[] => { try { return readdirSync(scratchDir); } catch { return []; } };

describe('a server of our own', () => {
  it('is opened, read back, asked, stopped and resumed, and ends with its session', async () => {
    const artifactsUri = join(folder, 'kept');
    const session = await runnerOf().open(context({ artifactsUri }));
    expect(session).toMatchObject({ version: '476', label: 'Trino 476', parity: { nodes: 1, threadsTotal: 2, parallelism: 2, scratchFreeBytes: null } });
    expect(session.openStages.startMs).toBeGreaterThan(0);
    expect(session.openStages.analyzeMs).toBeGreaterThan(0);
    expect(session.settings).toMatchObject({ 'spill-enabled': 'false', 'retry-policy': 'NONE', 'hive: hive.metastore-stats-cache-ttl': '0s' });
    expect(session.resultCache).toMatch(/keeps no results/);
    await session.park();
    await session.unpark();
    const outcome = await session.run({ id: 'Q6', text: 'SELECT 1' }, runOptions());
    expect(outcome).toMatchObject({ status: 'ok', engineMs: 7, traceLink: join(artifactsUri, 'Q06-1.query.json'), usage: { bytesRead: 4_096, cpuMs: 5, peakMemoryBytes: 8_192, nodesUsed: 2, splitsPerNode: [6, 3] } });
    await session.close();
    expect(readdirSync(artifactsUri).sort()).toEqual(['Q06-1.query.json', 'session-test.server.log']);
    expect(await leftOf(scratchDir)).toEqual([]);
    expect(scratchLeft()).toEqual([]);
  });

  it('that is killed in the middle of a query is an engine error, and what is asked of its session then is not', async () => {
    const session = await runnerOf().open(context());
    const running = session.run(FOREVER, runOptions());
    const [pid = 0] = await leftOf(scratchDir, 0);
    setTimeout(() => { process.kill(pid, 'SIGKILL'); }, 200);
    expect(await running).toMatchObject({ status: 'engine_error', error: expect.stringContaining('was ended by SIGKILL') as string });
    expect(await session.run(FOREVER, runOptions())).toMatchObject({ status: 'infrastructure_error', error: expect.stringContaining('The session has ended with its server.') as string });
    await session.close();
    expect(scratchLeft()).toEqual([]);
  });

  const refusal = async (runner: TrinoRunner, overrides: Partial<SessionContext> = {}): Promise<unknown> => {
    const error: unknown = await runner.open(context(overrides)).then((session: EngineSession) => session.close(), (thrown: unknown) => thrown);
    expect(scratchLeft()).toEqual([]);
    expect(await leftOf(scratchDir)).toEqual([]);
    return error;
  };

  it.each<[string, FakeHome, string, RegExp]>([
    ['with a Java too old', { java: '17.0.9' }, 'engine_unavailable', /needs Java 24 or newer; .* is Java 17/],
    ['of another release than asked for', { liveVersion: '480' }, 'engine_unavailable', /is 480, and 476 was asked for/],
    ['of a release whose properties are unknown', { version: '470' }, 'engine_unavailable', /no release whose property names are known/],
    ['whose configuration is refused', { script: 'echo "1) Error: Configuration property \'fs.x\' was not used"; exit 100' }, 'engine_unavailable', /exit code 100: .*fs\.x/],
    ['out of memory', { script: 'echo "Terminating due to java.lang.OutOfMemoryError: Java heap space"; exit 3' }, 'out_of_memory', /ran out of memory/],
    ['on a full disk', { script: 'echo "java.io.IOException: No space left on device"; exit 100' }, 'out_of_disk', /is full/],
    ['that never finds a free port', { script: 'echo "java.net.BindException: Address already in use"; exit 100' }, 'infrastructure', /took Trino's port/],
  ])('%s is refused in a sentence, and leaves nothing', async (_what, home, code, message) => {
    expect(await refusal(runnerOf(home))).toMatchObject({ code, message: expect.stringMatching(message) as string });
  });

  it('tries another port when one was taken', async () => {
    const marker = join(folder, 'once');
    const taken = `if [ ! -e "${marker}" ]; then touch "${marker}"; echo "Address already in use"; exit 100; fi`;
    const runner = runnerOf();
    const home = join(folder, `home-${homes}`, 'java', 'bin', 'java');
    writeFileSync(home, readFileSync(home, 'utf8').replace('#!/bin/sh\n', `#!/bin/sh\n${taken}\n`));
    const session = await runner.open(context());
    expect(session.version).toBe('476');
    await session.close();
  });

  it('that does not answer is waited for only so long, and on Ctrl-C no longer', async () => {
    expect(await refusal(runnerOf({ script: 'exec sleep 60' }, 300))).toMatchObject({ code: 'infrastructure', message: expect.stringContaining('was not ready in time') as string });
    expect(await refusal(runnerOf({ script: 'exec sleep 60' }), { signal: AbortSignal.timeout(100) })).toMatchObject({ code: 'cancelled' });
  });

  it('is refused too little memory, an unknown variant and an unknown tier before it starts', async () => {
    expect(await refusal(runnerOf(), { memoryLimitBytes: 50e6 })).toMatchObject({ code: 'engine_unavailable', message: expect.stringContaining('it needs 400') as string });
    expect(await refusal(runnerOf(), { variant: 'x' })).toMatchObject({ code: 'configuration' });
    expect(await refusal(runnerOf(), { tier: 'x' })).toMatchObject({ code: 'configuration' });
  });
});

describe('a Trino elsewhere', () => {
  it('is waited for until its nodes are active, and its tables are only analyzed', async () => {
    const server = await new FakeTrino().listen();
    server.nodes = 0;
    setTimeout(() => { server.nodes = 2; }, 300);
    const client = new TrinoClient({ url: server.url, catalog: 'hive', schema: 'glue_db' });
    const session = await openTrinoSession(context(), { client, schema: 'glue_db', version: '476', workers: 2, tables: null, readyWithinMs: 10_000, settings: {} }, performance.now());
    expect(session.parity).toMatchObject({ nodes: 2, threadsTotal: 4, memoryLimitBytesTotal: 2e9, parallelism: 4 });
    expect(session.openStages.registerMs).toBeNull();
    expect(server.statements.filter((sql) => sql.startsWith('CREATE'))).toEqual([]);
    expect(server.statements.filter((sql) => sql.startsWith('ANALYZE "glue_db"'))).toHaveLength(8);
    await session.close();
    await server.stop();
  });

  it.each([['for a moment', 10_000], ['for good', 300]])('that loses sight of its nodes %s while tables are analyzed is asked again only so long', async (_what, readyWithinMs) => {
    const server = await new FakeTrino().listen();
    const analyzed = server.answers.get('ANALYZE') ?? {};
    server.answers.set('ANALYZE', { error: { errorName: 'NO_NODES_AVAILABLE', errorType: 'INTERNAL_ERROR', message: 'No nodes available to run query' } });
    if (readyWithinMs > 1_000) setTimeout(() => { server.answers.set('ANALYZE', analyzed); }, 600);
    const client = new TrinoClient({ url: server.url, catalog: 'hive', schema: 's' });
    const opening = openTrinoSession(context(), { client, schema: 's', version: '476', workers: 1, tables: null, readyWithinMs, settings: {} }, performance.now());
    const outcome = await opening.then((session) => session.close().then(() => 'opened'), (error: unknown) => String(error));
    expect(outcome).toMatch(readyWithinMs > 1_000 ? /^opened$/ : /NO_NODES_AVAILABLE/);
    client.close();
    await server.stop();
  });

  it('without active nodes is given up in a sentence', async () => {
    const server = await new FakeTrino().listen();
    server.nodes = 0;
    const client = new TrinoClient({ url: server.url, catalog: 'hive', schema: 's' });
    await expect(openTrinoSession(context(), { client, schema: 's', version: '476', workers: 1, tables: null, readyWithinMs: 200, settings: {} }, performance.now())).rejects.toThrow('0 of 1 workers are active');
    client.close();
    await server.stop();
  });
});

describe('tables', () => {
  const lineitem = (files: readonly string[]): DatasetHandle => {
    const uri = mkdtempSync(join(folder, 'layout-'));
    for (const file of files) {
      mkdirSync(join(uri, file, '..'), { recursive: true });
      writeFileSync(join(uri, file), '');
    }
    const { tables } = dataset.manifest;
    const [file] = tables.lineitem?.files ?? [];
    const table = { ...tables.lineitem, files: files.map((name) => ({ ...file, name })) };
    return { uri, manifest: { ...dataset.manifest, tables: { lineitem: table } } as unknown as Manifest };
  };

  it('are made over the folders of the dataset, with the types of its manifest', async () => {
    const tables = await trinoTables(dataset);
    const nation = tables.find(({ name }) => name === 'nation');
    if (nation === undefined) throw new Error('no nation');
    expect(createTable('tpch', nation)).toBe(`CREATE TABLE "tpch"."nation" ("n_nationkey" bigint, "n_name" varchar, "n_regionkey" bigint, "n_comment" varchar) WITH (external_location = 'local://${SAMPLE_DATASET}/nation', format = 'PARQUET')`);
    expect(tables.find(({ name }) => name === 'lineitem')?.columns.find(({ name }) => name === 'l_tax')?.type).toBe('decimal(15,2)');
    expect(tables.every(({ isNested }) => !isNested)).toBe(true);
  });

  it('may lie in folders within their folder', async () => {
    expect(await trinoTables(lineitem(['lineitem/year=1992/a.parquet', 'lineitem/year=1993/b.parquet']))).toMatchObject([{ isNested: true, location: expect.stringMatching(/\/lineitem$/) as string }]);
    expect(await trinoTables(lineitem(['lineitem/part/a.parquet', 'lineitem/part/b.parquet']))).toMatchObject([{ isNested: false, location: expect.stringMatching(/\/lineitem\/part$/) as string }]);
  });

  it.each([
    ['without a folder', ['lineitem.parquet'], [], 'the files of lineitem have no folder of their own'],
    ['in two folders', ['a/x.parquet', 'b/y.parquet'], [], 'the files of lineitem have no folder of their own'],
    ['beside other files', ['lineitem/x.parquet'], ['lineitem/foreign.parquet'], 'also holds'],
    ['that it passes over', ['lineitem/_x.parquet'], [], 'it passes over lineitem/_x.parquet'],
  ])('%s are refused', async (_what, files, others, why) => {
    const laid = lineitem(files);
    for (const other of others) writeFileSync(join(laid.uri, other), '');
    await expect(trinoTables(laid)).rejects.toMatchObject({ code: 'engine_unavailable', message: expect.stringContaining(why) as string });
  });

  it('of a type that Trino is not told of are refused', async () => {
    const table = { ...dataset.manifest.tables.region, columns: [{ name: 'r_x', type: 'UUID' }] };
    const odd = { uri: SAMPLE_DATASET, manifest: { ...dataset.manifest, tables: { region: table } } as unknown as Manifest };
    await expect(trinoTables(odd)).rejects.toThrow('column region.r_x has type UUID');
  });
});

describe('settings', () => {
  const memory = divideHeap(1_000);
  const catalog = (variant: string, version = '476') => localCatalog({ version, variant, metastoreDir: '/m', isNested: false, s3: { region: 'us-east-1', endpoint: 'http://127.0.0.1:1' } });

  it('leave room in the heap, as Trino insists', () => {
    expect(memory.maxMemoryPerNodeMib + memory.heapHeadroomMib).toBeLessThan(memory.heapMib);
    expect(serverConfig(1, memory)).toMatchObject({ 'query.max-memory-per-node': '600MB', 'memory.heap-headroom-per-node': '200MB' });
  });

  it('keep metadata from query to query in one variant only', () => {
    expect(catalog('metadata-cache=off')).not.toHaveProperty('hive.metastore-cache-ttl');
    expect(catalog('metadata-cache=on')).toMatchObject({ 'hive.metastore-cache-ttl': '24h', 'hive.file-status-cache-tables': '*' });
    expect(() => catalog('metadata-cache=maybe')).toThrow('Unknown variant');
  });

  it('hold no key, and names that each release takes', () => {
    for (let release: number = TRINO_RELEASES.oldest; release <= TRINO_RELEASES.newest; release += 1) {
      const properties = catalog('metadata-cache=on', String(release));
      expect(Object.keys(properties).filter((name) => !takesProperty(release, name) || /key|secret/.test(name))).toEqual([]);
      expect(Object.keys(properties).filter((name) => /^fs\./.test(name)).sort()).toEqual(release <= 480 ? ['fs.native-local.enabled', 'fs.native-s3.enabled'] : ['fs.local.enabled', 'fs.s3.enabled']);
    }
  });

  it('give credentials to who knows the token, always those valid now', async () => {
    let asked = 0;
    const endpoint = await CredentialsEndpoint.serve(() => Promise.resolve({ accessKeyId: `key-${(asked += 1)}`, secretAccessKey: 's', sessionToken: 't' }));
    const { AWS_CONTAINER_CREDENTIALS_FULL_URI: uri = '', AWS_CONTAINER_AUTHORIZATION_TOKEN: token = '' } = endpoint.environment();
    const keys = async (authorization: string): Promise<unknown> => { const answer = await fetch(uri, { headers: { authorization } }); return answer.ok ? answer.json() : answer.status; };
    expect(await keys(token)).toMatchObject({ AccessKeyId: 'key-1', Token: 't', Expiration: expect.any(String) as string });
    expect(await keys(token)).toMatchObject({ AccessKeyId: 'key-2' });
    expect(await keys('guessed')).toBe(401);
    endpoint.close();
  });
});

describe('the end of a process', () => {
  it('is told by its last error where nothing else explains it', () => {
    expect(exitError('2026-11-21T10:00:00.000Z\tERROR\tmain\tio.trino.server.Server\tsomething broke\n', 1, null).message).toContain('something broke');
    expect(exitError('', null, 'SIGKILL')).toMatchObject({ code: 'query_failed', message: "Trino's process was ended by SIGKILL." });
  });
});
