import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { chmod, writeFile } from 'node:fs/promises';
import { connect, createServer, type AddressInfo, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadDataset } from '../../workloads/dataset/load.js';
import { Bridge, bridgePlans } from '../../workloads/engines/daft/bridge.js';
import { namespaceCommand } from '../../workloads/engines/daft/namespaces.js';
import { DaftRunner } from '../../workloads/engines/daft/runner.js';
import { daftTierOptions, rayMemory } from '../../workloads/engines/daft/settings.js';
import { DuckDBRunner } from '../../workloads/engines/duckdb.js';
import { FlowbenchError } from '../../workloads/model/errors.js';
import { contextPaths, parseDockerfile } from '../../workloads/model/dockerfile.js';
import { DAFT_PROGRAMS, python, rewrites } from '../fixtures/daft-programs.js';
import { sessionContext } from '../fixtures/inline-flow.js';
import { dockerfileProblems } from '../images/dockerfile-rules.js';
import { missingModules } from '../images/python-modules.js';
import { judged, runOptions, SAMPLE_DATASET, suiteQuery } from './contract.js';

const scratchDir = mkdtempSync(join(tmpdir(), 'daft-'));
afterAll(() => { rmSync(scratchDir, { recursive: true, force: true }); });

const fingerprint = (text: string): string => createHash('sha256').update(text.split(/\s+/).filter((word) => word !== '').join(' ')).digest('hex');

describe('texts that Daft runs instead of the suite\'s', () => {
  it.each(rewrites())('$query: is of the text the suite has today, and says why', ({ query, header, text }) => {
    expect(header.of).toBe(fingerprint(suiteQuery(query).text));
    expect(header.reason).toMatch(/^Daft .{20,}/);
    expect(Object.keys(header).filter((name) => !['reason', 'of', 'numeric', 'rounded'].includes(name))).toEqual([]);
    expect(text).toMatch(/^select/);
  });

  it('give the suite\'s answers on another engine too', async () => {
    const dataset = await loadDataset(SAMPLE_DATASET);
    const session = await new DuckDBRunner().open(sessionContext(dataset, scratchDir));
    const verdicts: Record<string, string | null> = {};
    for (const { query, text } of rewrites()) verdicts[query] = await judged(dataset, query, await session.run({ id: query, text }, runOptions()), session);
    // A fault in one of them: `substr` counts from 1 there.
    const q22 = rewrites().find(({ query }) => query === 'Q22');
    const faulty = await session.run({ id: 'Q22', text: q22?.text.replaceAll('left(c_phone, 2)', 'substr(c_phone, 2, 2)') ?? '' }, runOptions());
    expect(await judged(dataset, 'Q22', faulty, session)).toMatch(/answer|cntrycode|row/);
    await session.close();
    expect(verdicts).toEqual({ Q1: null, Q8: null, Q9: null, Q14: null, Q21: null, Q22: null });
  });

  const TABLES = (type: string): string => `{"lineitem": {"columns": [{"name": "l_tax", "type": "${type}"}], "files": []}}`;
  const chosen = async (type: string, query: string, text: string): Promise<unknown> => JSON.parse(await python(`
import json, sys
from daft_rewrites import Rewrites
rewrites = Rewrites(${TABLES(type)})
found = rewrites.of("${query}", ${JSON.stringify(text)})
print(json.dumps([found is not None, *rewrites.precision("${query}", found)]))`));

  it('are run only in place of the very text, and where money is decimal only if they are about that', async () => {
    const { text } = suiteQuery('Q1');
    expect(await chosen('DECIMAL(15,2)', 'Q1', text)).toEqual([true, 'rounded', expect.stringMatching(/^an average/)]);
    expect(await chosen('DECIMAL(15,2)', 'Q1', text.replace('select', 'select  '))).toEqual([true, 'rounded', expect.anything()]);
    expect(await chosen('DECIMAL(15,2)', 'Q1', `${text} limit 1`)).toEqual([false, 'exact', null]);
    expect(await chosen('DOUBLE', 'Q1', text)).toEqual([false, 'double', expect.stringMatching(/DOUBLE/)]);
    expect(await chosen('DOUBLE', 'Q21', suiteQuery('Q21').text)).toEqual([true, 'double', expect.anything()]);
    expect(await chosen('DECIMAL(15,2)', 'Q6', suiteQuery('Q6').text)).toEqual([false, 'exact', null]);
  });
});

