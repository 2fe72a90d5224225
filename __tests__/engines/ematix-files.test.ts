import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatasetIndex } from '../../workloads/coordinator/dataset-index.js';
import { readFooter } from '../../workloads/dataset/footer.js';
import { loadDataset } from '../../workloads/dataset/load.js';
import { DuckDBSession } from '../../workloads/duckdb/session.js';
import { writePieces } from '../../workloads/engines/ematix/cut-parquet.js';
import { PlainParquetFile } from '../../workloads/engines/ematix/plain-parquet.js';
import { ShardFiles } from '../../workloads/engines/ematix/shard-files.js';
import { readStruct, text, ThriftStruct, writeStruct } from '../../workloads/engines/ematix/thrift.js';
import type { DatasetHandle } from '../../workloads/model/manifest.js';
import { SAMPLE } from '../fixtures/double-sample.js';

let dataset: DatasetHandle;
let session: DuckDBSession;
let dir: string;

beforeAll(async () => {
  dataset = await loadDataset(SAMPLE);
  dir = mkdtempSync(join(tmpdir(), 'flowbench-cut-'));
  session = await DuckDBSession.open({ threads: 1, memoryLimitBytes: 500e6, spillDir: join(dir, 'spill'), parquetMetadataCache: false });
});
afterAll(() => { session.close(); });

async function rowsOf(sql: string): Promise<unknown> {
  return (await session.query(sql)).rows;
}

/** Every value of every row, whatever their order. */
function contentOf(files: string): Promise<unknown> {
  return rowsOf(`SELECT count(*), sum(md5_number_lower(t::VARCHAR)) FROM read_parquet(${files}) t`);
}

function make(workers: number, assignment: 'balanced' | 'contiguous' | 'random', handle = dataset): Promise<ShardFiles> {
  return ShardFiles.make({ datasetDir: handle.uri, index: new DatasetIndex(handle.manifest), folder: mkdtempSync(join(dir, 'shards-')), workers, assignment, seed: 7 });
}

describe('cutting a dataset into files of whole row groups', () => {
  it.each([[1, 'balanced'], [2, 'balanced'], [3, 'contiguous'], [4, 'random']] as const)('deals every row to just one of %d units (%s)', async (workers, assignment) => {
    const files = await make(workers, assignment);
    const { shares } = files.assignment('lineitem');
    const cuts = shares.map((_, position) => `'${files.folderOf('lineitem', position)}/lineitem.parquet'`);
    expect(await contentOf(`[${cuts.join(', ')}]`)).toEqual(await contentOf(`'${SAMPLE}/lineitem/*.parquet'`));
    const groups = shares.flatMap((_, position) => files.cutOf('lineitem', position).rowGroups.map(({ number }) => number));
    expect([...groups].sort((a, b) => a - b)).toEqual(files.assignment('lineitem').surviving);
    expect(shares.reduce((sum, _, position) => sum + files.cutOf('lineitem', position).rows, 0)).toBe(dataset.manifest.tables['lineitem']?.rows);
  });

  it('balances the bytes of two units', async () => {
    const { shares, driverBytes } = (await make(2, 'balanced')).assignment('lineitem');
    for (const share of shares) expect(share.driverBytes / driverBytes).toBeCloseTo(0.5, 1);
  });

  it('gives a unit each other table whole', async () => {
    const files = await make(2, 'balanced');
    for (const table of ['orders', 'partsupp', 'customer', 'nation']) {
      expect(await contentOf(`'${files.folderOf('lineitem', 1)}/${table}.parquet'`)).toEqual(await contentOf(`'${SAMPLE}/${table}/*.parquet'`));
    }
  });

  it('keeps bytes, encodings and statistics of the row groups as they are', async () => {
    const files = await make(2, 'balanced');
    const facts = 'row_group_num_rows, path_in_schema, encodings, compression, total_compressed_size, total_uncompressed_size, stats_min_value, stats_max_value';
    const of = (list: string): Promise<unknown> => rowsOf(`SELECT ${facts} FROM parquet_metadata(${list}) ORDER BY ALL`);
    expect(await of(`['${files.cutOf('lineitem', 0).path}', '${files.cutOf('lineitem', 1).path}']`)).toEqual(await of(`'${SAMPLE}/lineitem/*.parquet'`));
  });

  it('refuses a file that is no whole Parquet, or of another schema', async () => {
    const torn = join(dir, 'torn.parquet');
    writeFileSync(torn, readFileSync(join(SAMPLE, 'region/part-001.parquet')).subarray(0, 500));
    await expect(writePieces(join(dir, 'a.parquet'), [{ path: torn, groups: [0] }])).rejects.toThrow('torn.parquet is no whole Parquet file.');
    const pieces = ['region', 'nation'].map((table) => ({ path: join(SAMPLE, `${table}/part-001.parquet`), groups: [0] }));
    await expect(writePieces(join(dir, 'b.parquet'), pieces)).rejects.toThrow('has another schema than the other files of its table');
    await expect(writePieces(join(dir, 'c.parquet'), [{ path: join(SAMPLE, 'region/part-001.parquet'), groups: [5] }])).rejects.toThrow('has 1 row groups, and number 5 is wanted');
  });

  it('notices a dataset that holds other rows than its manifest says', async () => {
    const manifest = structuredClone(dataset.manifest);
    const group = manifest.tables['lineitem']?.files[3]?.row_groups[0];
    if (group !== undefined) group.rows += 1;
    await expect(make(2, 'balanced', { uri: SAMPLE, manifest })).rejects.toThrow(/holds \d+ rows in \d+ row groups of lineitem where the manifest has/);
  });
});

