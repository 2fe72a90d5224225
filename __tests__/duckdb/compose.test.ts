import { literalList, quoteIdentifier, quoteLiteral, withSources } from '../../workloads/duckdb/compose.js';
import { duckdbError } from '../../workloads/duckdb/failures.js';
import type { DuckDBSession } from '../../workloads/duckdb/session.js';
import { openSession, temporaryFolder } from '../worker/support.js';

const folder = temporaryFolder();
let session: DuckDBSession;
beforeAll(async () => { session = await openSession(folder.dir); });
afterAll(() => {
  session.close();
  folder.remove();
});

const SOURCES = new Map([['numbers', 'SELECT range AS n FROM range(5)'], ["it's", 'SELECT 1 AS one']]);

describe('withSources', () => {
  it.each([
    ['a plain query', 'select sum(n) from numbers'],
    ['a trailing semicolon and blanks', 'select sum(n) from numbers ;\n'],
    ['a query with CTEs of its own', 'with doubled as (select n * 2 as n from numbers) select sum(n) // 2 from doubled'],
    ['a recursive one', 'with recursive up(i) as (select 0 union all select i + 1 from up where i < 4) select sum(n) from numbers where n in (select i from up)'],
    ['comments before WITH', '-- why\n /* and how */ WITH a AS (SELECT n FROM numbers) SELECT sum(n) FROM a'],
    ['a column that is named like the keyword', 'select sum(n) as "with" from numbers'],
  ])('makes the sources visible to %s', async (_, sql) => {
    expect((await session.query(withSources(SOURCES, sql))).rows).toEqual([['10']]);
  });

  it('lets a filter reach into the source, as nothing is materialised', async () => {
    const plan = await session.query(`EXPLAIN ${withSources(SOURCES, 'select n from numbers a where n = 3 union all select n from numbers b where n = 4')}`);
    expect(JSON.stringify(plan.rows)).not.toMatch(/CTE_SCAN/);
  });

  it('gives the query back when there are no sources', () => {
    expect(withSources(new Map(), 'select 1;')).toBe('select 1');
  });
});

describe('quoting', () => {
  it('keeps quotes inside text, names and lists', async () => {
    const { rows, columns } = await session.query(`SELECT ${quoteLiteral("it's")} AS ${quoteIdentifier('a "b"')}, ${literalList(["x'y", 'z'])}[1]`);
    expect(rows).toEqual([["it's", "x'y"]]);
    expect(columns[0]?.name).toBe('a "b"');
  });
});

describe('duckdbError', () => {
  it.each([
    ['IO Error: No files found that match the pattern "x"', 'storage_read', false],
    ['HTTP Error: HTTP GET error on "http://x" (HTTP 503)', 'storage_read', true],
    ['HTTP Error: HTTP GET error on "http://x" (HTTP 403)', 'storage_read', false],
    ["HTTP Error: Request returned HTTP 429 for HTTP HEAD to 'http://x/503'", 'storage_read', true],
    ["HTTP Error: HTTP GET error reading 's3://b/503' in region 'us-east-1' (HTTP 404 Not Found)", 'storage_read', false],
    ["HTTP Error: HTTP GET error reading 's3://b/k' in region 'eu-west-1' (HTTP 301 Moved Permanently)", 'storage_read', false],
    ["IO Error: Could not connect to server error for HTTP HEAD to 'http://127.0.0.1:1/b/k'", 'storage_read', true],
    ["IO Error: Transferred a partial file error for HTTP GET to 'http://127.0.0.1:1/b/k'", 'storage_read', true],
    ["IO Error: Server returned nothing (no headers, no data) error for HTTP GET to 'http://127.0.0.1:1/b/k'", 'storage_read', true],
    ["IO Error: SSL peer certificate or SSH remote key was not OK error for HTTP HEAD to 'https://b/k'", 'storage_read', false],
    ['IO Error: Could not write file "x": No space left on device', 'out_of_disk', false],
    ['Out of Memory Error: failed to offload data block of size 256.0 KiB (9.4 MiB/9.5 MiB used).', 'out_of_disk', false],
    ['Out of Memory Error: could not allocate block of size 256.0 KiB', 'out_of_memory', false],
    ["Invalid Input Error: No magic bytes found at end of file 'x'", 'dataset_invalid', false],
    ['Invalid Input Error: Failed to read file "x": schema mismatch in glob: column "l_orderkey"', 'schema_mismatch', false],
    ['INTERRUPT Error: Interrupted!', 'cancelled', false],
    ['Binder Error: Referenced column "interrupted" not found in FROM clause!', 'query_failed', false],
  ])('reads "%s" as %s', (message, code, retryable) => {
    expect(duckdbError(new Error(`${message}\nmore`))).toMatchObject({ code, retryable, message: `DuckDB: ${message}` });
  });

  it.each([
    [403, 'AccessDenied', 's3:GetObject'], [400, 'ExpiredToken', 'expired'], [400, 'AuthorizationHeaderMalformed', 'AWS_REGION'],
  ])('says what to do about S3 answering %s %s', (status, name, remedy) => {
    const message = `HTTP Error: HTTP GET error reading 's3://b/k' (HTTP ${status} Something)\n\n${name}: its words\n\nLINE 1: SELECT`;
    const error = duckdbError(new Error(message));
    expect(error).toMatchObject({ code: 'storage_read', retryable: false });
    expect(error.sentence).toMatch(new RegExp(`HTTP ${status} Something\\): ${name} .*${remedy}`));
  });
});
