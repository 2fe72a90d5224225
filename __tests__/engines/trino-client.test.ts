import type { Limits } from '../../workloads/coordinator/interrupt.js';
import { TrinoClient, type TrinoClientOptions } from '../../workloads/engines/trino/client.js';
import { queryError } from '../../workloads/engines/trino/errors.js';
import { parseExactJson } from '../../workloads/engines/trino/exact-json.js';
import { scanWorkOf } from '../../workloads/engines/trino/query-info.js';
import { FlowbenchError } from '../../workloads/model/errors.js';
import { FakeTrino } from '../fixtures/fake-trino.js';

let server: FakeTrino;
let client: TrinoClient;
const clientOf = (options: Partial<TrinoClientOptions> = {}): TrinoClient =>
  new TrinoClient({ url: server.url, catalog: 'hive', schema: 'tpch', retry: { budgetMs: 400, firstDelayMs: 2, maxDelayMs: 10 }, ...options });
const limits = (overrides: Partial<Limits> = {}): Limits => ({ deadlineAtMs: performance.now() + 10_000, signal: new AbortController().signal, ...overrides });

beforeEach(async () => {
  server = await new FakeTrino().listen();
  client = clientOf();
});
afterEach(async () => {
  client.close();
  await server.stop();
});

describe('rows', () => {
  const one = async (type: string, value: string): Promise<string | null | undefined> => {
    server.answers.set('SELECT v', { columns: [['v', type]], pages: [`[[${value}]]`] });
    return (await client.run('SELECT v', limits())).rows[0]?.[0];
  };

  it.each([
    ['bigint', '9223372036854775807', '9223372036854775807'],
    ['bigint', '-9007199254740993', '-9007199254740993'],
    ['integer', '7', '7'],
    ['decimal(38, 4)', '"1193053.2253"', '1193053.2253'],
    ['decimal(15,2)', '"-0.10"', '-0.10'],
    ['decimal(20,0)', '"12345678901234567890"', '12345678901234567890'],
    ['double', '0.1', '0.1'],
    ['double', '1.2345678901234567E16', '12345678901234568'],
    ['double', '"NaN"', 'NaN'],
    ['varchar(25)', '"Ünï 1234567890123456789 \\"x\\""', 'Ünï 1234567890123456789 "x"'],
    ['char(3)', '"a  "', 'a  '],
    ['date', '"1994-01-01"', '1994-01-01'],
    ['boolean', 'true', 'true'],
    ['varchar', 'null', null],
  ])('of type %s come as canonical text: %s', async (type, sent, text) => {
    expect(await one(type, sent)).toBe(text);
  });

  it.each([['decimal(15,2)', '"1.5"'], ['decimal(15,2)', '1.5'], ['bigint', '1.5'], ['bigint', '"x"'], ['date', '19940101'], ['double', '"1"']])('of type %s are refused where they hold %s', async (type, sent) => {
    await expect(one(type, sent)).rejects.toThrow(/column "v" of kind/);
  });

  it('of a type without canonical text are refused by its name', async () => {
    await expect(one('timestamp(3)', '"2020-01-01"')).rejects.toThrow('Column "v" has type timestamp(3)');
  });

  it('of all pages are there once, in order', async () => {
    server.answers.set('SELECT p', { columns: [['p', 'integer']], pages: ['[[1],[2]]', '[]', '[[3]]'] });
    const { rows, columns } = await client.run('SELECT p', limits());
    expect(rows).toEqual([['1'], ['2'], ['3']]);
    expect(columns).toEqual([{ name: 'p', type: { kind: 'integer' } }]);
  });

  it('lose digits where JSON is read as doubles, which reading exactly prevents', () => {
    const text = '{"a":[9007199254740993,"9007199254740993 \\" 1",0.1234567890123456789,-12345678901234567890]}';
    expect((JSON.parse(text) as { a: unknown[] }).a[0]).toBe(9007199254740992);
    expect(parseExactJson(text)).toEqual({ a: ['9007199254740993', '9007199254740993 " 1', 0.12345678901234568, '-12345678901234567890'] });
  });
});