describe('what Daft or Ray throws', () => {
  it.each([
    ["Unsupported SQL: '`SUBSTRING(expr [FROM start] [FOR len])` syntax'", 'unsupported'],
    ['Daft error: DaftError::External Unable to create logical plan node.\nDue to: DaftError::TypeError Cannot infer supertypes for divide on types', 'unsupported'],
    ['Table not found: nowhere', 'engine_error'],
    ['Unable to open file s3://b/k: AccessDenied 403', 'infrastructure_error'],
    ['MiscTransient\n\nCaused by the following errors:\n  1: Misc Transient error trying to read path `s3://b/k`\n  2: unhandled error\n  3: Error', 'infrastructure_error'],
    ['DaftError::IoError No space left on device (os error 28)', 'out_of_disk'],
    ['ray.exceptions.OutOfMemoryError: Task was killed due to the node running low on memory.', 'out_of_memory'],
    ['ray.exceptions.ActorDiedError: The actor died unexpectedly before finishing this task.', 'engine_error'],
    ['something nobody has seen', 'engine_error'],
  ])('%s', async (message, status) => {
    const said = await python(`from daft_failures import failure_of\nfailure = failure_of(RuntimeError(${JSON.stringify(message)}), False)\nprint(failure.status, failure.session_lost, failure.error)`);
    expect(said.split(' ')[0]).toBe(status);
    expect(said).not.toContain('\n');
    expect(said.split(' ')[1]).toBe(message.includes('ActorDied') ? 'True' : 'False');
  });
});

describe('a query that does not listen', () => {
  const told = (limit: string, stop: string): Promise<string> => python(`
import threading, time
from interruptible import Interruptible
one = Interruptible(lambda: 200, ${limit})
${stop}
started = time.monotonic()
try:
    print(one.run(lambda: time.sleep(3)))
except Exception as error:
    print(type(error).__name__, time.monotonic() - started < 2, one.is_running())`);

  it('is given up when it is interrupted, or holds too much memory, and is known to be still there', async () => {
    expect(await told('None', 'threading.Timer(0.1, one.interrupt).start()')).toBe('Interrupted True True');
    expect(await told('199', '')).toBe('MemoryExceeded True True');
    expect(await python('from interruptible import Interruptible\none = Interruptible(lambda: 200, 200)\nprint(one.run(lambda: 7))')).toBe('7');
  });
});

describe('keys for S3', () => {
  const asked = (keys: string, environment: string): Promise<string> => python(`
import os, sys, types
sys.modules["daft"] = types.ModuleType("daft")
sys.modules["daft.io"] = io = types.ModuleType("daft.io")
io.S3Config = lambda **given: given
io.IOConfig = lambda s3: s3
os.environ.update(${environment})
from flowbench_engine import OpenFailed, Session
from daft_tables import _io_config
s3 = {"region": "r", "endpoint": None, "session_token": None, **${keys}}
session = Session("c", "s", "s3://b/p", "d", {}, s3, 2, 1, "/", None, {})
try:
    print("anonymous" if _io_config(session)["anonymous"] else "with keys")
except OpenFailed as error:
    print(error.kind, error)`);

  it('are always asked with: without any, Daft would ask as nobody', async () => {
    expect(await asked('{"access_key_id": "a", "secret_access_key": "b"}', '{}')).toBe('with keys');
    expect(await asked('{"access_key_id": None, "secret_access_key": None}', '{"AWS_WEB_IDENTITY_TOKEN_FILE": "/t"}')).toBe('with keys');
    expect(await asked('{"access_key_id": None, "secret_access_key": None}', '{}')).toMatch(/^engine_unavailable There are no keys/);
  });
});

