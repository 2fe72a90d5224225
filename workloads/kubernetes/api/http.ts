import http, { type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import https from 'node:https';
import { FlowbenchError, messageOf } from '../../model/errors.js';
import type { Authorization, ClusterConnection } from './connection.js';

export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** With its query. */
  readonly path: string;
  readonly body?: string;
  readonly contentType?: string;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** A call that is not answered for so long is cut and tried again, ms. */
const CALL_TIMEOUT_MS = 30_000;
/** A stream that is silent for so long is taken for dead, ms: a server sends a bookmark about once a minute. */
const SILENCE_MS = 150_000;
const KEEP_ALIVE_MS = 15_000;
const MAX_SOCKETS = 32;

/** Requests to the API server: short ones over connections that are kept, streams over one each. */
export class HttpClient {
  private agents: { readonly of: string; readonly calls: http.Agent; readonly streams: http.Agent } | null = null;

  constructor(readonly connection: ClusterConnection) {}

  /** Rejects with the error of the connection, of code ETIMEDOUT when the server was silent. */
  async send(request: HttpRequest, signal?: AbortSignal, timeoutMs = CALL_TIMEOUT_MS): Promise<HttpAnswer> {
    const timeout = new AbortController();
    const timer = setTimeout(() => { timeout.abort(); }, timeoutMs);
    try {
      const answer = await this.start(request, 'calls', signal === undefined ? timeout.signal : AbortSignal.any([signal, timeout.signal]));
      return { status: answer.statusCode ?? 0, headers: answer.headers, body: await textOf(answer) };
    } catch (error) {
      throw timeout.signal.aborted ? Object.assign(new Error(`no answer within ${timeoutMs / 1_000} s`), { code: 'ETIMEDOUT' }) : error;
    } finally {
      clearTimeout(timer);
    }
  }

  /** A stream of unknown length; it ends with an error when nothing comes for long, or the signal is raised. */
  async open(request: HttpRequest, signal: AbortSignal): Promise<IncomingMessage> {
    const answer = await this.start(request, 'streams', signal);
    answer.setTimeout(SILENCE_MS, () => { answer.destroy(Object.assign(new Error(`nothing came for ${SILENCE_MS / 1_000} s`), { code: 'ETIMEDOUT' })); });
    return answer;
  }

  private async start(request: HttpRequest, kind: 'calls' | 'streams', signal: AbortSignal): Promise<IncomingMessage> {
    const authorization = await this.authorize();
    const url = new URL(this.connection.server.replace(/\/+$/, '') + request.path);
    const options: https.RequestOptions = {
      method: request.method,
      agent: authorization.agent ?? this.agentOf(url, authorization, kind),
      signal,
      headers: {
        accept: 'application/json',
        'user-agent': 'flowbench',
        ...(request.body === undefined ? {} : { 'content-type': request.contentType ?? 'application/json', 'content-length': Buffer.byteLength(request.body) }),
        ...authorization.headers,
      },
    };
    return new Promise((resolve, reject) => {
      const sent = (url.protocol === 'http:' ? http : https).request(url, options, resolve);
      sent.setSocketKeepAlive(true, KEEP_ALIVE_MS);
      sent.on('error', reject);
      sent.end(request.body);
    });
  }

  private async authorize(): Promise<Authorization> {
    try {
      return await this.connection.authorize();
    } catch (cause) {
      throw new FlowbenchError('configuration', `There are no credentials for ${this.connection.server}: ${messageOf(cause).trim()}.`, {
        remedy: 'Mend the user of the kubeconfig, or what it runs to get a token.',
        cause,
      });
    }
  }

  /** A new certificate of ours, or of the server's authority, is shown by new connections only. */
  private agentOf(url: URL, { tls }: Authorization, kind: 'calls' | 'streams'): http.Agent {
    const of = [url.protocol, tls.servername, tls.rejectUnauthorized, tls.ca, tls.cert, tls.key].map(String).join('\n');
    if (this.agents?.of !== of) {
      const make = (options: http.AgentOptions): http.Agent => (url.protocol === 'http:' ? new http.Agent(options) : new https.Agent({ ...options, ...tls }));
      this.agents = { of, calls: make({ keepAlive: true, maxSockets: MAX_SOCKETS, scheduling: 'lifo' }), streams: make({ keepAlive: false }) };
    }
    return this.agents[kind];
  }
}

/** The whole of a body; rejects when the connection is cut in the middle of it. */
export async function textOf(answer: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of answer) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}
