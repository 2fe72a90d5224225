import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseWorkerOptions } from '../../workloads/cli/worker/options.js';
import { aliveRequestSchema, doneRequestSchema, podIdentitySchema, type DoneRequest } from '../../workloads/model/warm-protocol.js';
import type { WorkUnitV2 } from '../../workloads/model/work-unit.js';
import type { WorkerMetrics } from '../../workloads/model/worker-metrics.js';
import type { WorkerEnvironment } from '../../workloads/worker/environment.js';
import { emptyMetrics, withError } from '../../workloads/worker/report.js';
import { takeUnits, type TakeOptions } from '../../workloads/worker/take-units.js';
import type { WarmPatience } from '../../workloads/worker/warm-calls.js';
import { FlowbenchError } from '../../workloads/model/errors.js';
import { environmentOf, onlyLine, runWorker, temporaryFolder, unitV2 } from './support.js';

const folder = temporaryFolder();
afterAll(() => { folder.remove(); });

const TOKEN = 'word-of-the-run';
const POD = { run_id: 'run-test', index: 3, pod: 'fw-warm-3', pod_uid: 'uid-3', node: 'node-3' };
const QUICK: WarmPatience = { callMs: 300, nextCallMs: 600, aliveEveryMs: 20, giveUpAfterMs: 1_000, firstRetryMs: 5, maxRetryMs: 20, stopMs: 150 };

type Reply = { readonly status: number; readonly body?: unknown } | 'hang' | 'cut';

