import { HttpClusterApi } from '../../../workloads/kubernetes/api/http-cluster-api.js';
import type { Watching } from '../../../workloads/kubernetes/api/cluster-api.js';
import type { FlowbenchError } from '../../../workloads/model/errors.js';
import { FakeApiServer } from './fake-api-server.js';

const PODS = '/api/v1/namespaces/bench/pods';
const EVENTS = '/api/v1/namespaces/bench/events';

let server: FakeApiServer;
let api: HttpClusterApi;
let told: string[];
let watching: Watching;
beforeEach(async () => {
  server = new FakeApiServer();
  await server.start();
  api = new HttpClusterApi(server.connection, 'bench', { budgetMs: 2_000, firstDelayMs: 5, maxDelayMs: 20 });
  told = [];
});
afterEach(async () => {
  watching.stop();
  await server.stop();
});

function watchPods(): Watching {
  watching = api.watchPods('run=r', ({ kind, item }) => told.push(`${kind} ${item.metadata?.name} ${item.status?.phase ?? ''}`.trim()));
  return watching;
}

async function until(holds: () => boolean): Promise<void> {
  for (const endAt = Date.now() + 4_000; !holds();) {
    if (Date.now() > endAt) throw new Error(`never came: ${JSON.stringify(told)}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

const opened = (): number => server.requests.filter(({ query }) => query.get('watch') !== null).length;

describe('a watch', () => {
  it('tells what there is, then what changes, then what goes', async () => {
    server.put(PODS, 'a');
    await watchPods().ready;
    expect(told).toEqual(['seen a']);
    await until(() => server.openStreams === 1);
    server.put(PODS, 'b', { status: { phase: 'Running' } });
    server.remove(PODS, 'a');
    await until(() => told.length === 3);
    expect(told).toEqual(['seen a', 'seen b Running', 'gone a']);
    expect(server.requests[1]?.query.get('labelSelector')).toBe('run=r');
    expect(Object.fromEntries(api.calls)).toEqual({ 'list pods': 1, 'watch pods': 1 });
  });

  it('has times as dates', async () => {
    server.put(PODS, 'a', { status: { startTime: '2026-11-21T10:00:00Z' } });
    const times: unknown[] = [];
    watching = api.watchPods('', ({ item }) => times.push(item.status?.startTime));
    await watching.ready;
    expect(times).toEqual([new Date('2026-11-21T10:00:00Z')]);
  });

  it('goes on from the last version after the server ended it or the connection broke, in the middle of a line too', async () => {
    await watchPods().ready;
    await until(() => server.openStreams === 1);
    server.put(PODS, 'a');
    await until(() => told.length === 1);
    server.bookmark(500);
    server.endStreams();
    await until(() => opened() === 2 && server.openStreams === 1);
    expect(server.requests.at(-1)?.query.get('resourceVersion')).toBe('500');
    server.emit('{"type":"ADDED","object":{"metadata":{"na');
    server.cutStreams();
    await until(() => opened() === 3 && server.openStreams === 1);
    server.put(PODS, 'b');
    await until(() => told.length === 2);
    expect(told).toEqual(['seen a', 'seen b']);
    expect(api.calls.get('list pods')).toBe(1);
  });

  it.each([
    ['when it is opened', (): void => { server.oldestVersion = 1_000_000; server.endStreams(); }],
    ['inside the stream', (): void => { server.emit({ type: 'ERROR', object: { kind: 'Status', code: 410, reason: 'Expired', message: 'too old' } }); }],
  ])('lists again when its version was forgotten %s, and tells what went meanwhile', async (_where, expire) => {
    server.put(PODS, 'a');
    server.put(PODS, 'b');
    await watchPods().ready;
    await until(() => server.openStreams === 1);
    server.remove(PODS, 'a', false);
    server.put(PODS, 'c', {}, false);
    expire();
    await until(() => told.length >= 5);
    server.oldestVersion = 0;
    await until(() => server.openStreams === 1);
    expect(told.slice(0, 5)).toEqual(['seen a', 'seen b', 'seen b', 'seen c', 'gone a']);
  });

  it('tells the labels of what went, by which it is found', async () => {
    server.put(PODS, 'a', { metadata: { labels: { index: '7' } }, spec: { nodeName: 'n' } });
    const gone: unknown[] = [];
    watching = api.watchPods('', ({ kind, item }) => { if (kind === 'gone') gone.push(item); });
    await watching.ready;
    await until(() => server.openStreams === 1);
    server.remove(PODS, 'a', false);
    server.emit({ type: 'ERROR', object: { code: 410 } });
    await until(() => gone.length === 1);
    expect(gone).toEqual([{ metadata: expect.objectContaining({ name: 'a', labels: { index: '7' } }) as object }]);
  });

  it('lives through a server that goes and comes back, and one that is busy', async () => {
    await watchPods().ready;
    await until(() => server.openStreams === 1);
    await server.stop();
    server.plan(/watch=1/, { status: 429 }, { status: 500 }, { status: 403, message: 'pods is forbidden: User "x" cannot watch' });
    await new Promise((resolve) => setTimeout(resolve, 150));
    await server.start();
    await until(() => server.openStreams === 1);
    server.put(PODS, 'late');
    await until(() => told.includes('seen late'));
    expect(api.calls.get('list pods')).toBe(1);
  });

  it.each([
    ['the list', /GET .*pods\?limit/, 'configuration'],
    ['the watch', /watch=1/, 'ready'],
  ])('gives up where %s is refused for good', async (_what, matches, ready) => {
    server.plan(matches, { status: 403, message: 'pods is forbidden: User "system:serviceaccount:bench:c" cannot watch resource "pods"' });
    watchPods();
    const sentence = expect.stringMatching(/Give service account c the verb/) as string;
    expect((await watching.ended)?.sentence).toEqual(sentence);
    expect(await watching.ready.then(() => 'ready', (error: unknown) => (error as FlowbenchError).code)).toBe(ready);
  });

  it('ends with the defect of whoever listens', async () => {
    server.put(PODS, 'a');
    watching = api.watchPods('', () => { throw new Error('a defect'); });
    expect((await watching.ended)?.message).toContain('a defect');
  });

  it('leaves no connection when it is stopped, whatever it was doing, and says nothing more', async () => {
    await watchPods().ready;
    await until(() => server.openStreams === 1);
    watching.stop();
    expect(await watching.ended).toBeNull();
    await until(() => server.openStreams === 0);
    server.put(PODS, 'a');
    expect(told).toEqual([]);

    await server.stop();
    watchPods().stop();
    expect(await watching.ended).toBeNull();
    await server.start();
  });

  it('does not hammer a server that ends every watch at once', async () => {
    server.plan(/watch=1/, ...Array.from({ length: 500 }, () => ({ status: 200, body: '' })));
    await watchPods().ready;
    await new Promise((resolve) => setTimeout(resolve, 600));
    expect(opened()).toBeLessThan(15);
  });

  it('of events keeps nothing, and so tells of none that has expired', async () => {
    server.put(EVENTS, 'e');
    const kinds: string[] = [];
    watching = api.watchEvents(({ kind }) => kinds.push(kind));
    await watching.ready;
    await until(() => server.openStreams === 1);
    server.remove(EVENTS, 'e', false);
    server.emit({ type: 'ERROR', object: { code: 410 } });
    await until(() => opened() === 2);
    expect(kinds).toEqual(['seen']);
  });
});
