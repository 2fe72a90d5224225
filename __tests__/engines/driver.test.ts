import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { loadDataset } from '../../workloads/dataset/load.js';
import type { EngineSession, QueryText, SessionContext } from '../../workloads/engines/contract.js';
import type { DriverChannel } from '../../workloads/engines/driver/channel.js';
import { DriverEndpoint } from '../../workloads/engines/driver/endpoint.js';
import { DRIVER_PATHS, type DriverHello, type DriverOrder, type DriverOutcome } from '../../workloads/model/driver-protocol.js';
import type { DatasetHandle } from '../../workloads/model/manifest.js';
import { StandInRunner, type StandIn } from '../fixtures/driver/stand-in.js';
import { sessionContext } from '../fixtures/inline-flow.js';
import { leftOf, listenersBeyondLoopback, processesOf } from '../fixtures/processes.js';
import { judged, runOptions, SAMPLE_DATASET, suiteQuery, unaccountedOf } from './contract.js';

let dataset: DatasetHandle;
const scratchDir = mkdtempSync(join(tmpdir(), 'driver-'));
const open: EngineSession[] = [];
const start = async (standIn: StandIn = {}, context: Partial<SessionContext> = {}): Promise<EngineSession> => {
  const session = await new StandInRunner(standIn).open(sessionContext(dataset, scratchDir, { variant: 'default', ...context }));
  open.push(session);
  return session;
};
const text = (words: string): QueryText => ({ id: 'Q1', text: words });
beforeAll(async () => { dataset = await loadDataset(SAMPLE_DATASET); });
afterEach(async () => {
  await Promise.all(open.splice(0).map((session) => session.close()));
  const left = await leftOf(scratchDir);
  if (left.length > 0) throw new Error(`Processes ${left.join(', ')} outlived their session.`);
});
afterAll(() => { rmSync(scratchDir, { recursive: true, force: true }); });

describe('a session that a driver program holds', () => {
  it('gives what the driver told of a query, with its files where a reader finds them', async () => {
    const kept = mkdtempSync(join(tmpdir(), 'kept-'));
    const session = await start({}, { artifactsUri: kept });
    const outcome = await session.run(suiteQuery('Q6'), runOptions({ repetition: 2 }));
    expect(outcome).toMatchObject({
      status: 'ok', engineMs: 4, traceLink: join(kept, 'Q06-2.plan.txt'), coverage: null,
      usage: { bytesRead: 123456, bytesExchanged: 7, cpuMs: 3.5, peakMemoryBytes: 9, splitsPerNode: [3, 1], nodesUsed: 2, maxRssBytes: null },
    });
    expect(outcome.stages).toEqual({ scan_ms: 5 });
    expect(readdirSync(kept).sort()).toEqual(['Q06-2.plan.txt', 'driver.log']);
    rmSync(kept, { recursive: true });
  });

  it('takes progress bars, and lines that look like answers, for the log that they are', async () => {
    const session = await start({ fault: 'progress bars' });
    for (const query of ['Q6', 'Q12'] as const) expect(await judged(dataset, query, await session.run(suiteQuery(query), runOptions()), session)).toBeNull();
  });

  it.each(['wrong answer', 'lost scale', 'lost row'])('lets the gate see a %s', async (fault) => {
    const session = await start({ fault });
    expect(await judged(dataset, 'Q6', await session.run(suiteQuery('Q6'), runOptions()), session)).toMatch(/^answer: /);
  });

  it('refuses a clock that tells more than passed', async () => {
    const session = await start({ fault: 'clock too long' });
    expect(await session.run(suiteQuery('Q6'), runOptions())).toMatchObject({ status: 'infrastructure_error', error: expect.stringMatching(/its clock cannot be used/) as string });
  });

  it('shows a clock that stops before the rows are decoded', async () => {
    const query = text('rows 10');
    expect(await unaccountedOf(await start(), query)).toBeLessThan(250);
    expect(await unaccountedOf(await start({ fault: 'decodes after the clock' }), query)).toBeGreaterThan(500);
  });

  it('keeps an answer whose figures could not be had', async () => {
    const session = await start({ fault: 'no figures' });
    const outcome = await session.run(suiteQuery('Q6'), runOptions());
    expect(outcome).toMatchObject({ status: 'ok', usage: { bytesRead: null, cpuMs: null } });
    expect(await judged(dataset, 'Q6', outcome, session)).toBeNull();
  });

  it('gives up a driver that does not speak the protocol', async () => {
    const session = await start({ fault: 'nonsense' });
    expect(await session.run(suiteQuery('Q6'), runOptions())).toMatchObject({ status: 'infrastructure_error', error: expect.stringMatching(/not of the protocol.*bytes_read/s) as string });
    expect(await session.run(suiteQuery('Q6'), runOptions())).toMatchObject({ status: 'infrastructure_error', error: expect.stringMatching(/is lost/) as string });
  });

  it.each([['fail out of memory', 'out_of_memory'], ['lose', 'engine_error'], ['kill', 'engine_error']])('tells %s by status %s', async (words, status) => {
    const session = await start();
    expect(await session.run(text(words), runOptions())).toMatchObject({ status });
    const next = await session.run(suiteQuery('Q6'), runOptions());
    expect(next.status).toBe(words.startsWith('fail') ? 'ok' : 'infrastructure_error');
  });

  it('runs nothing while parked', async () => {
    const session = await start({ fault: 'progress bars' });
    await session.park?.();
    const states = processesOf(scratchDir).map((pid) => readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.[0]);
    // The guard alone is awake: it waits for the end of this process.
    expect(states.filter((state) => state === 'T').length).toBe(states.length - 1);
    await session.unpark?.();
    expect(await session.run(suiteQuery('Q6'), runOptions())).toMatchObject({ status: 'ok' });
    await session.park?.();
  });
});

