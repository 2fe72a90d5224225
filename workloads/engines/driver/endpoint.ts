import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type * as z from 'zod';
import { DRIVER_PATHS, driverAliveSchema, driverHelloSchema, driverOpenFailureSchema, driverOutcomeSchema } from '../../model/driver-protocol.js';
import { messageOf } from '../../model/errors.js';
import { DriverChannel, tokenKey, type NextAnswer } from './channel.js';

/** More than any answer of the suite; rows of a query are told in one piece. */
const MAX_BODY_BYTES = 256 * 1024 * 1024;
/** Longer than a driver ever waits between two calls. */
const KEEP_ALIVE_MS = 65_000;

/** Where drivers call: a Unix socket of this machine, or a port. */
export type EndpointPlace = { readonly socket: string } | { readonly host: string; readonly port: number };

/**
 * The HTTP server that driver programs call. It holds any number of sessions; a call's token says which one it is
 * of, and without one of them nothing is told.
 */
export class DriverEndpoint {
  private readonly channels = new Map<string, DriverChannel>();

  private constructor(
    private readonly server: Server,
    /** As a driver is to be told: `unix:/path`, or `http://host:port`. */
    readonly address: string,
  ) {}

  /** Port 0 is any that is free. Rejects with the system's error where the place is taken. */
  static async listen(place: EndpointPlace): Promise<DriverEndpoint> {
    const server = createServer();
    // A query may be asked for at any time: a connection that waits is no idle one.
    server.requestTimeout = 0;
    server.keepAliveTimeout = KEEP_ALIVE_MS;
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      if ('socket' in place) server.listen(place.socket, resolve);
      else server.listen(place.port, place.host, resolve);
    });
    const address = 'socket' in place ? `unix:${place.socket}` : `http://${place.host}:${(server.address() as AddressInfo).port}`;
    const endpoint = new DriverEndpoint(server, address);
    server.on('request', (request, response) => { void endpoint.serve(request, response); });
    return endpoint;
  }

  /** A channel for a session. A coordinator that goes on with a run gives the token its drivers already have. */
  open(sessionId: string, token?: string): DriverChannel {
    const channel = new DriverChannel(sessionId, token);
    this.channels.set(tokenKey(channel.token), channel);
    return channel;
  }

  /** Calls with its token are refused from now on. */
  release(channel: DriverChannel): void {
    this.channels.delete(tokenKey(channel.token));
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise<void>((resolve) => { this.server.close(() => { resolve(); }); });
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [, token = ''] = /^Bearer (.+)$/.exec(request.headers.authorization ?? '') ?? [];
    const channel = this.channels.get(tokenKey(token));
    const closed = new AbortController();
    response.once('close', () => { closed.abort(); });
    try {
      const body = await bodyOf(request);
      if (channel === undefined) send(response, { status: 401, content: { error: 'This token is of no session.' } });
      else send(response, await answer(channel, request.url ?? '', body, closed.signal));
    } catch (error) {
      if (request.url === DRIVER_PATHS.done) channel?.spokeNonsense(messageOf(error));
      send(response, { status: 400, content: { error: messageOf(error) } });
    }
  }
}

interface Reply {
  readonly status: number;
  readonly content?: unknown;
}

async function answer(channel: DriverChannel, path: string, body: unknown, closed: AbortSignal): Promise<Reply> {
  switch (path) {
    case DRIVER_PATHS.hello:
      channel.greeted(ofSession(channel, driverHelloSchema, body));
      return { status: 204 };
    case DRIVER_PATHS.failed:
      channel.failedToOpen(ofSession(channel, driverOpenFailureSchema, body));
      return { status: 204 };
    case DRIVER_PATHS.alive:
      return { status: 200, content: { cancel: channel.alive(ofSession(channel, driverAliveSchema, body)) } };
    case DRIVER_PATHS.done:
      channel.done(ofSession(channel, driverOutcomeSchema, body));
      return { status: 204 };
    case DRIVER_PATHS.next:
      return replyTo(await channel.next(closed));
    default:
      return { status: 404, content: { error: `There is no ${path}.` } };
  }
}

function replyTo(next: NextAnswer): Reply {
  switch (next.kind) {
    case 'order':
      return { status: 200, content: next.order };
    case 'nothing':
      return { status: 204 };
    case 'greet_again':
      return { status: 409, content: { error: 'Say hello first.' } };
    case 'end':
      return { status: 410, content: { error: 'The session is over.' } };
  }
}

/** Throws for what is not of the protocol, or of another session than the token's. */
function ofSession<T extends { readonly session_id: string }>(channel: DriverChannel, schema: z.ZodType<T>, body: unknown): T {
  const value = schema.parse(body);
  if (value.session_id !== channel.sessionId) throw new Error(`The token is of session ${channel.sessionId}, the call of ${value.session_id}.`);
  return value;
}

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    bytes += part.length;
    if (bytes > MAX_BODY_BYTES) throw new Error(`The call is larger than ${MAX_BODY_BYTES} bytes.`);
    parts.push(part);
  }
  return bytes === 0 ? null : JSON.parse(Buffer.concat(parts).toString('utf8'));
}

function send(response: ServerResponse, { status, content }: Reply): void {
  if (response.writableEnded || response.destroyed) return;
  const text = content === undefined ? '' : JSON.stringify(content);
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) });
  response.end(text);
}
