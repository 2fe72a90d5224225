import { createHash, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import * as z from 'zod';
import { FlowbenchError, messageOf } from '../../model/errors.js';
import { aliveRequestSchema, doneRequestSchema, podIdentitySchema, WARM_PATHS } from '../../model/warm-protocol.js';
import { type PodPool } from './pool.js';

/** A report on tens of thousands of row groups is some MB; nothing else that pods say is longer than a few lines. */
const MAX_REPORT_BYTES = 16 * 1024 * 1024;
const MAX_CALL_BYTES = 16 * 1024;
/** A request must have come whole within this; pods are near. */
const REQUEST_MS = 30_000;
/** Longer than a pod lets a connection rest: the pod is the one to close it. */
const KEEP_ALIVE_MS = 120_000;

export interface EndpointOptions {
  readonly host: string;
  readonly port: number;
  readonly token: string;
  readonly pool: PodPool;
}

/** The report itself is judged by whoever waits for it: a wrong one is a finding about the pod, not about the call. */
const looseDoneSchema = z.strictObject({ ...doneRequestSchema.shape, metrics: z.unknown() });

class Refusal extends Error {
  constructor(readonly status: number, message: string) {
    super(message);
  }
}

/** Where pods take their units from and report: HTTP and JSON, for whoever knows the token of the run. */
export class WarmEndpoint {
  private readonly server: Server;
  private readonly tokenDigest: Buffer;

  constructor(private readonly options: EndpointOptions) {
    this.tokenDigest = digestOf(options.token);
    this.server = createServer({ requestTimeout: REQUEST_MS, headersTimeout: REQUEST_MS, keepAliveTimeout: KEEP_ALIVE_MS }, (request, response) => {
      void this.serve(request, response);
    });
  }

  /** @throws `configuration` where nothing can listen there */
  listen(): Promise<void> {
    const { host, port } = this.options;
    return new Promise((resolve, reject) => {
      this.server.once('error', (cause) => {
        reject(new FlowbenchError('configuration', `Nothing can listen for pods on ${host}:${port} (${messageOf(cause)}).`, { remedy: 'End what listens there, or give another port.', cause }));
      });
      this.server.listen(port, host, resolve);
    });
  }

  async close(): Promise<void> {
    if (!this.server.listening) return;
    await new Promise<void>((resolve) => {
      this.server.close(() => { resolve(); });
      this.server.closeAllConnections();
    });
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const left = new AbortController();
    response.on('close', () => { left.abort(); });
    try {
      this.authorise(request);
      const { status, body } = await this.answer(request, left.signal);
      send(response, status, body);
    } catch (error) {
      const { status, message } = error instanceof Refusal ? error : new Refusal(500, messageOf(error));
      // What was not read of the request is not read any more.
      response.setHeader('connection', 'close');
      send(response, status, { error: message });
    }
  }

  private authorise(request: IncomingMessage): void {
    const [, word = ''] = /^Bearer (.+)$/.exec(request.headers.authorization ?? '') ?? [];
    if (!timingSafeEqual(digestOf(word), this.tokenDigest)) throw new Refusal(403, 'This is not the token of the run.');
    if (request.method !== 'POST') throw new Refusal(405, 'Calls are made with POST.');
  }

  private async answer(request: IncomingMessage, left: AbortSignal): Promise<{ readonly status: number; readonly body?: object }> {
    const { pool } = this.options;
    if (request.url === WARM_PATHS.next) {
      const reply = await pool.next(this.ours(parse(podIdentitySchema, await bodyOf(request, MAX_CALL_BYTES))), left);
      if (reply.kind === 'unit') return { status: 200, body: { unit: reply.unit, timeout_ms: reply.timeoutMs } };
      return { status: reply.kind === 'over' ? 410 : 204 };
    }
    if (request.url === WARM_PATHS.alive) {
      const { unit_id: unitId, ...pod } = parse(aliveRequestSchema, await bodyOf(request, MAX_CALL_BYTES));
      return { status: 200, body: pool.alive(this.ours(pod), unitId) };
    }
    if (request.url === WARM_PATHS.done) {
      const { unit_id: unitId, metrics, ...pod } = parse(looseDoneSchema, await bodyOf(request, MAX_REPORT_BYTES));
      pool.done(this.ours(pod), unitId, JSON.stringify(metrics ?? null));
      return { status: 204 };
    }
    throw new Refusal(404, `There is no ${request.url}.`);
  }

  private ours<Pod extends { readonly run_id: string; readonly index: number }>(pod: Pod): Pod {
    const { runId, slots } = this.options.pool;
    if (pod.run_id !== runId) throw new Refusal(403, `This is the coordinator of ${runId}, not of ${pod.run_id}.`);
    if (pod.index >= slots.length) throw new Refusal(400, `There is no pod ${pod.index} among ${slots.length}.`);
    return pod;
  }
}

/** Texts of any length are compared in the same time by their digests. */
function digestOf(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

async function bodyOf(request: IncomingMessage, maxBytes: number): Promise<unknown> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > maxBytes) throw new Refusal(413, `The call has more than ${maxBytes} bytes.`);
    chunks.push(chunk);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8')) as unknown;
  } catch (error) {
    throw new Refusal(400, `The call is not JSON (${messageOf(error)}).`);
  }
}

function parse<Value>(schema: z.ZodType<Value>, body: unknown): Value {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  throw new Refusal(400, parsed.error.issues.map((issue) => `${issue.path.join('.') || '(root)'}: ${issue.message}`).join('; '));
}

function send(response: ServerResponse, status: number, body?: object): void {
  if (response.destroyed) return;
  response.statusCode = status;
  if (body === undefined) {
    response.end();
    return;
  }
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify(body));
}
