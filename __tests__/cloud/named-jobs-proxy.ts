import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo } from 'node:net';

/**
 * In front of the emulator, which gives a load job that comes with its data a name of its own choosing. BigQuery
 * keeps the name that the caller gave, and refuses it a second time (409): so does this.
 */
export class NamedJobsProxy {
  /** Uploads that got through. */
  uploads = 0;
  private readonly ownNames = new Map<string, string>();
  private readonly server: Server;

  constructor(private readonly target: string) {
    this.server = createServer((request, response) => {
      this.forward(request, response).catch((error: unknown) => {
        response.writeHead(502).end(String(error));
      });
    });
  }

  async listen(): Promise<string> {
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  stop(): void {
    this.server.close();
  }

  private async forward(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = Buffer.concat((await request.toArray()) as Buffer[]);
    const path = request.url ?? '';
    const asked = path.startsWith('/upload/') ? (/"jobId":\s*"([^"]+)"/.exec(body.toString())?.[1] ?? '') : undefined;
    if (asked !== undefined && this.ownNames.has(asked)) {
      const error = { code: 409, message: `Already Exists: Job ${asked}`, errors: [{ reason: 'duplicate', message: `Already Exists: Job ${asked}` }] };
      response.writeHead(409, { 'content-type': 'application/json' }).end(JSON.stringify({ error }));
      return;
    }
    const answer = await fetch(this.target + [...this.ownNames].reduce((text, [name, own]) => text.replace(name, own), path), {
      method: request.method ?? 'GET',
      headers: { 'content-type': request.headers['content-type'] ?? 'application/json' },
      ...(body.length === 0 ? {} : { body }),
    });
    const text = await answer.text();
    if (asked !== undefined && answer.ok) {
      this.uploads += 1;
      this.ownNames.set(asked, (JSON.parse(text) as { jobReference: { jobId: string } }).jobReference.jobId);
    }
    const named = [...this.ownNames].reduce((result, [name, own]) => result.replaceAll(own, name), text);
    response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? 'application/json' }).end(named);
  }
}
