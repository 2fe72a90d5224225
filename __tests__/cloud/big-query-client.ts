import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { type JobEnd, type LoadJobs } from '../../workloads/cloud/loader/load.js';
import { type ResultTable } from '../../workloads/model/bigquery-schema.js';
import { type HostOptions, type HostRequest } from '../fixtures/big-query-host.js';

const FIXTURES = join(__dirname, '..', 'fixtures');

/** Stands in for Google's token service: gives everyone a token, and keeps what it was shown for it. */
export interface TokenService {
  readonly url: string;
  readonly requests: URLSearchParams[];
  stop(): void;
}

export async function startTokenService(): Promise<TokenService> {
  const requests: URLSearchParams[] = [];
  const server: Server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      requests.push(new URLSearchParams(Buffer.concat(chunks).toString()));
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify({ access_token: 'local', issued_token_type: 'urn:ietf:params:oauth:token-type:access_token', token_type: 'Bearer', expires_in: 3_600 }));
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/token`, requests, stop: () => server.close() };
}

/** The loader's real client of BigQuery, in a process of its own with the environment of a Lambda function. */
export class BigQueryClient implements LoadJobs {
  private constructor(private readonly host: ChildProcess) {}

  static async start(options: HostOptions, environment: Readonly<Record<string, string>>): Promise<BigQueryClient> {
    const host = fork(join(FIXTURES, 'big-query-host.ts'), [JSON.stringify(options)], {
      execArgv: ['-r', join(FIXTURES, 'run-typescript.cjs')],
      env: { PATH: process.env.PATH, ...environment },
    });
    await once(host, 'message');
    return new BigQueryClient(host);
  }

  stop(): void {
    this.host.disconnect();
  }

  async makeTables(): Promise<void> {
    await this.ask({ call: 'makeTables' });
  }

  async query(sql: string): Promise<readonly Record<string, unknown>[]> {
    return (await this.ask({ call: 'query', sql })) as Record<string, unknown>[];
  }

  async end(jobId: string): Promise<JobEnd | undefined> {
    return ((await this.ask({ call: 'end', jobId })) as JobEnd | null) ?? undefined;
  }

  async run(jobId: string, table: ResultTable, file: string, datasetId?: string): Promise<JobEnd> {
    return (await this.ask({ call: 'run', jobId, table, file, ...(datasetId === undefined ? {} : { datasetId }) })) as JobEnd;
  }

  private async ask(request: HostRequest): Promise<unknown> {
    const answered = once(this.host, 'message');
    this.host.send(request);
    const [message] = (await answered) as [{ readonly result?: unknown; readonly error?: string }];
    if (message.error !== undefined) throw new Error(message.error);
    return message.result;
  }
}
