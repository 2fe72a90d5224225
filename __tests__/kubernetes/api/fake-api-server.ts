import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { ClusterConnection } from '../../../workloads/kubernetes/api/connection.js';

export interface FakeRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly body: string;
  readonly headers: IncomingMessage['headers'];
}

/** What a planned answer does: a status with a body, or the connection is cut before or after the call took effect. */
export type Planned = { readonly status: number; readonly message?: string; readonly body?: object | string; readonly headers?: Record<string, string> } | 'cut' | 'cut-after' | 'silent';

interface Stored { metadata: { name: string; uid: string; resourceVersion: string; annotations?: Record<string, string> } }

/**
 * As much of an API server as clients of it stumble over: a store of objects by path, lists in pages, watches from
 * a version, and whatever failure a test plants into the next calls.
 */
export class FakeApiServer {
  readonly requests: FakeRequest[] = [];
  /** Watches from before this version are refused with 410. */
  oldestVersion = 0;
  private version = 100;
  private readonly objects = new Map<string, Stored>();
  private readonly planned: { readonly matches: RegExp; readonly answer: Planned }[] = [];
  private readonly streams = new Set<ServerResponse>();
  private readonly sockets = new Set<Socket>();
  private server: Server | null = null;
  private port = 0;

  async start(): Promise<void> {
    this.server = createServer((request, response) => { void this.take(request, response); });
    this.server.on('connection', (socket) => {
      this.sockets.add(socket);
      socket.on('close', () => this.sockets.delete(socket));
    });
    await new Promise<void>((resolve) => this.server?.listen(this.port, '127.0.0.1', resolve));
    this.port = (this.server.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    this.cutStreams();
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.server?.close(resolve));
  }

  get connection(): ClusterConnection {
    return { server: `http://127.0.0.1:${this.port}`, authorize: () => Promise.resolve({ headers: { authorization: 'Bearer t' }, tls: {} }), renew: () => Promise.resolve() };
  }

  get openStreams(): number {
    return this.streams.size;
  }

  get openSockets(): number {
    return this.sockets.size;
  }

  /** The next call of which `METHOD path?query` matches is answered so. */
  plan(matches: RegExp, ...answers: readonly Planned[]): void {
    this.planned.push(...answers.map((answer) => ({ matches, answer })));
  }

  put(path: string, name: string, more: object = {}, tell = true): Stored {
    const known = this.objects.get(`${path}/${name}`);
    this.version += 1;
    const stored: Stored = { ...more, metadata: { name, uid: known?.metadata.uid ?? `uid-${name}-${this.version}`, ...('metadata' in more ? more.metadata as object : {}), resourceVersion: String(this.version) } };
    this.objects.set(`${path}/${name}`, stored);
    if (tell) this.emit({ type: known === undefined ? 'ADDED' : 'MODIFIED', object: stored });
    return stored;
  }

  remove(path: string, name: string, tell = true): void {
    const stored = this.objects.get(`${path}/${name}`);
    this.objects.delete(`${path}/${name}`);
    this.version += 1;
    if (tell) this.emit({ type: 'DELETED', object: { ...stored, metadata: { ...stored?.metadata, resourceVersion: String(this.version) } } });
  }

  emit(line: object | string): void {
    const text = typeof line === 'string' ? line : `${JSON.stringify(line)}\n`;
    for (const stream of this.streams) stream.write(text);
  }

  bookmark(version: number): void {
    this.version = version;
    this.emit({ type: 'BOOKMARK', object: { metadata: { resourceVersion: String(version) } } });
  }

  /** The server ends each watch as it does after its time. */
  endStreams(): void {
    for (const stream of this.streams) stream.end();
  }

  cutStreams(): void {
    for (const stream of this.streams) stream.destroy();
  }

  private async take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://fake');
    let body = '';
    for await (const chunk of request) body += String(chunk);
    const call: FakeRequest = { method: request.method ?? '', path: url.pathname, query: url.searchParams, body, headers: request.headers };
    this.requests.push(call);
    const position = this.planned.findIndex(({ matches }) => matches.test(`${call.method} ${request.url}`));
    const [plan] = position < 0 ? [] : this.planned.splice(position, 1);
    if (plan?.answer === 'silent') return;
    if (plan?.answer === 'cut') {
      request.socket.destroy();
    } else if (plan?.answer === 'cut-after') {
      this.answer(call);
      request.socket.destroy();
    } else if (plan !== undefined) {
      const { status, message, body: planned, headers } = plan.answer;
      send(response, status, planned ?? { kind: 'Status', code: status, message }, headers);
    } else if (call.query.get('watch') === null) {
      const { status, body: answer } = this.answer(call);
      send(response, status, answer);
    } else this.openStream(call, response);
  }

  private openStream(call: FakeRequest, response: ServerResponse): void {
    if (Number(call.query.get('resourceVersion')) < this.oldestVersion) {
      send(response, 410, { kind: 'Status', code: 410, message: 'too old resource version' });
      return;
    }
    response.writeHead(200, { 'content-type': 'application/json' });
    response.flushHeaders();
    this.streams.add(response);
    response.on('close', () => this.streams.delete(response));
  }

  private answer({ method, path, query, body }: FakeRequest): { readonly status: number; readonly body: object } {
    const there = this.objects.get(path);
    const missing = { status: 404, body: { kind: 'Status', code: 404, message: `"${path.split('/').at(-1)}" not found` } };
    if (method === 'POST') {
      const sent = JSON.parse(body) as Stored;
      if (this.objects.has(`${path}/${sent.metadata.name}`)) return { status: 409, body: { kind: 'Status', reason: 'AlreadyExists', message: 'already exists' } };
      return { status: 201, body: this.put(path, sent.metadata.name, sent) };
    }
    if (method === 'GET' && there === undefined && this.isList(path)) return { status: 200, body: this.list(path, query) };
    if (there === undefined) return missing;
    if (method === 'DELETE') this.remove(path.slice(0, path.lastIndexOf('/')), there.metadata.name);
    if (method === 'PUT') {
      const sent = JSON.parse(body) as Stored;
      if (sent.metadata.resourceVersion !== there.metadata.resourceVersion) return { status: 409, body: { kind: 'Status', reason: 'Conflict', message: 'the object has been modified' } };
      return { status: 200, body: this.put(path.slice(0, path.lastIndexOf('/')), there.metadata.name, sent) };
    }
    return { status: 200, body: there };
  }

  private isList(path: string): boolean {
    return /\/(pods|jobs|configmaps|leases|events)$/.test(path);
  }

  private list(path: string, query: URLSearchParams): object {
    const all = [...this.objects].filter(([key]) => key.startsWith(`${path}/`)).map(([, object]) => object);
    const [from, limit] = [Number(query.get('continue') ?? 0), Number(query.get('limit') ?? all.length)];
    const next = from + limit < all.length ? { continue: String(from + limit) } : {};
    return { kind: 'List', metadata: { resourceVersion: String(this.version), ...next }, items: all.slice(from, from + limit) };
  }
}

function send(response: ServerResponse, status: number, body: object | string, headers: Record<string, string> = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(typeof body === 'string' ? body : JSON.stringify(body));
}
