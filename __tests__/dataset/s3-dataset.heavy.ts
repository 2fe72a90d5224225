import { join } from 'node:path';
import { loadAnswer } from '../../workloads/dataset/answers.js';
import { adoptDataset } from '../../workloads/dataset/adopt.js';
import { checkUnchanged, loadDataset } from '../../workloads/dataset/load.js';
import { countedRowGroups, countOf, rowsOf, scanOf } from '../../workloads/dataset/source.js';
import { createTableViews } from '../../workloads/dataset/table-views.js';
import { verifyDataset } from '../../workloads/dataset/verify.js';
import { defaultHttpfsFile } from '../../workloads/cli/s3.js';
import { DuckDBSession } from '../../workloads/duckdb/session.js';
import type { DatasetHandle } from '../../workloads/model/manifest.js';
import { QUERY_IDS } from '../../workloads/model/queries.js';
import { s3AccessFor } from '../../workloads/storage/s3-access.js';
import { useS3 } from '../../workloads/storage/settings.js';
import { storageOf } from '../../workloads/storage/storage-of.js';
import { queryText } from '../../workloads/tpch/query-text.js';
import { startS3Server, type S3Server } from '../fixtures/s3-server.js';

const SAMPLE = join(__dirname, '..', '..', 'workloads', 'tpch', 'sample', 'sf0.01');
/** The first time, the server is compiled. */
const START_MS = 900_000;
const CARRIED_MS = 90_000;

let server: S3Server;
let uri: string;
let handle: DatasetHandle;

async function openSession(): Promise<DuckDBSession> {
  const s3 = await s3AccessFor([uri]);
  return DuckDBSession.open({ threads: 2, memoryLimitBytes: 500e6, spillDir: join(process.env.TMPDIR ?? '.', 'spill'), parquetMetadataCache: false, ...(s3 === undefined ? {} : { s3 }) });
}

beforeAll(async () => {
  server = await startS3Server();
  await server.makeBucket('data');
  uri = await server.place(SAMPLE, 'data', 'tpch/sf0.01');
  Object.assign(process.env, server.environment());
  useS3({ region: server.region, endpoint: server.endpoint, httpfsFile: defaultHttpfsFile(), retry: { budgetMs: 2_000 } });
  handle = await loadDataset(uri);
}, START_MS);

afterEach(() => {
  server.heal();
  server.resetTraffic();
});

afterAll(() => server.stop());

describe('a dataset in S3', () => {
  it('is the same as the folder it was copied from', async () => {
    expect(handle.manifest).toEqual((await loadDataset(SAMPLE)).manifest);
    expect(await loadAnswer(handle, 'Q1', queryText('Q1', 0.01))).toEqual(await loadAnswer({ ...handle, uri: SAMPLE }, 'Q1', queryText('Q1', 0.01)));
  });

  it('is proven unchanged by one listing', async () => {
    await checkUnchanged(handle);
    expect(server.traffic.requests).toHaveLength(1);
  });

  it('is measured again by verify, whole', async () => {
    expect(await verifyDataset({ dir: uri, memoryBytes: 500e6, threads: 2, signal: new AbortController().signal, onStep: () => undefined })).toEqual([]);
  }, CARRIED_MS);

  it('answers all 22 queries through DuckDB as the stored answers say', async () => {
    const session = await openSession();
    try {
      await createTableViews(session, uri, new Map(Object.entries(handle.manifest.tables).map(([name, table]) => [name, table.files.map((file) => file.name)])));
      for (const query of QUERY_IDS) {
        const { rows } = await session.query(queryText(query, 0.01));
        expect({ query, rows: rows.length }).toEqual({ query, rows: (await loadAnswer(handle, query, queryText(query, 0.01))).row_count });
      }
    } finally {
      session.close();
    }
  }, CARRIED_MS);

  it('gives up only the bytes of the row groups and columns that are read', async () => {
    const table = handle.manifest.tables.lineitem;
    if (table === undefined) throw new Error('no lineitem');
    const session = await openSession();
    try {
      const bytesOf = async (groups: 'all' | readonly number[], columns: readonly string[]): Promise<number> => {
        server.resetTraffic();
        await session.query(`SELECT ${columns.map((name) => `max(${name})`).join(', ')} FROM (${rowsOf(scanOf(uri, 'lineitem', table, groups), columns)})`);
        return server.traffic.bytesOut;
      };
      const every = table.columns.map((column) => column.name);
      const whole = await bytesOf('all', every);
      const one = await bytesOf([3], every);
      const column = await bytesOf('all', ['l_quantity']);
      expect(whole).toBeGreaterThan(table.size_bytes * 0.9);
      // Each file's footer is read besides, so a part is more than its share.
      expect(one).toBeLessThan(table.size_bytes / 10);
      expect(column).toBeLessThan(whole / 2);
      expect(server.traffic.requests.filter(({ method, range }) => method === 'GET' && range === undefined)).toEqual([]);
    } finally {
      session.close();
    }
  });

  it('counts just the row groups that were asked for', async () => {
    const table = handle.manifest.tables.lineitem;
    if (table === undefined) throw new Error('no lineitem');
    const session = await openSession();
    try {
      const scan = scanOf(uri, 'lineitem', table, [2, 5]);
      const counted = countedRowGroups(scan, await session.query(countOf(scan) ?? ''));
      expect(counted.map(({ number }) => number)).toEqual([2, 5]);
    } finally {
      session.close();
    }
  });

  it('is not adopted or generated in place, and the sentence says what to do', async () => {
    const adopting = adoptDataset({ dir: uri, scaleFactor: 0.01, memoryBytes: 500e6, threads: 1, sink: process.stderr, signal: new AbortController().signal });
    await expect(adopting).rejects.toMatchObject({ code: 'configuration', remedy: expect.stringContaining('aws s3 sync') as string });
  });

  it('is missing where no manifest is', async () => {
    await expect(loadDataset(server.url('data'))).rejects.toMatchObject({ code: 'dataset_missing', message: expect.stringContaining('s3://data') as string });
  });

  it('is found changed when an object is gone or has another size', async () => {
    const changed = await server.place(SAMPLE, 'data', 'changed');
    await storageOf(changed).remove(`${changed}/nation.parquet`).catch(() => undefined);
    const other = { ...handle, uri: changed };
    const [name = ''] = handle.manifest.tables.orders?.files.map((file) => file.name) ?? [];
    await storageOf(changed).write(`${changed}/${name}`, 'short');
    await expect(checkUnchanged(other)).rejects.toMatchObject({ code: 'dataset_changed', message: expect.stringContaining(`${name} has 5 bytes`) as string });
  });
});
