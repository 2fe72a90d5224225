import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { adoptDataset, type AdoptResult } from '../../workloads/dataset/adopt.js';
import { loadAnswer } from '../../workloads/dataset/answers.js';
import { loadDataset } from '../../workloads/dataset/load.js';
import { verifyDataset } from '../../workloads/dataset/verify.js';
import type { DuckDBSession } from '../../workloads/duckdb/session.js';
import { MANIFEST_PATH } from '../../workloads/model/names.js';
import { queryText } from '../../workloads/tpch/query-text.js';
import { TABLE_NAMES, type TableName } from '../../workloads/tpch/schema.js';
import { copyOfSample, LIMITS, rejection, removeTempFolders, SAMPLE_DIR, silent, tempFolder, withDuckDB } from './helpers.js';

jest.setTimeout(60_000);
afterAll(removeTempFolders);

const signal = new AbortController().signal;

function adopt(dir: string, scaleFactor = 0.01): Promise<AdoptResult> {
  return adoptDataset({ dir, scaleFactor, ...LIMITS, sink: silent, signal });
}

type Changes = Partial<Record<TableName, (session: DuckDBSession) => Promise<void>>>;

/** The sample's tables as DuckDB writes them, one file each, some of them changed before. */
async function foreignFolder(changes: Changes = {}): Promise<string> {
  const dir = await tempFolder();
  await withDuckDB(async (session) => {
    for (const table of TABLE_NAMES) {
      await session.execute(`CREATE TABLE ${table} AS SELECT * FROM read_parquet('${SAMPLE_DIR}/${table}/*.parquet')`);
      await changes[table]?.(session);
      await session.execute(`COPY ${table} TO '${dir}/${table}.parquet' (ROW_GROUP_SIZE 20480)`);
    }
  });
  return dir;
}

async function changeOneOrder(session: DuckDBSession): Promise<void> {
  await session.execute("UPDATE lineitem SET l_shipdate = l_shipdate + 200, l_receiptdate = l_receiptdate + 200 WHERE l_orderkey = 1 AND l_linenumber = 1");
}

