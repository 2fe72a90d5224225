import { execFile, spawn } from 'node:child_process';
import { access, mkdir, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { reservedPort } from '../fixtures/reserved-port.js';

const run = promisify(execFile);
const PACKAGES = ['bqemulator==1.4.0', 'numpy', 'duckdb==1.5.5', 'duckdb-extension-spatial==1.5.5', 'duckdb-extensions==1.5.5'];
const CACHE = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'flowbench', 'bigquery-emulator');
const START_TIMEOUT_MS = 60_000;

export interface Emulator {
  readonly endpoint: string;
  stop(): Promise<void>;
}

/** A BigQuery emulator on the loopback, with nothing in it; its Python environment is made once. */
export async function startBigQueryEmulator(project: string): Promise<Emulator> {
  await ensureEnvironment();
  const [rest, grpc] = [await reservedPort(), await reservedPort()];
  const log: string[] = [];
  const emulator = spawn(join(CACHE, 'venv', 'bin', 'bqemulator'), ['start', '--rest-port', `${rest}`, '--grpc-port', `${grpc}`, '--project', project], {
    env: { PATH: process.env.PATH, HOME: join(CACHE, 'home') },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  for (const stream of [emulator.stdout, emulator.stderr]) stream.on('data', (chunk: Buffer) => log.push(chunk.toString()));
  const ended = new Promise<void>((resolve) => {
    emulator.once('exit', () => { resolve(); });
  });
  const stop = async () => {
    emulator.kill('SIGTERM');
    await ended;
  };
  const endpoint = `http://127.0.0.1:${rest}`;
  const deadline = Date.now() + START_TIMEOUT_MS;
  while (!(await answers(`${endpoint}/bigquery/v2/projects/${project}/datasets`))) {
    if (Date.now() > deadline || emulator.exitCode !== null) {
      await stop();
      throw new Error(`The BigQuery emulator did not start:\n${log.join('').slice(-2_000)}`);
    }
    await delay(200);
  }
  return { endpoint, stop };
}

async function ensureEnvironment(): Promise<void> {
  const marker = join(CACHE, 'home', 'complete');
  const complete = await access(marker).then(() => true, () => false);
  if (complete) return;
  const venv = join(CACHE, 'venv');
  await rm(venv, { recursive: true, force: true });
  await mkdir(join(CACHE, 'home'), { recursive: true });
  await run('python3', ['-m', 'venv', venv]);
  await run(join(venv, 'bin', 'pip'), ['install', '--quiet', ...PACKAGES]);
  // The emulator downloads this extension when it starts without finding it.
  await run(join(venv, 'bin', 'python'), ['-c', 'from duckdb_extensions import import_extension; import_extension("spatial")'], {
    env: { PATH: process.env.PATH, HOME: join(CACHE, 'home') },
  });
  await writeFile(marker, '');
}

async function answers(url: string): Promise<boolean> {
  return fetch(url).then((response) => response.ok, () => false);
}
