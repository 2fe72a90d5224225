import { readFileSync } from 'node:fs';
import { type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import { reservedPort } from '../../fixtures/reserved-port.js';
import { type PodLog } from './pod-log.js';

/**
 * What the API server asks a kubelet for a log. One server answers for all nodes: an API server without a
 * certificate authority for kubelets takes any certificate.
 */
export class LogServer {
  private constructor(private readonly server: Server, readonly port: number) {}

  static async start(certificateFile: string, keyFile: string, find: (namespace: string, pod: string) => PodLog | null): Promise<LogServer> {
    const port = await reservedPort();
    const server = createServer({ cert: readFileSync(certificateFile), key: readFileSync(keyFile) }, (asked, response) => { answer(asked, response, find); });
    await new Promise<void>((resolve) => { server.listen(port, '127.0.0.1', resolve); });
    return new LogServer(server, port);
  }

  stop(): void {
    this.server.closeAllConnections();
    this.server.close();
  }
}

/** GET /containerLogs/NAMESPACE/POD/CONTAINER?follow=true&tailLines=10&sinceSeconds=5 */
function answer(asked: IncomingMessage, response: ServerResponse, find: (namespace: string, pod: string) => PodLog | null): void {
  const url = new URL(asked.url ?? '/', 'https://kubelet');
  const [, what, namespace = '', pod = ''] = url.pathname.split('/');
  const log = what === 'containerLogs' ? find(namespace, pod) : null;
  if (log === null) {
    response.writeHead(404).end();
    return;
  }
  response.writeHead(200, { 'content-type': 'text/plain' });
  const write = (line: string): void => { response.write(`${line}\n`); };
  for (const line of log.read(rangeOf(url.searchParams))) write(line);
  if (url.searchParams.get('follow') !== 'true') {
    response.end();
    return;
  }
  response.flushHeaders();
  const stop = log.follow(write, () => { response.end(); });
  response.on('close', stop);
}

function rangeOf(query: URLSearchParams): { tailLines?: number; sinceSeconds?: number } {
  const tailLines = query.get('tailLines');
  const sinceSeconds = query.get('sinceSeconds');
  return {
    ...(tailLines === null ? {} : { tailLines: Number(tailLines) }),
    ...(sinceSeconds === null ? {} : { sinceSeconds: Number(sinceSeconds) }),
  };
}
