import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { DuckDBSession } from '../../workloads/duckdb/session.js';
import { bucketUri, type WorkUnit } from '../../workloads/model/work-unit.js';
import { workerMetricsSchema, type WorkerMetrics } from '../../workloads/model/worker-metrics.js';
import { metricsLine } from '../../workloads/worker/report.js';
import { runUnit } from '../../workloads/worker/run-unit.js';
import { environmentOf, openSession, SAMPLE, sampleManifest, temporaryFolder, unitV1, unitV2 } from './support.js';

const folder = temporaryFolder();
const out = (name: string): string => join(folder.dir, name);
let session: DuckDBSession;
beforeAll(async () => { session = await openSession(folder.dir); });
afterAll(() => {
  session.close();
  folder.remove();
});

async function run(unit: WorkUnit): Promise<WorkerMetrics> {
  const env = environmentOf(folder.dir);
  const metrics = await runUnit(unit, env);
  env.resources.close();
  return workerMetricsSchema.parse(metrics);
}

async function succeed(unit: WorkUnit): Promise<WorkerMetrics> {
  const metrics = await run(unit);
  expect(metrics.error).toBeNull();
  return metrics;
}

async function rowsOf(...paths: string[]): Promise<readonly (readonly (string | null)[])[]> {
  return (await session.query(`SELECT * FROM read_parquet([${paths.map((path) => `'${path}'`).join(', ')}]) ORDER BY ALL`)).rows;
}

const LINEITEM_ROWS = sampleManifest().tables['lineitem']?.files.map((file) => file.rows) ?? [];
const firstTen = LINEITEM_ROWS.slice(0, 10);

describe('a scan unit', () => {
  it('writes the partial of its row groups and reports what it measured', async () => {
    const metrics = await succeed(unitV2(folder.dir, { query: { kind: 'tpch', id: 'Q1' } }));
    const direct = await session.query(
      `SELECT sum(l_quantity) FROM (SELECT * FROM read_parquet('${SAMPLE}/lineitem/*.parquet', filename = true)) WHERE filename <= '${SAMPLE}/lineitem/1992-10.parquet'`,
    );
    const partial = await session.query(`SELECT sum(sum_qty) FROM read_parquet('${out('partial.parquet')}')`);
    expect(partial.rows[0]).toEqual(direct.rows[0]);
    expect(metrics).toMatchObject({
      work_unit_id: 'wu-test', query: 'Q1', stage: 1, row_group_range: null, node: 'test-node', engine: 'duckdb', engine_version: '1.5.5', ignored_options: [],
      rows_in: firstTen.reduce((sum, rows) => sum + rows, 0),
      row_groups: { lineitem: firstTen.map((rows, number) => ({ number, rows })) },
      output_uri: out('partial.parquet'),
    });
    expect(metrics.output_files).toEqual([{ uri: out('partial.parquet'), size_bytes: metrics.bytes_written, rows: metrics.rows_out }]);
    expect(JSON.parse(readFileSync(out('partial.parquet.metrics.json'), 'utf8'))).toEqual(JSON.parse(metricsLine(metrics)));
  });

  it('reads fewer bytes for fewer row groups and columns', async () => {
    const [few, many] = [await succeed(unitV2(folder.dir, { input: { row_groups: { lineitem: [4] } } })), await succeed(unitV2(folder.dir))];
    expect(few.bytes_read).toBeGreaterThan(0);
    expect(many.bytes_read).toBeGreaterThan(few.bytes_read ?? 0);
    expect(many.bytes_read).toBeLessThan(sampleManifest().tables['lineitem']?.size_bytes ?? 0);
  });

  it('writes a typed partial without rows for a shard without row groups', async () => {
    const metrics = await succeed(unitV2(folder.dir, { query: { kind: 'tpch', id: 'Q3' }, input: { row_groups: { lineitem: [] } } }));
    expect(metrics).toMatchObject({ rows_in: 0, rows_out: 0, row_groups: { lineitem: [] } });
    const described = await session.query(`DESCRIBE SELECT * FROM read_parquet('${out('partial.parquet')}')`);
    expect(described.rows.map(([name]) => name)).toContain('l_orderkey');
  });

  it('runs SQL of the unit over the listed tables, the first being the driver', async () => {
    const sql = 'select count(*) as lines, (select count(*) from nation) as nations from lineitem';
    const metrics = await succeed(unitV2(folder.dir, { query: { kind: 'sql', sql }, input: { tables: ['lineitem', 'nation'], row_groups: { lineitem: [0, 3] } } }));
    expect(await rowsOf(out('partial.parquet'))).toEqual([[String((LINEITEM_ROWS[0] ?? 0) + (LINEITEM_ROWS[3] ?? 0)), '25']]);
    expect(metrics.query).toBe('sql');
  });

  it('sees side inputs by their names', async () => {
    await session.execute(`COPY (SELECT 1 AS k UNION ALL SELECT 2) TO '${out('side.parquet')}' (FORMAT parquet)`);
    await succeed(unitV2(folder.dir, {
      query: { kind: 'sql', sql: 'select sum(k) as total from wanted' },
      input: { side_inputs: [{ name: 'wanted', kind: 'parquet', uris: [pathToFileURL(out('side.parquet')).href] }] },
    }));
    expect(await rowsOf(out('partial.parquet'))).toEqual([['3']]);
  });

  it('spills into the given folder under a small memory limit, and is still right', async () => {
    const sql = 'select l_orderkey, l_linenumber, l_comment, count(*) as n from lineitem group by all order by l_comment, l_orderkey, l_linenumber';
    const unit = (spillDir: string) => unitV2(folder.dir, {
      query: { kind: 'sql', sql }, input: { row_groups: { lineitem: [...LINEITEM_ROWS.keys()] } }, execution: { memory_limit_bytes: 12_000_000, spill_dir: spillDir },
    });
    const metrics = await succeed(unit(out('spill')));
    expect(metrics.rows_out).toBe(LINEITEM_ROWS.reduce((sum, rows) => sum + rows, 0));
    // The same unit cannot be done where the folder cannot be made: so it was the folder that held the rest.
    expect((await run(unit('/proc/spill'))).error).not.toBeNull();
  });
});