/** A coordinator that answers as it is told; can be stopped and started on the same port. */
class Coordinator {
  readonly calls: { readonly path: string; readonly body: unknown; readonly token: string | undefined }[] = [];
  next: () => Reply = () => ({ status: 410 });
  alive: () => Reply = () => ({ status: 200, body: { stop: false } });
  done: () => Reply = () => ({ status: 204 });
  private server: Server | null = null;
  private port = 0;

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  async start(): Promise<void> {
    const server = createServer((request, response) => {
      let text = '';
      request.on('data', (chunk: Buffer) => { text += chunk.toString(); });
      request.on('end', () => {
        this.calls.push({ path: request.url ?? '', body: JSON.parse(text), token: request.headers.authorization });
        answer(response, this.replyTo(request.url));
      });
    });
    this.server = server;
    await new Promise<void>((resolve, reject) => { server.once('error', reject).listen(this.port, '127.0.0.1', resolve); });
    this.port = (server.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    const { server } = this;
    this.server = null;
    if (server === null) return;
    await new Promise<void>((resolve) => { server.close(() => { resolve(); }); server.closeAllConnections(); });
  }

  private replyTo(path: string | undefined): Reply {
    if (path === '/v1/next') return this.next();
    if (path === '/v1/alive') return this.alive();
    return path === '/v1/done' ? this.done() : { status: 404 };
  }

  reports(): DoneRequest[] {
    return this.calls.filter(({ path }) => path === '/v1/done').map(({ body }) => doneRequestSchema.parse(body));
  }
}

function answer(response: ServerResponse, reply: Reply): void {
  if (reply === 'hang') return;
  if (reply === 'cut') {
    response.destroy();
    return;
  }
  response.writeHead(reply.status, { 'content-type': 'application/json' }).end(reply.body === undefined ? '' : JSON.stringify(reply.body));
}

/** These replies in turn, then that the run is over. */
function inTurn(...replies: readonly Reply[]): () => Reply {
  const left = [...replies];
  return () => left.shift() ?? { status: 410 };
}

let coordinator: Coordinator;
beforeEach(async () => {
  coordinator = new Coordinator();
  await coordinator.start();
});
afterEach(() => coordinator.stop());

const unit = (id: string): WorkUnitV2 => ({ ...unitV2(folder.dir), id });
const work = (id: string, timeoutMs = 10_000): Reply => ({ status: 200, body: { unit: unit(id), timeout_ms: timeoutMs } });
const sound = (of: { readonly id: string }): WorkerMetrics => ({ ...emptyMetrics(null, 'node-3'), work_unit_id: of.id });

type Run = NonNullable<TakeOptions['run']>;
/** Ends when it is stopped, as a unit whose statement was interrupted. */
const untilStopped: Run = (of, env) => new Promise((resolve) => {
  env.signal.addEventListener('abort', () => { resolve(withError(sound(of), new FlowbenchError('cancelled', 'The unit was stopped by a signal.'))); });
});
const lasting = (durationMs: number): Run => async (of) => {
  await sleep(durationMs);
  return sound(of);
};

function take(run: Run, changes: Partial<WorkerEnvironment> = {}): Promise<void> {
  return takeUnits({ coordinator: { url: coordinator.url, token: TOKEN, pod: POD }, onReport: () => undefined, patience: QUICK, run }, environmentOf(folder.dir, changes));
}

describe('a worker that takes units from a coordinator', () => {
  it('asks, runs, gives signs of life, reports, and ends when no more will come', async () => {
    coordinator.next = inTurn({ status: 204 }, work('wu-1'), work('wu-2'));
    await take(lasting(60));
    expect(coordinator.reports().map(({ unit_id: id, metrics }) => [id, metrics.error])).toEqual([['wu-1', null], ['wu-2', null]]);
    const signs = coordinator.calls.filter(({ path }) => path === '/v1/alive').map(({ body }) => aliveRequestSchema.parse(body));
    expect(signs.length).toBeGreaterThan(2);
    expect(signs[0]).toEqual({ ...POD, unit_id: 'wu-1' });
    expect(podIdentitySchema.parse(coordinator.calls[0]?.body)).toEqual(POD);
    expect(new Set(coordinator.calls.map(({ token }) => token))).toEqual(new Set([`Bearer ${TOKEN}`]));
  });

  it('gets through a coordinator that is restarted while a unit runs, while it reports, and while it waits for work', async () => {
    coordinator.next = inTurn(work('wu-1'), 'cut', { status: 503 }, work('wu-2'));
    coordinator.done = inTurn({ status: 502 }, 'cut', { status: 204 }, { status: 204 });
    const taking = take(lasting(300));
    await sleep(100);
    await coordinator.stop();
    await sleep(300);
    await coordinator.start();
    await taking;
    expect([...new Set(coordinator.reports().map(({ unit_id: id }) => id))]).toEqual(['wu-1', 'wu-2']);
    expect(coordinator.reports().every(({ metrics }) => metrics.error === null)).toBe(true);
  });

  it('asks again when the coordinator hangs', async () => {
    coordinator.next = inTurn('hang', work('wu-1'));
    coordinator.alive = inTurn('hang', { status: 200, body: { stop: false } });
    await take(lasting(50));
    expect(coordinator.reports()).toHaveLength(1);
  });

  it('stops a unit when it is told to, and says that it was', async () => {
    coordinator.next = inTurn(work('wu-1'), work('wu-2'));
    coordinator.alive = () => ({ status: 200, body: { stop: coordinator.reports().length === 0 } });
    await take((of, env) => (of.id === 'wu-1' ? untilStopped(of, env) : lasting(1)(of, env)));
    expect(coordinator.reports().map(({ unit_id: id, metrics }) => [id, metrics.error?.code ?? 'ok'])).toEqual([['wu-1', 'cancelled'], ['wu-2', 'ok']]);
  });

  it('stops a unit at its time limit by itself', async () => {
    coordinator.next = inTurn(work('wu-1', 50));
    await take(untilStopped);
    expect(coordinator.reports()[0]?.metrics.error).toMatchObject({ code: 'timeout', message: expect.stringMatching(/^wu-1 had not ended at its time limit/) as string });
  });

  it('reports a unit whose engine does not stop, and ends itself', async () => {
    coordinator.next = inTurn(work('wu-1', 50));
    await expect(take(() => new Promise(() => undefined))).rejects.toThrow(/wu-1 did not stop 150 ms after/);
    expect(coordinator.reports()[0]?.metrics).toMatchObject({ work_unit_id: 'wu-1', error: { code: 'timeout' } });
  });

  it.each<[string, (of: Coordinator) => void]>([
    ['asks for work', (of) => { of.next = () => ({ status: 403, body: { error: 'This is not the token of the run.' } }); }],
    ['gives a sign of life', (of) => { of.next = () => work('wu-1'); of.alive = () => ({ status: 403, body: { error: 'This is not the token of the run.' } }); }],
    ['reports', (of) => { of.next = () => work('wu-1'); of.done = () => ({ status: 403, body: { error: 'This is not the token of the run.' } }); }],
  ])('ends at once when it is not known as it %s', async (_, plant) => {
    plant(coordinator);
    await expect(take((of, env) => Promise.race([untilStopped(of, env), lasting(100)(of, env)]))).rejects.toMatchObject({ code: 'configuration', message: expect.stringMatching(/answered \/v1\/\w+ with 403: .*token of the run/) as string });
  });

  it('refuses what is no work unit', async () => {
    coordinator.next = () => ({ status: 200, body: { unit: { id: 'x' }, timeout_ms: 1 } });
    await expect(take(untilStopped)).rejects.toMatchObject({ code: 'configuration', message: expect.stringContaining('no work unit') as string });
  });

  it('ends when the run is over in the middle of a unit, without a report that nobody wants', async () => {
    coordinator.next = inTurn(work('wu-1'));
    coordinator.alive = () => ({ status: 410 });
    await take(untilStopped);
    expect(coordinator.reports()).toEqual([]);
  });

  it.each<[string, number, Run]>([['waits for work', 0, untilStopped], ['has a unit', 1, untilStopped]])('ends itself when no coordinator comes back while it %s', async (_, units, run) => {
    coordinator.next = inTurn(...Array.from({ length: units }, () => work('wu-1')), 'hang');
    const startedAt = performance.now();
    const taking = take(run).catch((error: unknown) => error);
    await sleep(100);
    await coordinator.stop();
    const end = await taking;
    expect(end).toMatchObject({ code: 'infrastructure', message: expect.stringMatching(/has not answered for 1 s/) as string });
    expect(performance.now() - startedAt).toBeGreaterThan(900);
    expect(performance.now() - startedAt).toBeLessThan(4_000);
  });

  it.each([['waiting for work', 'hang'], ['at a unit', 'unit']])('ends at once by a signal when it is %s', async (_, state) => {
    coordinator.next = inTurn(state === 'hang' ? 'hang' : work('wu-1'), 'hang');
    const stop = new AbortController();
    const taking = take(untilStopped, { signal: stop.signal });
    await sleep(100);
    stop.abort();
    const startedAt = performance.now();
    await taking;
    expect(performance.now() - startedAt).toBeLessThan(200);
    expect(coordinator.reports()).toEqual([]);
  });
});

describe('flow-worker --take-from', () => {
  const pod = ['env', 'FLOWBENCH_RUN_ID=run-test', `FLOWBENCH_WARM_TOKEN=${TOKEN}`, 'FLOWBENCH_POD_NAME=fw-warm-3', 'FLOWBENCH_NODE_NAME=node-3', 'JOB_COMPLETION_INDEX=3'];

  it('carries out units under the uid of its pod, and ends with 0 when the run is over', async () => {
    const own = { ...unit('wu-1'), output: { kind: 'parquet', uri: `${folder.dir}/wu-1-{pod_uid}.parquet`, buckets: 1 } } as const;
    coordinator.next = inTurn({ status: 200, body: { unit: own, timeout_ms: 10_000 } });
    const { exitCode, stdout } = await runWorker(['--take-from', coordinator.url, '--pod-uid', 'uid-3'], undefined, pod);
    expect([exitCode, onlyLine(stdout)]).toMatchObject([0, { error: null, node: 'node-3', output_uri: `${folder.dir}/wu-1-uid-3.parquet` }]);
    expect(coordinator.reports()).toMatchObject([{ ...POD, unit_id: 'wu-1', metrics: { output_uri: `${folder.dir}/wu-1-uid-3.parquet` } }]);
  });

  it.each<[string, readonly string[], RegExp]>([
    ['the run, the token and the index', ['env', '-u', 'JOB_COMPLETION_INDEX'], /needs FLOWBENCH_RUN_ID, FLOWBENCH_WARM_TOKEN, JOB_COMPLETION_INDEX/],
    ['a token that is known', pod, /answered \/v1\/next with 403/],
  ])('ends with 2 without %s', async (_, environment, sentence) => {
    coordinator.next = () => ({ status: 403 });
    const { exitCode, stdout } = await runWorker(['--take-from', coordinator.url, '--pod-uid', 'uid-3'], undefined, environment);
    expect([exitCode, onlyLine(stdout).error?.message]).toEqual([2, expect.stringMatching(sentence)]);
  });

  it.each<[readonly string[], RegExp]>([
    [['--take-from', 'http://127.0.0.1:1'], /--take-from needs --pod-uid/],
    [['--take-from', 'coordinator', '--pod-uid', 'u'], /is no http:\/\/ address/],
    [['--serve', '--pod-uid', '../x'], /--pod-uid "\.\.\/x" is not made of/],
  ])('refuses %j', (args, sentence) => {
    expect(() => parseWorkerOptions(args, undefined)).toThrow(sentence);
  });
});