describe('the protocol', () => {
  it('says who asks and in which schema, and sends the text as it is', async () => {
    await client.run('SELECT 1', limits());
    expect(server.statements).toEqual(['SELECT 1']);
    expect(server.headers[0]).toMatchObject({ 'x-trino-user': 'flowbench', 'x-trino-catalog': 'hive', 'x-trino-schema': 'tpch', 'x-trino-time-zone': 'UTC' });
  });

  it.each([502, 503, 504, 429])('asks again after status %i, for the statement and for a page of its result', async (status) => {
    server.fault = ({ path, count }) => (path.startsWith('/v1/statement') && count < 3 ? status : null);
    expect((await client.run('SELECT 1', limits())).rows).toEqual([['1']]);
    expect(server.statements).toHaveLength(1);
    expect(server.count('GET', /^\/v1\/statement/)).toBe(3);
  });

  it('asks again for a page whose connection broke, and not for a statement: it may be running', async () => {
    server.fault = ({ path, count }) => (path.endsWith('/1') && count === 1 ? 'reset' : null);
    expect((await client.run('SELECT 1', limits())).rows).toEqual([['1']]);
    server.fault = ({ method, count }) => (method === 'POST' && count === 2 ? 'reset' : null);
    // A fresh connection: one that was kept and found closed is another matter.
    await expect(clientOf().run('SELECT 1', limits())).rejects.toMatchObject({ code: 'infrastructure' });
    expect(server.statements).toHaveLength(1);
  });

  it('gives up within its budget, and says what it met', async () => {
    server.fault = () => 503;
    await expect(client.run('SELECT 1', limits())).rejects.toThrow(/answered with status 503.*tried \d+ times/);
  });

  it('says at once why a server that is gone never answers', async () => {
    server.fault = () => 'reset';
    await expect(clientOf({ lost: () => new FlowbenchError('query_failed', 'it was killed') }).run('SELECT 1', limits())).rejects.toThrow('it was killed');
  });

  it('takes no page from another host, and nothing that is no page', async () => {
    server.nextHost = 'http://127.0.0.1:1';
    await expect(client.run('SELECT 1', limits())).rejects.toThrow('names 127.0.0.1:1 as the place of its answer');
    server.nextHost = null;
    server.fault = ({ path }) => (path.endsWith('/1') ? 404 : null);
    await expect(client.run('SELECT 1', limits())).rejects.toThrow('no longer knows the query');
    server.fault = ({ method }) => (method === 'POST' ? 200 : null);
    await expect(client.run('SELECT 1', limits())).rejects.toThrow('sent no JSON');
    server.fault = ({ method }) => (method === 'POST' ? 401 : null);
    await expect(client.run('SELECT 1', limits())).rejects.toThrow('refused the request with status 401');
  });
});

