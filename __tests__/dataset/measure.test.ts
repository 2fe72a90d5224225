import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { measureClusters } from '../../workloads/dataset/clusters.js';
import { readFooter } from '../../workloads/dataset/footer.js';
import { rejection, removeTempFolders, SAMPLE_DIR, tempFolder, withDuckDB } from './helpers.js';

jest.setTimeout(60_000);
afterAll(removeTempFolders);

/** A file of days with row groups of 2,048 rows; `day` may use the row number `i`. */
async function fileOfDays(day: string, rows: number): Promise<string> {
  const dir = await tempFolder();
  await withDuckDB((session) =>
    session.execute(`COPY (SELECT (${day})::DATE AS d FROM range(${rows}) AS numbers(i) ORDER BY i) TO '${dir}/days.parquet' (ROW_GROUP_SIZE 2048)`),
  );
  return dir;
}

async function measure(dir: string) {
  const { rowGroups } = await readFooter(join(dir, 'days.parquet'), 'days.parquet');
  return withDuckDB(async (session) => {
    await session.execute('SET preserve_insertion_order = true');
    return measureClusters(session, dir, 'days.parquet', 'd', rowGroups);
  });
}

describe('measureClusters', () => {
  it('finds the range of every row group, the last one smaller', async () => {
    const measured = await measure(await fileOfDays("DATE '2000-01-01' + (i // 1000)::INTEGER", 5000));
    expect(measured).toEqual({
      clusters: [
        { min: '2000-01-01', max: '2000-01-03', nulls: 0 },
        { min: '2000-01-03', max: '2000-01-05', nulls: 0 },
        { min: '2000-01-05', max: '2000-01-05', nulls: 0 },
      ],
      risingWithin: true,
    });
  });

  it('notices one row that falls back', async () => {
    const measured = await measure(await fileOfDays("DATE '2000-01-01' + CASE WHEN i = 1500 THEN 0 ELSE i END::INTEGER", 2048));
    expect(measured.risingWithin).toBe(false);
  });

  it('does not take the step down from one row group to the next for a fall within', async () => {
    const measured = await measure(await fileOfDays("DATE '2000-01-01' + (i % 2048)::INTEGER", 4096));
    expect(measured.risingWithin).toBe(true);
  });

  it('counts NULLs, and knows nothing of a row group that holds nothing else', async () => {
    const measured = await measure(await fileOfDays("CASE WHEN i >= 2047 THEN NULL ELSE DATE '2000-01-01' END", 4096));
    expect(measured.clusters).toEqual([{ min: '2000-01-01', max: '2000-01-01', nulls: 1 }, null]);
    expect(measured.risingWithin).toBe(false);
  });

  it('refuses row groups that the file does not have', async () => {
    const dir = await fileOfDays("DATE '2000-01-01'", 100);
    const error = await rejection(withDuckDB((session) => measureClusters(session, dir, 'days.parquet', 'd', [{ rows: 50 }, { rows: 60 }])));
    expect(error.code).toBe('dataset_invalid');
    expect(error.message).toContain('holds 50 rows where its footer says 60');
  });
});

describe('readFooter', () => {
  it('reads types, codec, page index and bytes per column', async () => {
    const footer = await readFooter(join(SAMPLE_DIR, 'lineitem', '1995-03.parquet'), 'lineitem/1995-03.parquet');
    expect(footer.columns.slice(0, 6)).toContainEqual({ name: 'l_extendedprice', type: 'DECIMAL(15,2)' });
    expect(footer).toMatchObject({ pageIndex: true, codecs: new Set(['ZSTD']) });
    expect(footer.rowGroups[0]?.columnBytes).toHaveLength(16);
    expect(footer.rowGroups[0]?.columnBytes.every((bytes) => bytes > 0)).toBe(true);
  });

  it('names a file that is no Parquet', async () => {
    const dir = await tempFolder();
    await writeFile(join(dir, 'x.parquet'), 'not Parquet at all');
    const error = await rejection(readFooter(join(dir, 'x.parquet'), 'orders/x.parquet'));
    expect(error.code).toBe('dataset_invalid');
    expect(error.message).toContain('orders/x.parquet');
  });

  it('steps over nested columns', async () => {
    const dir = await tempFolder();
    await withDuckDB((session) => session.execute(`COPY (SELECT 1::BIGINT AS a, {'x': 1, 'y': 'z'} AS b, [1, 2] AS c, DATE '2000-01-01' AS d, 1::SMALLINT AS e) TO '${dir}/n.parquet'`));
    const footer = await readFooter(join(dir, 'n.parquet'), 'n.parquet');
    expect(footer.columns).toEqual([
      { name: 'a', type: 'BIGINT' }, { name: 'b', type: 'STRUCT' }, { name: 'c', type: 'STRUCT' }, { name: 'd', type: 'DATE' }, { name: 'e', type: 'SMALLINT' },
    ]);
    expect(footer.rowGroups[0]?.columnBytes.every((bytes) => bytes > 0)).toBe(true);
  });
});
