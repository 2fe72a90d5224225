// A test cluster as a process of its own: `node -r …/run-typescript.cjs serve.ts '{"workers":4,…}'`. It prints one
// line of JSON, { url }, when it is ready, and lives until its standard input ends. What it is told to do comes as
// POST <url>/<control> with a JSON list of arguments. The pods of a cluster must go on while a test is busy.
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import { type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { isAlive } from '../control-plane/go-program.js';
import { ClusterHost } from './cluster-host.js';
import { CONTROL_NAMES, type ClusterSettings } from './controls.js';
import { reservedPort } from '../../fixtures/reserved-port.js';

const FOLDER = 'flowbench-cluster-';

/** Folders of clusters whose process was killed before it could take them away. */
function sweep(): void {
  for (const name of readdirSync(tmpdir())) {
    const pid = Number(new RegExp(`^${FOLDER}(\\d+)-`).exec(name)?.[1] ?? process.pid);
    if (!isAlive(pid)) rmSync(join(tmpdir(), name), { recursive: true, force: true });
  }
}

async function carryOut(host: ClusterHost, asked: IncomingMessage): Promise<unknown> {
  const name = CONTROL_NAMES.find((control) => control === basename(asked.url ?? ''));
  if (name === undefined) throw new Error(`no control ${asked.url ?? ''}`);
  const chunks: Buffer[] = [];
  for await (const chunk of asked) chunks.push(chunk as Buffer);
  const args = JSON.parse(Buffer.concat(chunks).toString('utf8')) as never[];
  return (host as unknown as Record<string, (...given: never[]) => Promise<unknown>>)[name]?.(...args);
}

async function serve(settings: ClusterSettings): Promise<void> {
  sweep();
  const folder = mkdtempSync(join(tmpdir(), `${FOLDER}${process.pid}-`));
  const ended = new Promise<void>((resolve) => { process.stdin.once('end', resolve).once('error', () => { resolve(); }).resume(); });
  const stop = new Promise<void>((resolve) => { for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => { resolve(); }); });
  try {
    const host = await ClusterHost.start(folder, settings, (line) => { process.stderr.write(`${line}\n`); });
    const server = createServer((asked, response) => {
      // A suite that begins would take up the connection of the one before it just as it is closed for being idle.
      response.setHeader('connection', 'close');
      carryOut(host, asked).then(
        (result) => { response.end(JSON.stringify({ result: result ?? null })); },
        (error: unknown) => { response.end(JSON.stringify({ error: error instanceof Error ? error.message : String(error) })); },
      );
    });
    const port = await reservedPort();
    await new Promise<void>((resolve) => { server.listen(port, '127.0.0.1', resolve); });
    process.stdout.write(`${JSON.stringify({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` })}\n`);
    await Promise.race([ended, stop]);
    await host.stop();
    server.closeAllConnections();
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

serve(JSON.parse(process.argv[2] ?? '{}') as ClusterSettings).then(
  () => { process.exit(0); },
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(1);
  },
);
