import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { defaultHttpfsFile } from '../../workloads/cli/s3.js';
import { DuckDBSession } from '../../workloads/duckdb/session.js';
import { FlowbenchError } from '../../workloads/model/errors.js';
import { s3AccessFor } from '../../workloads/storage/s3-access.js';
import { useS3, type S3Settings } from '../../workloads/storage/settings.js';
import { storageOf } from '../../workloads/storage/storage-of.js';
import { startS3Server, type S3Server } from '../fixtures/s3-server.js';

/** The first time, the server is compiled. */
const START_MS = 900_000;
const DOWN_MS = 20_000;
const CARRIED_MS = 90_000;
const LARGE_BYTES = 33 * 1024 * 1024;

let server: S3Server;
let base: string;
let here: string;
let settings: S3Settings;
const storage = storageOf('s3://b');

beforeAll(async () => {
  server = await startS3Server();
  base = await server.makeBucket('faults');
  Object.assign(process.env, server.environment());
  settings = { region: server.region, endpoint: server.endpoint, httpfsFile: defaultHttpfsFile() };
  here = await mkdtemp(join(tmpdir(), 'faults-'));
}, START_MS);

beforeEach(() => {
  useS3(settings);
});

afterEach(() => {
  server.heal();
  server.resetTraffic();
});

afterAll(() => server.stop());

/** The server refuses connections for so long, while `work` runs. */
async function whileDown<T>(downMs: number, work: () => Promise<T>): Promise<T> {
  await server.pause();
  const [result] = await Promise.all([work(), sleep(downMs).then(() => server.resume())]);
  return result;
}

function failureOf(work: Promise<unknown>): Promise<FlowbenchError> {
  return work.then(() => new FlowbenchError('internal', 'It did not fail.'), (error: unknown) => error as FlowbenchError);
}

async function sessionOver(uri: string): Promise<DuckDBSession> {
  const s3 = await s3AccessFor([uri]);
  if (s3 === undefined) throw new Error('no access');
  return DuckDBSession.open({ threads: 2, memoryLimitBytes: 500e6, spillDir: join(here, 'spill'), parquetMetadataCache: false, s3 });
}

async function putParquet(name: string): Promise<string> {
  const session = await DuckDBSession.open({ threads: 1, memoryLimitBytes: 500e6, spillDir: join(here, 'spill'), parquetMetadataCache: false });
  await session.execute(`COPY (SELECT range AS id, hash(range) AS noise FROM range(500000)) TO '${join(here, name)}' (FORMAT parquet, ROW_GROUP_SIZE 50000)`);
  session.close();
  await storage.upload(join(here, name), `${base}/${name}`);
  return `${base}/${name}`;
}

describe('a server that is gone for 20 seconds', () => {
  it('is waited for by reads and writes', async () => {
    await storage.write(`${base}/kept`, 'kept');
    const ends = await whileDown(DOWN_MS, () => Promise.all([storage.read(`${base}/kept`), storage.write(`${base}/new`, 'new', { ifAbsent: true }), storage.list(base)]));
    expect([ends[0]?.toString(), ends[1]]).toEqual(['kept', 'written']);
  }, CARRIED_MS);

  it('is waited for in the middle of a large upload, which comes whole', async () => {
    const bytes = Buffer.alloc(LARGE_BYTES, 'abcdefg');
    await writeFile(join(here, 'large'), bytes);
    server.inject(({ method, query }) => (method === 'PUT' && /partNumber=[2-5]/.test(query) ? { delayMs: 300 } : null));
    const uploading = storage.upload(join(here, 'large'), `${base}/large`, { ifAbsent: true });
    await sleep(150);
    await whileDown(DOWN_MS, () => uploading);
    expect((await storage.read(`${base}/large`))?.equals(bytes)).toBe(true);
  }, CARRIED_MS);

  it('is waited for by a query of DuckDB', async () => {
    const uri = await putParquet('waited.parquet');
    const session = await sessionOver(uri);
    try {
      const { rows } = await whileDown(DOWN_MS, () => session.query(`SELECT count(*), sum(id) FROM read_parquet('${uri}')`));
      expect(rows).toEqual([['500000', '124999750000']]);
    } finally {
      session.close();
    }
  }, CARRIED_MS);
});