describe('a query that is stopped', () => {
  beforeEach(() => { server.answers.set('SELECT forever', { pages: 'never' }); });

  it('is cancelled at its time limit, and seen to be gone', async () => {
    await expect(client.run('SELECT forever', limits({ deadlineAtMs: performance.now() + 60 }))).rejects.toMatchObject({ code: 'timeout', message: expect.stringContaining('Trino shows that it is gone.') as string });
    expect(server.count('DELETE', /^\/v1\/statement\/query_1\//)).toBe(1);
    expect(server.count('GET', /^\/v1\/query\/query_1/)).toBeGreaterThan(0);
  });

  it('is cancelled on request, also before the statement is answered', async () => {
    const stop = new AbortController();
    setTimeout(() => { stop.abort(); }, 40);
    await expect(client.run('SELECT forever', limits({ signal: stop.signal }))).rejects.toMatchObject({ code: 'cancelled' });
    expect(server.count('DELETE', /./)).toBe(1);
    await expect(client.run('SELECT forever', limits({ signal: AbortSignal.abort() }))).rejects.toMatchObject({ code: 'cancelled' });
    expect(server.statements).toHaveLength(1);
  });

  it('that goes on all the same is told of', async () => {
    server.staysAfterCancel = true;
    const impatient = clientOf({ goneWithinMs: 100 });
    await expect(impatient.run('SELECT forever', limits({ deadlineAtMs: performance.now() + 30 }))).rejects.toThrow(/Trino still shows it 0.1 s later: RUNNING with 1 tasks/);
  });
});

describe('a failure of the engine', () => {
  const coded = (errorName: string, errorType: string, message = 'why'): string => queryError({ errorName, errorType, message }).code;

  it.each([
    ['EXCEEDED_LOCAL_MEMORY_LIMIT', 'INSUFFICIENT_RESOURCES', 'out_of_memory'],
    ['EXCEEDED_GLOBAL_MEMORY_LIMIT', 'INSUFFICIENT_RESOURCES', 'out_of_memory'],
    ['CLUSTER_OUT_OF_MEMORY', 'INSUFFICIENT_RESOURCES', 'out_of_memory'],
    ['EXCEEDED_TIME_LIMIT', 'INSUFFICIENT_RESOURCES', 'timeout'],
    ['NOT_SUPPORTED', 'USER_ERROR', 'plan_unsupported'],
    ['TABLE_NOT_FOUND', 'USER_ERROR', 'query_failed'],
    ['DIVISION_BY_ZERO', 'USER_ERROR', 'query_failed'],
    ['GENERIC_INTERNAL_ERROR', 'INTERNAL_ERROR', 'query_failed'],
    ['HIVE_BAD_DATA', 'EXTERNAL', 'query_failed'],
    ['HIVE_FILESYSTEM_ERROR', 'EXTERNAL', 'infrastructure'],
    ['NO_NODES_AVAILABLE', 'INTERNAL_ERROR', 'infrastructure'],
  ])('%s (%s) is %s', (errorName, errorType, code) => {
    expect(coded(errorName, errorType)).toBe(code);
  });

  it('is told by its cause where the name says less', () => {
    expect(coded('GENERIC_INTERNAL_ERROR', 'INTERNAL_ERROR', 'No space left on device')).toBe('out_of_disk');
    expect(coded('GENERIC_INTERNAL_ERROR', 'INTERNAL_ERROR', 'java.lang.OutOfMemoryError: Java heap space')).toBe('out_of_memory');
    expect(queryError({ errorName: 'HIVE_CURSOR_ERROR', errorType: 'EXTERNAL', message: 'Access Denied (Service: S3, Status Code: 403)\n at x' }).sentence).toBe(
      "Trino may not read the dataset's files. HIVE_CURSOR_ERROR: Access Denied (Service: S3, Status Code: 403). Give its credentials, or the role of its pods, the right to list and read them.",
    );
  });

  it('is told by what caused it, however deep that lies', () => {
    const failureInfo = { cause: { message: 'Failed to list', cause: { message: 'Access Denied (Service: S3, Status Code: 403)' } } };
    const failure = { errorName: 'HIVE_FILESYSTEM_ERROR', errorType: 'EXTERNAL', message: 'Failed to list directory' };
    expect(queryError({ ...failure, failureInfo }).message).toBe("Trino may not read the dataset's files. HIVE_FILESYSTEM_ERROR: Failed to list directory.");
    expect(queryError(failure).message).toBe('HIVE_FILESYSTEM_ERROR: Failed to list directory.');
  });

  it('reaches the caller with its name', async () => {
    server.answers.set('SELECT bad', { error: { errorName: 'DIVISION_BY_ZERO', errorType: 'USER_ERROR', message: 'Division by zero' } });
    await expect(client.run('SELECT bad', limits())).rejects.toThrow('DIVISION_BY_ZERO: Division by zero.');
  });
});

describe('what each node scanned', () => {
  const task = (nodeId: string, totalDrivers: number, operatorType: string) => ({ taskStatus: { nodeId }, stats: { pipelines: [{ totalDrivers, operatorSummaries: [{ operatorType }] }] } });

  it('is read where stages hang in each other and where they lie in a list', () => {
    const leaf = { tasks: [task('a', 3, 'TableScanOperator'), task('b', 5, 'ScanFilterAndProjectOperator')] };
    const root = { tasks: [task('a', 9, 'ExchangeOperator')], subStages: [leaf] };
    expect(scanWorkOf(JSON.stringify({ outputStage: root }))).toEqual({ splitsPerNode: [5, 3], nodes: ['a', 'b'] });
    expect(scanWorkOf(JSON.stringify({ stages: { outputStageId: '0', stages: [{ ...root, subStages: ['1'] }, leaf] } }))).toEqual({ splitsPerNode: [5, 3], nodes: ['a', 'b'] });
  });

  it.each(['', 'no json', '[]', '{}', '{"outputStage":{"tasks":[{}]}}'])('is unknown, and no failure, in %s', (text) => {
    expect(scanWorkOf(text)).toBeNull();
  });
});
