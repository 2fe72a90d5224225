import { readFileSync } from 'node:fs';
import { type IncomingMessage } from 'node:http';
import { Agent, request } from 'node:https';
import { StringDecoder } from 'node:string_decoder';

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** What the API server said; a refusal is a reply, too. */
export interface Reply<Body> {
  readonly status: number;
  readonly body: Body;
}

/** How the API tells of a change. */
export interface Change<Item> {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';
  readonly object: Item;
}

export interface CallOptions {
  readonly body?: unknown;
  /** Of a patch (default: strategic merge). */
  readonly contentType?: string;
  readonly query?: Readonly<Record<string, string>>;
  /** Instead of the client's own. */
  readonly token?: string;
}

const STRATEGIC_MERGE = 'application/strategic-merge-patch+json';
export const MERGE = 'application/merge-patch+json';
const TIMEOUT_MS = 30_000;

/**
 * The Kubernetes API as plain HTTP: what the test equipment needs, and nothing of the client that is tested with it.
 */
export class KubeHttp {
  private readonly agent: Agent;

  constructor(private readonly server: string, private readonly certificate: string, private readonly token: string) {
    this.agent = new Agent({ keepAlive: true, ca: certificate, maxSockets: 64 });
  }

  /** A client for whom a kubeconfig in JSON with a token names. */
  static fromKubeconfig(file: string): KubeHttp {
    const config = JSON.parse(readFileSync(file, 'utf8')) as {
      clusters: [{ cluster: { server: string; 'certificate-authority': string } }];
      users: [{ user: { token: string } }];
    };
    const { cluster } = config.clusters[0];
    return new KubeHttp(cluster.server, readFileSync(cluster['certificate-authority'], 'utf8'), config.users[0].user.token);
  }

  /** The same server as somebody else. */
  as(token: string): KubeHttp {
    return new KubeHttp(this.server, this.certificate, token);
  }

  /** Rejects where there is no answer; see {@link ok} for one that must not be a refusal. */
  async call<Body>(method: Method, path: string, options: CallOptions = {}): Promise<Reply<Body>> {
    const response = await this.open(method, path, options, TIMEOUT_MS);
    const chunks: Buffer[] = [];
    for await (const chunk of response) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks).toString('utf8');
    const isJson = response.headers['content-type']?.includes('json') ?? false;
    return { status: response.statusCode ?? 0, body: (isJson ? JSON.parse(text) : text) as Body };
  }

  /** What the call gives. Throws with the server's sentence where it refuses. */
  async ok<Body>(method: Method, path: string, options: CallOptions = {}): Promise<Body> {
    const { status, body } = await this.call<Body>(method, path, options);
    if (status < 200 || status > 299) throw new Error(`${method} ${path}: ${status} ${(body as { message?: string }).message ?? JSON.stringify(body)}`);
    return body;
  }

  /** The object, or null where there is none. */
  async find<Body>(path: string): Promise<Body | null> {
    const { status, body } = await this.call<Body>('GET', path);
    if (status === 404) return null;
    if (status !== 200) throw new Error(`GET ${path}: ${status} ${JSON.stringify(body)}`);
    return body;
  }

  /** Follows changes until the server ends it or the signal is raised; resolves either way, and rejects where it is refused. */
  async watch<Item>(path: string, query: Readonly<Record<string, string>>, signal: AbortSignal, onChange: (change: Change<Item>) => void): Promise<void> {
    const response = await this.open('GET', path, { query: { ...query, watch: 'true' } }, 0, signal);
    if (response.statusCode !== 200) {
      response.destroy();
      throw new Error(`watch of ${path}: ${response.statusCode ?? 0}`);
    }
    const decoder = new StringDecoder('utf8');
    let rest = '';
    try {
      for await (const chunk of response) {
        const lines = (rest + decoder.write(chunk as Buffer)).split('\n');
        rest = lines.pop() ?? '';
        for (const line of lines) onChange(JSON.parse(line) as Change<Item>);
      }
    } catch {
      // Cut off: the caller lists again.
    }
  }

  close(): void {
    this.agent.destroy();
  }

  private open(method: Method, path: string, options: CallOptions, timeout: number, signal?: AbortSignal): Promise<IncomingMessage> {
    const { body, contentType, query, token = this.token } = options;
    const url = new URL(path, this.server);
    for (const [name, value] of Object.entries(query ?? {})) url.searchParams.set(name, value);
    const payload = body === undefined ? undefined : Buffer.from(JSON.stringify(body));
    const type = contentType ?? (method === 'PATCH' ? STRATEGIC_MERGE : 'application/json');
    return new Promise((resolve, reject) => {
      const headers = { authorization: `Bearer ${token}`, ...(payload === undefined ? {} : { 'content-type': type, 'content-length': payload.length }) };
      // A watch lives as long as it can and must not take a connection from the calls.
      const agent = signal === undefined ? this.agent : new Agent({ ca: this.certificate });
      const asked = request(url, { method, agent, headers, timeout, ...(signal === undefined ? {} : { signal }) }, resolve);
      asked.on('timeout', () => { asked.destroy(new Error(`${method} ${path}: no answer for ${timeout} ms`)); });
      asked.on('error', reject);
      asked.end(payload);
    });
  }
}