describe('a server that stays gone', () => {
  it('is told of when the budget is used, as something that another try may mend', async () => {
    useS3({ ...settings, retry: { budgetMs: 1_500 } });
    await server.pause();
    const startedAtMs = Date.now();
    const failure = await failureOf(storage.write(`${base}/x`, 'x'));
    await server.resume();
    expect(failure).toMatchObject({ code: 'storage_write', retryable: true });
    expect(failure.sentence).toMatch(/^S3 at http:\/\/127\.0\.0\.1:\d+ cannot be reached \(asked to write s3:\/\/faults\/x: .*ECONNREFUSED.*\)\. It was tried \d+ times in \d s\.$/);
    expect(Date.now() - startedAtMs).toBeLessThan(6_000);
  }, CARRIED_MS);

  it('is told of by DuckDB within a minute', async () => {
    const uri = await putParquet('gone.parquet');
    const session = await sessionOver(uri);
    await server.pause();
    const failure = await failureOf(session.query(`SELECT count(*) FROM read_parquet('${uri}')`));
    await server.resume();
    session.close();
    expect(failure).toMatchObject({ code: 'storage_read', retryable: true, message: expect.stringContaining('Could not connect') as string });
  }, CARRIED_MS);
});

describe('answers that are lost, cut short or slow', () => {
  it('does not take its own write for that of another', async () => {
    let lost = 0;
    server.inject(({ method }) => (method === 'PUT' && lost++ === 0 ? { drop: 'afterAnswer' } : null));
    expect(await storage.write(`${base}/lost`, 'mine', { ifAbsent: true })).toBe('written');
    expect(lost).toBe(2);
  });

  it('does take the write of another for what it is, when the first try was lost', async () => {
    await storage.write(`${base}/taken`, 'theirs');
    let lost = 0;
    server.inject(({ method }) => (method === 'PUT' && lost++ === 0 ? { drop: 'before' } : null));
    expect(await storage.write(`${base}/taken`, 'mine', { ifAbsent: true })).toBe('exists');
    expect((await storage.read(`${base}/taken`))?.toString()).toBe('theirs');
  });

  it('completes a large upload whose last answer is lost', async () => {
    await writeFile(join(here, 'last'), Buffer.alloc(LARGE_BYTES, 1));
    let lost = 0;
    server.inject(({ method, query }) => (method === 'POST' && query.startsWith('uploadId=') && lost++ === 0 ? { drop: 'afterAnswer' } : null));
    expect(await storage.upload(join(here, 'last'), `${base}/last`, { ifAbsent: true })).toBe('written');
    expect(await storage.size(`${base}/last`)).toBe(LARGE_BYTES);
  }, CARRIED_MS);

  it('reads again what broke off', async () => {
    await storage.write(`${base}/long`, Buffer.alloc(1e6, 7));
    let cut = 0;
    server.inject(({ method }) => (method === 'GET' && cut++ < 2 ? { cutAfterBytes: 1000 } : null));
    expect((await storage.read(`${base}/long`))?.length).toBe(1e6);
    cut = 0;
    await storage.download(`${base}/long`, join(here, 'long'));
    expect((await readFile(join(here, 'long'))).equals(Buffer.alloc(1e6, 7))).toBe(true);
  });

  it('asks again a server that asks to slow down', async () => {
    let slow = 0;
    server.inject(() => (slow++ < 3 ? { status: 503, code: 'SlowDown' } : null));
    await expect(storage.list(base)).resolves.not.toHaveLength(0);
  });
});

describe('what a person must mend is told at once', () => {
  it.each<[string, string, () => void, RegExp]>([
    ['no access', '', () => { server.deny(); }, /does not allow to read s3:\/\/faults\/kept \(403 AccessDenied: s3:GetObject on bucket faults, key kept\)/],
    ['no bucket', 's3://nowhere/kept', () => undefined, /has no bucket nowhere/],
    ['another region', '', () => { useS3({ ...settings, region: 'eu-central-1' }); }, /lies in us-east-1, not in eu-central-1.*Set AWS_REGION=us-east-1/],
    ['an expired token', '', () => { server.inject(() => ({ status: 400, code: 'ExpiredToken' })); }, /have expired \(ExpiredToken\)/],
  ])('%s', async (_what, uri, prepare, sentence) => {
    prepare();
    const failure = await failureOf(storage.read(uri === '' ? `${base}/kept` : uri));
    expect(failure).toMatchObject({ code: 'configuration', retryable: false });
    expect(failure.sentence).toMatch(sentence);
    expect(server.traffic.requests.length).toBeLessThanOrEqual(1);
  });

  it('of an object that vanished under DuckDB', async () => {
    const uri = await putParquet('vanished.parquet');
    const session = await sessionOver(uri);
    await storage.remove(uri);
    const failure = await failureOf(session.query(`SELECT count(*) FROM read_parquet('${uri}')`));
    session.close();
    expect(failure).toMatchObject({ code: 'storage_read', retryable: false, remedy: expect.stringContaining('not there') as string });
  });

  it('of an extension that DuckDB refuses', async () => {
    await writeFile(join(here, 'httpfs.duckdb_extension'), 'no extension');
    useS3({ ...settings, httpfsFile: join(here, 'httpfs.duckdb_extension') });
    expect(await failureOf(sessionOver(base))).toMatchObject({ code: 'tool_missing', remedy: expect.stringContaining('flowbench s3 install') as string });
  });
});
