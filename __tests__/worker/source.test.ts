import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { countOf, countedRowGroups, rowsOf, scanOf, type TableScan } from '../../workloads/dataset/source.js';
import type { DuckDBSession } from '../../workloads/duckdb/session.js';
import type { ManifestTable } from '../../workloads/model/manifest.js';
import { describeFolder } from '../../workloads/worker/folder-dataset.js';
import { openSession, temporaryFolder } from './support.js';

/** Three files with 2, 1 and 3 row groups of 2,048 rows (the last has 904): row groups 0 to 5. */
const ROWS = { a: 4096, b: 2048, c: 5000 };
const GROUP_ROWS = [2048, 2048, 2048, 2048, 2048, 904];

const folder = temporaryFolder();
let session: DuckDBSession;
let table: ManifestTable;

beforeAll(async () => {
  session = await openSession(folder.dir);
  mkdirSync(join(folder.dir, 'events'));
  let first = 0;
  for (const [name, rows] of Object.entries(ROWS)) {
    // Random text does not compress, so that bytes read tell which row groups were.
    await session.execute(
      `COPY (SELECT ${first} + range AS id, md5(range::VARCHAR) || md5((range + 1)::VARCHAR) AS payload FROM range(${rows}))
       TO '${join(folder.dir, 'events', name)}.parquet' (FORMAT parquet, ROW_GROUP_SIZE 2048)`,
    );
    first += rows;
  }
  table = (await describeFolder(folder.dir, ['events'], session)).tables['events'] as ManifestTable;
});
afterAll(() => {
  session.close();
  folder.remove();
});

function scan(rowGroups: 'all' | readonly number[]): TableScan {
  return scanOf(folder.dir, 'events', table, rowGroups);
}

async function counted(of: TableScan) {
  const sql = countOf(of);
  return sql === null ? [] : countedRowGroups(of, await session.query(sql));
}

async function idsOf(of: TableScan): Promise<number[]> {
  const { rows } = await session.query(`SELECT id FROM (${rowsOf(of, ['id'])}) ORDER BY id`);
  return rows.map(([id]) => Number(id));
}

function expectedIds(numbers: readonly number[]): number[] {
  return numbers.flatMap((number) => {
    const first = GROUP_ROWS.slice(0, number).reduce((sum, rows) => sum + rows, 0);
    return Array.from({ length: GROUP_ROWS[number] ?? 0 }, (_, index) => first + index);
  });
}

it('numbers the row groups over files in the order of their names', () => {
  expect(table.files.flatMap((file) => file.row_groups.map((group) => group.rows))).toEqual(GROUP_ROWS);
});

describe('the rows of a scan', () => {
  it.each([[[0]], [[5]], [[1, 2]], [[0, 1, 3, 5]], [[0, 2, 4]], [[0, 1, 2, 3, 4, 5]]])('are those of row groups %j, each once', async (numbers) => {
    expect(await idsOf(scan(numbers))).toEqual(expectedIds(numbers));
  });

  it('are all rows for "all"', async () => {
    expect(await idsOf(scan('all'))).toEqual(expectedIds([0, 1, 2, 3, 4, 5]));
  });

  it('come from one read_parquet for all whole files, and one for each range of rows, whichever files keep it', () => {
    expect(scan('all').reads).toHaveLength(1);
    expect(scan([2, 3, 4, 5]).reads).toHaveLength(1);
    const shared = scan([0, 3]).reads;
    expect(shared).toHaveLength(1);
    expect(shared[0]).toMatch(/a\.parquet', '.*c\.parquet'\], .*\) WHERE file_row_number >= 0 AND file_row_number < 2048$/);
    expect(scan([0, 2, 3, 5]).reads).toHaveLength(3);
  });

  it('are none, but typed, when nothing is chosen', async () => {
    const { rows, columns } = await session.query(rowsOf(scan([]), ['payload', 'id']));
    expect(rows).toEqual([]);
    expect(columns).toEqual([{ name: 'payload', type: { kind: 'string' } }, { name: 'id', type: { kind: 'integer' } }]);
    expect(countOf(scan([]))).toBeNull();
  });

  it('refuses a row group that the table does not have', () => {
    expect(() => scan([5, 6])).toThrow('Row group 6 is outside events, which has 6 row groups (0 to 5).');
  });
});

describe('skipping', () => {
  const bytesRead = (): number => Number(/^rchar: (\d+)$/m.exec(readFileSync('/proc/self/io', 'utf8'))?.[1]);

  async function bytesOf(numbers: 'all' | readonly number[]): Promise<number> {
    const before = bytesRead();
    await session.query(`SELECT max(payload), max(id) FROM (${rowsOf(scan(numbers), ['payload', 'id'])})`);
    return bytesRead() - before;
  }

  it('leaves the bytes of row groups that were not chosen unread', async () => {
    const [all, middle, ends] = [await bytesOf([3, 4, 5]), await bytesOf([4]), await bytesOf([3, 5])];
    expect(middle / all).toBeLessThan(0.55);
    expect(ends / all).toBeLessThan(0.75);
    expect(await bytesOf([0, 1, 2, 3, 4, 5])).toBeGreaterThan(all);
  });

  it('reads no column when counting', async () => {
    const before = bytesRead();
    await counted(scan('all'));
    expect(bytesRead() - before).toBeLessThan(0.1 * table.size_bytes);
  });
});

describe('the count', () => {
  it.each([[[0]], [[1, 2, 5]], [[0, 1, 2, 3, 4, 5]]])('finds row groups %j with their rows', async (numbers) => {
    expect(await counted(scan(numbers))).toEqual(numbers.map((number) => ({ number, rows: GROUP_ROWS[number] })));
  });

  it.each([
    ['a row group lost', (sound: TableScan) => sound.reads.slice(1), [[2, 2048]]],
    ['a row group read twice', (sound: TableScan) => [...sound.reads, sound.reads[0] ?? ''], [[1, 4096], [2, 2048]]],
    ['everything read', () => scan('all').reads, GROUP_ROWS.map((rows, number) => [number, rows])],
    ['half a row group read', (sound: TableScan) => sound.reads.map((read) => read.replace('< 4096', '< 3072')), [[1, 1024], [2, 2048]]],
  ] as const)('shows %s', async (_, fault, expected) => {
    const sound = scan([1, 2]);
    expect(sound.reads[0]).toContain('file_row_number >= 2048');
    const faulty = await counted({ ...sound, reads: fault(sound) });
    expect(faulty.map(({ number, rows }) => [number, rows])).toEqual(expected);
    expect(faulty).not.toEqual(await counted(sound));
  });

  it('refuses rows from a file that is not the table\'s', async () => {
    const stranger = { ...table, files: table.files.slice(1) };
    await expect(counted({ ...scan('all'), table: stranger })).rejects.toMatchObject({ code: 'dataset_invalid' });
  });
});