describe('a driver program that does not come up', () => {
  it.each([
    [{ fault: 'does not open' }, 'engine_unavailable', /^The planted engine is not there\.$/],
    [{ fault: 'ends before it is ready' }, 'infrastructure', /ended \(exit code 7\) before it was ready; it said last: planted last words\.$/],
    [{ fault: 'never ready', helloWithinMs: 400 }, 'infrastructure', /was not ready within 0\.4 s/],
    [{ version: '2.0.0', expectedVersion: '2.0.1' }, 'engine_unavailable', /^StandIn 2\.0\.0 answered, where 2\.0\.1 was asked for\.$/],
    [{ python: '/nonexistent/python' }, 'tool_missing', /^\/nonexistent\/python cannot be started/],
  ])('%j is told as %s, and nothing is left', async (standIn, code, message) => {
    await expect(start(standIn)).rejects.toMatchObject({ code, message: expect.stringMatching(message) as string });
    expect(await leftOf(scratchDir)).toEqual([]);
    expect(readdirSync(scratchDir)).toEqual([]);
  });

  it('is not taken for the version asked for only because one was asked for', async () => {
    expect((await start({ version: '2.0.1', expectedVersion: '2.0.1' })).version).toBe('2.0.1');
  });
});

describe('a driver program whose measuring process is killed', () => {
  it.each(['open', 'parked', 'running'])('ends with everything it started, while %s', async (state) => {
    const folder = mkdtempSync(join(tmpdir(), 'orphan-'));
    const child = spawn(process.execPath, ['-r', join(__dirname, '..', 'fixtures', 'run-typescript.cjs'), join(__dirname, '..', 'fixtures', 'driver', 'hold-session.ts'), folder, state], { stdio: ['ignore', 'pipe', 'inherit'] });
    await new Promise((resolve) => child.stdout.once('data', resolve));
    expect(processesOf(join(folder, 'standin')).length).toBeGreaterThanOrEqual(3);
    child.kill('SIGKILL');
    expect(await leftOf(join(folder, 'standin'))).toEqual([]);
    rmSync(folder, { recursive: true, force: true });
  }, 30_000);
});

describe('the look at who listens', () => {
  it('notices what listens to other machines, and nothing else', () => {
    const line = (address: string, state = '0A'): string => `   0: ${address} 00000000:0000 ${state} 00000000:00000000 00:00000000 00000000     0        0 4711 1 0 100 0 0 10 0`;
    const table = ['head', line('0100007F:1F90'), line('00000000:1F90', '01'), line('0000000000000000FFFF00000100007F:9B5D'), line('00000000000000000000000001000000:9B5D')];
    expect(listenersBeyondLoopback(table.join('\n'))).toEqual([]);
    const planted = ['00000000:1F90', '0200A8C0:1F90', '00000000000000000000000000000000:1F90', '0000000000000000FFFF00000200A8C0:9B5D'];
    expect(listenersBeyondLoopback([...table, ...planted.map((address) => line(address))].join('\n'))).toEqual(planted.map((address) => ({ address, inode: '4711' })));
  });
});