describe('buckets', () => {
  const bucketed = unitV2(folder.dir, { query: { kind: 'tpch', id: 'Q18' }, output: { uri: out('q18.parquet'), buckets: 3 } });
  const paths = [0, 1, 2].map((bucket) => bucketUri(out('q18.parquet'), bucket, 3));

  it('split the partial by key over files that together are the whole', async () => {
    const metrics = await succeed(bucketed);
    await succeed(unitV2(folder.dir, { query: { kind: 'tpch', id: 'Q18' } }));
    expect(metrics.output_files.map((file) => file.uri)).toEqual(paths);
    expect(await rowsOf(...paths)).toEqual(await rowsOf(out('partial.parquet')));
    const split = await session.query(`SELECT DISTINCT filename, l_orderkey % 3 FROM read_parquet('${out('q18.b*.parquet')}') ORDER BY ALL`);
    expect(split.rows).toEqual(paths.map((path, bucket) => [path, String(bucket)]));
    expect(metrics.rows_out).toBe(metrics.output_files.reduce((sum, file) => sum + file.rows, 0));
  });

  it('exist, typed, even without rows', async () => {
    await succeed({ ...bucketed, input: { ...bucketed.input, row_groups: { lineitem: [] } } });
    const described = await Promise.all(paths.map((path) => session.query(`DESCRIBE SELECT * FROM read_parquet('${path}')`)));
    expect(described.map(({ rows }) => rows[0]?.slice(0, 2))).toEqual(Array(3).fill(['l_orderkey', 'BIGINT']));
    expect(await rowsOf(...paths)).toEqual([]);
  });

  it('are merged by a unit that reads no table', async () => {
    await succeed(bucketed);
    const merge = unitV2(folder.dir, {
      query: { kind: 'tpch', id: 'Q18' }, stage: { id: 2, kind: 'merge_bucket', bucket: 1 }, input: { tables: [], row_groups: {}, partials: [paths[1] ?? ''] },
    });
    const metrics = await succeed(merge);
    expect(metrics).toMatchObject({ stage: 2, rows_in: null, row_groups: {} });
    const expected = await session.query(`SELECT l_orderkey, sum(quantity) FROM read_parquet('${paths[1]}') GROUP BY ALL HAVING sum(quantity) > 300 ORDER BY ALL`);
    expect(await rowsOf(out('partial.parquet'))).toEqual(expected.rows);
  });
});

describe('a work unit v1', () => {
  const asParquet = { output: { kind: 'parquet', uri: out('v1.parquet') } } as const;

  it('runs the first stage over its range and lists the switches it has no use for', async () => {
    const metrics = await succeed(unitV1(folder.dir, asParquet));
    expect(metrics).toMatchObject({
      stage: 1, row_group_range: [0, 21], rows_in: LINEITEM_ROWS.slice(0, 21).reduce((sum, rows) => sum + rows, 0),
      ignored_options: ['with_dict_preservation', 'with_late_mat', 'with_adaptive_predicate'],
    });
  });

  it('needs no manifest: a folder of Parquet files is enough, as folders or as files', async () => {
    const withManifest = await succeed(unitV1(folder.dir, asParquet));
    const expected = await rowsOf(out('v1.parquet'));
    const bare = out('bare');
    mkdirSync(bare);
    cpSync(join(SAMPLE, 'lineitem'), join(bare, 'lineitem'), { recursive: true });
    cpSync(join(SAMPLE, 'part', readdirSync(join(SAMPLE, 'part'))[0] ?? ''), join(bare, 'part.parquet'));
    const input = { ...unitV1(folder.dir).input, uri_prefix: bare };
    const metrics = await succeed(unitV1(folder.dir, { ...asParquet, input }));
    expect(await rowsOf(out('v1.parquet'))).toEqual(expected);
    expect(metrics.row_groups).toEqual(withManifest.row_groups);
  });
});

describe('two workers with one output', () => {
  it('both succeed, and one whole file remains', async () => {
    const target = { output: { uri: out('shared.parquet') }, query: { kind: 'tpch', id: 'Q3' } } as const;
    const both = await Promise.all([succeed(unitV2(folder.dir, target)), succeed(unitV2(folder.dir, target))]);
    expect(both[0].rows_out).toBe(both[1].rows_out);
    expect(await rowsOf(out('shared.parquet'))).toHaveLength(both[0].rows_out ?? -1);
    expect(readdirSync(folder.dir).filter((name) => name.includes('.tmp-'))).toEqual([]);
  });
});

describe('a unit that fails', () => {
  it('leaves nothing of its output, and an older one as it was', async () => {
    await succeed(unitV2(folder.dir));
    const before = readFileSync(out('partial.parquet'));
    const failing = { kind: 'sql', sql: "select l_orderkey, error('no') as e from lineitem" } as const;
    expect((await run(unitV2(folder.dir, { query: failing }))).error).toMatchObject({ code: 'query_failed' });
    expect(readFileSync(out('partial.parquet'))).toEqual(before);
    rmSync(out('partial.parquet'));
    await run(unitV2(folder.dir, { query: failing }));
    expect(existsSync(out('partial.parquet'))).toBe(false);
    expect(readdirSync(folder.dir).filter((name) => name.includes('.tmp-'))).toEqual([]);
  });
});