describe('where there are no namespaces', () => {
  it('is unavailable with the system\'s reason, on Ray and only there', async () => {
    const planted = join(scratchDir, 'unshare');
    await writeFile(planted, '#!/bin/sh\necho "unshare: unshare failed: Operation not permitted" >&2\nexit 1\n');
    await chmod(planted, 0o755);
    const dataset = await loadDataset(SAMPLE_DATASET);
    const runner = new DaftRunner({ home: () => Promise.resolve({ python: 'python3', ray: 'ray', daftVersion: '0', rayVersion: '0' }), unshare: planted });
    const error = await runner.open(sessionContext(dataset, scratchDir, { variant: 'runner=ray' })).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(FlowbenchError);
    expect(error).toMatchObject({ code: 'engine_unavailable', message: expect.stringMatching(/none can be made here \(unshare: unshare failed: Operation not permitted\)/) as string });
    await expect(namespaceCommand(join(scratchDir, 'no-such-program'))).rejects.toMatchObject({ code: 'engine_unavailable' });
  });
});

describe('variants, tiers and memory', () => {
  it('are those there are', async () => {
    const dataset = await loadDataset(SAMPLE_DATASET);
    const runner = new DaftRunner({ home: () => Promise.reject(new FlowbenchError('tool_missing', 'not installed')) });
    await expect(runner.open(sessionContext(dataset, scratchDir, { variant: 'runner=dask' }))).rejects.toThrow('Unknown variant "runner=dask".');
    await expect(runner.open(sessionContext(dataset, scratchDir, { variant: 'runner=ray', tier: 'plan' }))).rejects.toThrow('Daft has no tier "plan".');
    await expect(runner.open(sessionContext(dataset, scratchDir, { variant: 'runner=ray' }))).rejects.toMatchObject({ code: 'tool_missing' });
    expect(daftTierOptions('default')).toEqual({});
    expect(rayMemory(1_000)).toEqual({ objectStoreBytes: 300, workerBytes: 700 });
  });
});

describe('the way out of the namespace', () => {
  it('leads to the server of the dataset and nowhere else', () => {
    expect(bridgePlans('s3://data/tpch', { region: 'us-east-2', endpoint: 'http://127.0.0.1:7070' })).toEqual([{ hosts: ['127.0.0.1'], port: 7070, host: '127.0.0.1', socketName: 'b' }]);
    expect(bridgePlans('s3://data/tpch', { region: 'us-east-2' })).toEqual([
      { hosts: ['s3.us-east-2.amazonaws.com', 'data.s3.us-east-2.amazonaws.com'], port: 443, host: 's3.us-east-2.amazonaws.com', socketName: 'b' },
    ]);
  });

  it('carries both ways, and ends with the session', async () => {
    const server: Server = createServer({ allowHalfOpen: true }, (socket) => { socket.pipe(socket); });
    await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
    const plan = { hosts: [], port: (server.address() as AddressInfo).port, host: '127.0.0.1', socketName: 'b' };
    const bridges = await Bridge.listenAll([plan], scratchDir);
    const echoed = await new Promise<string>((resolve, reject) => {
      let text = '';
      connect(join(scratchDir, 'b')).on('data', (data) => { text += data.toString(); }).on('end', () => { resolve(text); }).on('error', reject).end('there and back');
    });
    expect(echoed).toBe('there and back');
    await Bridge.closeAll(bridges);
    server.close();
    await expect(new Promise((resolve, reject) => { connect(join(scratchDir, 'b')).on('connect', resolve).on('error', reject); })).rejects.toMatchObject({ code: 'ENOENT' });
  });
});

describe('the image', () => {
  const text = `ARG RAY_IMAGE=rayproject/ray:2.57.0-py312@sha256:${'a'.repeat(64)}\n${readFileSync(join(DAFT_PROGRAMS, 'Dockerfile'), 'utf8')}`;

  it('keeps the rules of images', () => {
    expect(dockerfileProblems(text)).toEqual([]);
  });

  it('has every program that the driver imports, and the rewrites', () => {
    expect(missingModules(text)).toEqual([]);
    expect(contextPaths(parseDockerfile(text))).toEqual(expect.arrayContaining(['lib/images/daft/driver.py', 'lib/images/daft/rewrites']));
  });

  it.each(['driver/flowbench_calls.py', 'daft/ray_runner.py'])('would be noticed without %s', (forgotten) => {
    expect(missingModules(text.replace(`lib/images/${forgotten} `, '').replace(` lib/images/${forgotten}`, ''))).toEqual([forgotten.split('/')[1]]);
  });
});