describe('the endpoint', () => {
  const hello: DriverHello = {
    session_id: 's', engine_version: '1', label: 'x', open_stages: { start_ms: null, session_ms: null, register_ms: null, analyze_ms: null },
    parity: { nodes: 1, threads_total: 1, memory_limit_bytes_total: 1, parallelism: null, scratch_free_bytes: null }, settings: {}, result_cache: 'none', pid: null, ui: null,
  };
  const order: DriverOrder = { order_id: 'Q1-1-1', query: 'Q1', text: 'x', repetition: 1, timeout_ms: 1 };
  const failed: DriverOutcome = { status: 'engine_error', session_id: 's', order_id: 'Q1-1-1', error: 'x', trace_link: null, session_lost: false };
  let endpoint: DriverEndpoint;
  let channel: DriverChannel;
  const call = (path: string, body: unknown, token = channel.token): Promise<{ status: number; content: unknown }> => post(endpoint.address, path, body, token);
  beforeEach(async () => {
    endpoint = await DriverEndpoint.listen({ host: '127.0.0.1', port: 0 });
    channel = endpoint.open('s');
  });
  afterEach(async () => { await endpoint.close(); });

  it('tells nothing without a token of one of its sessions, over TCP as over a socket', async () => {
    expect((await call(DRIVER_PATHS.hello, hello, 'another')).status).toBe(401);
    expect((await call(DRIVER_PATHS.hello, { ...hello, session_id: 'other' })).status).toBe(400);
    expect((await call('/v1/other', {})).status).toBe(404);
    expect((await call(DRIVER_PATHS.hello, hello)).status).toBe(204);
    expect(await channel.hello).toEqual(hello);
    endpoint.release(channel);
    expect((await call(DRIVER_PATHS.hello, hello)).status).toBe(401);
  });

  it('hands an order out again until its outcome has come, and passes over what it was told before', async () => {
    await call(DRIVER_PATHS.hello, hello);
    const asked = channel.ask(order);
    expect(await call(DRIVER_PATHS.next, {})).toEqual({ status: 200, content: order });
    expect(await call(DRIVER_PATHS.next, {})).toEqual({ status: 200, content: order });
    expect((await call(DRIVER_PATHS.alive, { session_id: 's', order_id: 'Q1-1-1' })).content).toEqual({ cancel: false });
    channel.cancel();
    expect((await call(DRIVER_PATHS.alive, { session_id: 's', order_id: 'Q1-1-1' })).content).toEqual({ cancel: true });
    expect((await call(DRIVER_PATHS.done, failed)).status).toBe(204);
    expect((await call(DRIVER_PATHS.done, failed)).status).toBe(204);
    expect(await asked).toEqual(failed);
    expect((await call(DRIVER_PATHS.alive, { session_id: 's', order_id: 'Q1-1-1' })).content).toEqual({ cancel: true });
  });

  it('gives an order to the driver that asks next when the one that waited has hung up', async () => {
    await call(DRIVER_PATHS.hello, hello);
    const waiting = hangUp(endpoint.address, DRIVER_PATHS.next, channel.token);
    await channel.asksAgain();
    waiting();
    await sleep(50);
    void channel.ask(order);
    expect(await call(DRIVER_PATHS.next, {})).toEqual({ status: 200, content: order });
  });

  it('asks a driver it does not know to say hello again, and knows the token it is given', async () => {
    const again = endpoint.open('s', 'kept-token');
    expect((await call(DRIVER_PATHS.next, {}, 'kept-token')).status).toBe(409);
    await call(DRIVER_PATHS.hello, hello, 'kept-token');
    again.end();
    expect((await call(DRIVER_PATHS.next, {}, 'kept-token')).status).toBe(410);
  });

  it('rejects where its place is taken', async () => {
    const port = Number(new URL(endpoint.address).port);
    await expect(DriverEndpoint.listen({ host: '127.0.0.1', port })).rejects.toMatchObject({ code: 'EADDRINUSE' });
    expect(existsSync(scratchDir)).toBe(true);
  });
});

function post(address: string, path: string, body: unknown, token: string): Promise<{ status: number; content: unknown }> {
  return new Promise((resolve, reject) => {
    const asked = request(new URL(path, address), { method: 'POST', headers: { authorization: `Bearer ${token}` } }, (answer) => {
      const parts: Buffer[] = [];
      answer.on('data', (part: Buffer) => parts.push(part));
      answer.on('end', () => {
        const content = Buffer.concat(parts).toString('utf8');
        resolve({ status: answer.statusCode ?? 0, content: content === '' ? null : JSON.parse(content) });
      });
    });
    asked.on('error', reject);
    asked.end(JSON.stringify(body));
  });
}

/** Asks and gives what hangs up. */
function hangUp(address: string, path: string, token: string): () => void {
  const asked = request(new URL(path, address), { method: 'POST', headers: { authorization: `Bearer ${token}` } });
  asked.on('error', () => undefined);
  asked.end('{}');
  return () => { asked.destroy(); };
}