describe('adoptDataset', () => {
  it('describes flat, unsorted files where they lie, and what it wrote verifies', async () => {
    const dir = await foreignFolder({ lineitem: (session) => session.execute('CREATE OR REPLACE TABLE lineitem AS SELECT * FROM lineitem ORDER BY hash(l_orderkey, l_linenumber)') });
    const { handle, warnings } = await adopt(dir);
    expect(warnings).toEqual([]);
    expect(handle.manifest.origin).toBe('adopted');
    const lineitem = handle.manifest.tables['lineitem'];
    expect(lineitem?.files.map((file) => file.name)).toEqual(['lineitem.parquet']);
    expect(lineitem).toMatchObject({ sorted: false, page_index: false });
    expect(lineitem?.files[0]?.row_groups.length).toBeGreaterThan(1);
    expect((await readdir(dir)).sort()).toEqual([...TABLE_NAMES.map((table) => `${table}.parquet`), '_flowbench'].sort());
    expect(await verifyDataset({ dir, ...LIMITS, signal, onStep: () => undefined })).toEqual([]);
  });

  it('gives the same answers over the same rows, however they lie', async () => {
    const { handle } = await adopt(await foreignFolder());
    const sample = await loadDataset(SAMPLE_DIR);
    expect(handle.manifest.invariants).toEqual(sample.manifest.invariants);
    for (const query of ['Q1', 'Q3', 'Q18', 'Q21'] as const) {
      const text = queryText(query, 0.01);
      expect((await loadAnswer(handle, query, text)).result).toEqual((await loadAnswer(sample, query, text)).result);
    }
  });

  it('measures an order whose line ships 200 days later', async () => {
    const { handle } = await adopt(await foreignFolder({ lineitem: changeOneOrder }));
    const { ship_minus_order: shipMinusOrder, receipt_minus_ship: receiptMinusShip, order_ship_spread_days: spread } = handle.manifest.invariants;
    expect(shipMinusOrder?.max_days).toBeGreaterThan(121);
    expect(spread).toBeGreaterThan(120);
    expect(receiptMinusShip).toEqual({ min_days: 1, max_days: 30 });
  });

  it('proves nothing about rows with NULLs, broken keys and duplicates', async () => {
    const { handle } = await adopt(
      await foreignFolder({
        lineitem: (session) => session.execute('UPDATE lineitem SET l_shipdate = NULL WHERE l_orderkey = 1 AND l_linenumber = 1'),
        orders: (session) => session.execute('UPDATE orders SET o_custkey = -1 WHERE o_orderkey = 1'),
        part: (session) => session.execute('INSERT INTO part SELECT * FROM part WHERE p_partkey = 1'),
        partsupp: (session) => session.execute('UPDATE partsupp SET ps_suppkey = NULL WHERE ps_partkey = 1'),
      }),
    );
    const { invariants } = handle.manifest;
    expect(invariants).toMatchObject({ ship_minus_order: null, receipt_minus_ship: null, order_ship_spread_days: null });
    expect(invariants.unique_keys).toMatchObject({ part: false, partsupp: false, lineitem: true });
    expect(invariants.foreign_keys).toMatchObject({
      'orders.o_custkey->customer.c_custkey': false,
      'partsupp.ps_suppkey->supplier.s_suppkey': false,
      'partsupp.ps_partkey->part.p_partkey': true,
      'lineitem.l_partkey+l_suppkey->partsupp.ps_partkey+ps_suppkey': false,
    });
    const clusters = handle.manifest.tables['lineitem']?.files.flatMap((file) => file.row_groups.map((group) => group.cluster?.nulls));
    expect(clusters).toContain(1);
  });

  it('takes doubles for what they are', async () => {
    const change = (table: TableName, columns: string) => [table, (session: DuckDBSession) => session.execute(`CREATE OR REPLACE TABLE ${table} AS SELECT * REPLACE (${columns}) FROM ${table}`)] as const;
    const asDouble = (...names: string[]) => names.map((name) => `${name}::DOUBLE AS ${name}`).join(', ');
    const doubles = Object.fromEntries([
      change('supplier', asDouble('s_acctbal')),
      change('part', asDouble('p_retailprice')),
      change('partsupp', asDouble('ps_supplycost')),
      change('customer', asDouble('c_acctbal')),
      change('orders', asDouble('o_totalprice')),
      change('lineitem', asDouble('l_quantity', 'l_extendedprice', 'l_discount', 'l_tax')),
    ]);
    expect((await adopt(await foreignFolder(doubles))).handle.manifest.numeric).toBe('double');
    const mixed = await foreignFolder(Object.fromEntries([change('orders', asDouble('o_totalprice'))]));
    const error = await rejection(adopt(mixed));
    expect(error.code).toBe('schema_mismatch');
    expect(error.message).toContain('orders.o_totalprice');
  });

  it('names every column that is missing or of another type', async () => {
    const dir = await foreignFolder({
      orders: (session) => session.execute('ALTER TABLE orders DROP o_clerk'),
      customer: (session) => session.execute('ALTER TABLE customer ALTER c_acctbal TYPE VARCHAR'),
      nation: (session) => session.execute('ALTER TABLE nation ALTER n_nationkey TYPE SMALLINT'),
    });
    const error = await rejection(adopt(dir));
    expect(error.code).toBe('schema_mismatch');
    expect(error.message).toContain('orders.parquet has no column o_clerk');
    expect(error.message).toContain('customer.parquet has c_acctbal as VARCHAR instead of DECIMAL(15,2)');
    expect(error.message).not.toContain('n_nationkey');
    expect(await rejection(loadDataset(dir))).toMatchObject({ code: 'dataset_missing' });
  });

  it('takes folder names like year=1992 for folders, not for columns', async () => {
    const dir = await copyOfSample();
    await rm(join(dir, '_flowbench'), { recursive: true });
    await mkdir(join(dir, 'orders', 'o_orderstatus=X'));
    await rename(join(dir, 'orders', 'part-001.parquet'), join(dir, 'orders', 'o_orderstatus=X', 'a.parquet'));
    const { handle } = await adopt(dir);
    expect(handle.manifest.tables['orders']?.files[0]?.name).toBe('orders/o_orderstatus=X/a.parquet');
    const answer = await loadAnswer(handle, 'Q21', queryText('Q21', 0.01));
    expect(answer.row_count).toBeGreaterThan(0);
  });

  it('refuses a table that is missing or there twice', async () => {
    const dir = await foreignFolder();
    await mkdir(join(dir, 'part'));
    await rename(join(dir, 'partsupp.parquet'), join(dir, 'part', 'x.parquet'));
    const twice = await rejection(adopt(dir));
    expect(twice).toMatchObject({ code: 'schema_mismatch' });
    expect(twice.message).toContain('part both as a file and as a folder');
    await rm(join(dir, 'part'), { recursive: true });
    expect((await rejection(adopt(dir))).message).toContain('no Parquet file for partsupp');
  });

  it('refuses a folder that is being generated', async () => {
    const dir = await copyOfSample();
    await rm(join(dir, MANIFEST_PATH));
    await writeFile(join(dir, '_flowbench', 'generating.json'), '{}');
    expect(await rejection(adopt(dir))).toMatchObject({ code: 'dataset_missing' });
  });

  it('doubts a scale factor that the row counts do not fit', async () => {
    const dir = await copyOfSample();
    const { handle, warnings } = await adopt(dir, 1);
    expect(warnings.join('\n')).toContain('orders has 15000 rows where scale factor 1 has about 1500000');
    expect(handle.manifest.dataset_id).not.toBe((await loadDataset(SAMPLE_DIR)).manifest.dataset_id);
  });

  it('keeps where the files come from when they are adopted again', async () => {
    const dir = await copyOfSample();
    await rm(join(dir, '_flowbench', 'answers'), { recursive: true });
    const { handle } = await adopt(dir);
    expect(handle.manifest).toEqual((await loadDataset(SAMPLE_DIR)).manifest);
  });
});
