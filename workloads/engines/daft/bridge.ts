import { createServer, connect, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import type { S3Reach } from '../../model/s3-access.js';
import { parseS3Uri } from '../../model/storage-uri.js';

/** A way out of a network namespace: what is said inside to one of `hosts` at `port` arrives at `host`. */
export interface BridgePlan {
  /** Names that must lead to the namespace's loopback. */
  readonly hosts: readonly string[];
  readonly port: number;
  /** Where it is taken to, from outside. */
  readonly host: string;
  readonly socketName: string;
}

const HTTPS_PORT = 443;
const HTTP_PORT = 80;

/** The only places that are asked for a dataset in S3: its server, or AWS's own of the region. */
export function bridgePlans(datasetUri: string, { region, endpoint }: Pick<S3Reach, 'region' | 'endpoint'>): readonly BridgePlan[] {
  const socketName = 'b';
  if (endpoint === undefined) {
    const host = `s3.${region}.amazonaws.com`;
    return [{ hosts: [host, `${parseS3Uri(datasetUri).bucket}.${host}`], port: HTTPS_PORT, host, socketName }];
  }
  const { hostname, port, protocol } = new URL(endpoint);
  return [{ hosts: [hostname], port: port === '' ? (protocol === 'https:' ? HTTPS_PORT : HTTP_PORT) : Number(port), host: hostname, socketName }];
}

/** The outer end of a bridge: a Unix socket, each connection of which is one to the place it leads to. */
export class Bridge {
  private readonly sockets = new Set<Socket>();

  private constructor(private readonly server: Server) {}

  static async listenAll(plans: readonly BridgePlan[], folder: string): Promise<readonly Bridge[]> {
    return Promise.all(plans.map((plan) => Bridge.listen(plan, join(folder, plan.socketName))));
  }

  static async closeAll(bridges: readonly Bridge[]): Promise<void> {
    await Promise.all(bridges.map((bridge) => bridge.close()));
  }

  private static async listen({ host, port }: BridgePlan, path: string): Promise<Bridge> {
    const server = createServer({ allowHalfOpen: true });
    const bridge = new Bridge(server);
    server.on('connection', (inner) => { bridge.join(inner, connect({ host, port, allowHalfOpen: true })); });
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(path, resolve);
    });
    return bridge;
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise<void>((resolve) => { this.server.close(() => { resolve(); }); });
  }

  private join(inner: Socket, outer: Socket): void {
    for (const [socket, other] of [[inner, outer], [outer, inner]] as const) {
      this.sockets.add(socket);
      socket.on('error', () => { other.destroy(); });
      socket.on('close', () => { this.sockets.delete(socket); });
      socket.pipe(other);
    }
  }
}
