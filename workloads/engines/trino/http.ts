import { Agent as HttpAgent, request as httpRequest, type ClientRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';

export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly url: URL;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** The request is dropped when it aborts, and fails with the signal's reason. */
  readonly signal?: AbortSignal;
}

export interface HttpAnswer {
  readonly status: number;
  readonly text: string;
}

/** Requests to one server over connections that are kept. */
export class HttpConnection {
  private readonly agent: HttpAgent | HttpsAgent;
  private readonly start: (url: URL, options: RequestOptions) => ClientRequest;

  constructor(server: URL) {
    const isSecure = server.protocol === 'https:';
    this.agent = isSecure ? new HttpsAgent({ keepAlive: true }) : new HttpAgent({ keepAlive: true });
    this.start = isSecure ? httpsRequest : httpRequest;
  }

  /** Any status is an answer; throws the system's error where there was none. */
  async send(request: HttpRequest): Promise<HttpAnswer> {
    for (;;) {
      const attempt = this.attempt(request);
      try {
        return await attempt.answer;
      } catch (error) {
        request.signal?.throwIfAborted();
        // The server had closed a connection that was kept, which is seen only now: it has read nothing of the request.
        if (!(attempt.sent.reusedSocket && isConnectionReset(error))) throw error;
      }
    }
  }

  close(): void {
    this.agent.destroy();
  }

  private attempt({ method, url, body, headers, signal }: HttpRequest): { readonly sent: ClientRequest; readonly answer: Promise<HttpAnswer> } {
    const sent = this.start(url, { method, agent: this.agent, ...(headers === undefined ? {} : { headers }), ...(signal === undefined ? {} : { signal }) });
    const answer = new Promise<HttpAnswer>((resolve, reject) => {
      sent.on('error', reject);
      sent.on('response', (response) => { readAnswer(response).then(resolve, reject); });
    });
    sent.end(body);
    return { sent, answer };
  }
}

async function readAnswer(response: IncomingMessage): Promise<HttpAnswer> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  return { status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString('utf8') };
}

function isConnectionReset(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ECONNRESET' || error.code === 'EPIPE');
}