describe('the plain Parquet of partials', () => {
  it('is read as it was meant: types, NULLs, texts, several row groups', async () => {
    const path = join(dir, 'plain.parquet');
    const file = await PlainParquetFile.create(path, [{ name: 'k', type: 'int64' }, { name: 'v', type: 'double' }, { name: 's', type: 'string' }, { name: 'd', type: 'date' }, { name: 'b', type: 'boolean' }]);
    const text = (value: string): Buffer => Buffer.concat([Buffer.from([value.length, 0, 0, 0]), Buffer.from(value)]);
    await file.add(3, [
      { bytes: Buffer.from(BigInt64Array.of(1n, -2n, 9_007_199_254_740_993n).buffer), isSet: null },
      { bytes: Buffer.from(Float64Array.of(0.1, -1e300).buffer), isSet: Uint8Array.of(0b101) },
      { bytes: Buffer.concat([text(''), text('a,b')]), isSet: Uint8Array.of(0b011) },
      { bytes: Buffer.from(Int32Array.of(0, 10_000, -1).buffer), isSet: null },
      { bytes: Buffer.of(0b101), isSet: null },
    ]);
    await file.add(1, [
      { bytes: Buffer.from(BigInt64Array.of(4n).buffer), isSet: null }, { bytes: Buffer.alloc(0), isSet: Uint8Array.of(0) }, { bytes: text('é'.normalize('NFD').slice(0, 1)), isSet: null },
      { bytes: Buffer.from(Int32Array.of(1).buffer), isSet: null }, { bytes: Buffer.of(0), isSet: null },
    ]);
    await file.finish();
    expect(await rowsOf(`SELECT * FROM read_parquet('${path}')`)).toEqual([
      ['1', '0.1', '', '1970-01-01', 'true'], ['-2', null, 'a,b', '1997-05-19', 'false'], ['9007199254740993', '-1e+300', null, '1969-12-31', 'true'], ['4', null, 'e', '1970-01-02', 'false'],
    ]);
    expect((await readFooter(path, path)).columns.map(({ type }) => type)).toEqual(['BIGINT', 'DOUBLE', 'VARCHAR', 'DATE', 'BOOLEAN']);
  });
});

describe('Thrift', () => {
  it('writes a footer as it was read, byte by byte', () => {
    const file = readFileSync(join(SAMPLE, 'lineitem/1992-01.parquet'));
    const length = file.readUInt32LE(file.length - 8);
    const footer = file.subarray(file.length - 8 - length, file.length - 8);
    expect(writeStruct(readStruct(footer)).equals(footer)).toBe(true);
  });

  it('refuses bytes that end in the middle', () => {
    const whole = writeStruct(new ThriftStruct().with({ 1: text('abc'), 40: text('far') }));
    expect(readStruct(whole).field(40)?.value).toEqual(Buffer.from('far'));
    expect(() => readStruct(whole.subarray(0, whole.length - 3))).toThrow('The footer ends in the middle.');
  });
});
