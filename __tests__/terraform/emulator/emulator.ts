import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, openSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { emulatorPython } from './python.js';
import { reservedPort } from '../../fixtures/reserved-port.js';

/** The account that the emulator answers for, and credentials that it takes. */
export const EMULATOR_ACCOUNT = '123456789012';
export const EMULATOR_CREDENTIALS = { accessKeyId: 'test', secretAccessKey: 'test' } as const;

export interface AwsEmulator {
  /** `http://127.0.0.1:PORT`, for every service. */
  readonly endpoint: string;
  /** Where it writes its log. */
  readonly logFile: string;
  /** Forgets everything that was made. */
  reset(): Promise<void>;
  /** Ends it; again and after its death: nothing happens. */
  stop(): Promise<void>;
}

const READY_WITHIN_MS = 90_000;
const POLL_MS = 200;
const LOG_TAIL_CHARS = 3000;

/** Starts the AWS emulator on a free loopback port and waits until it answers. It ends with this process at the latest. */
export async function startAwsEmulator(): Promise<AwsEmulator> {
  const python = await emulatorPython();
  const port = await reservedPort();
  const logFile = join(mkdtempSync(join(tmpdir(), 'flowbench-aws-emulator-')), 'emulator.log');
  const log = openSync(logFile, 'a');
  const child = spawn(python, [join(__dirname, 'server.py'), String(port)], {
    stdio: ['ignore', log, log],
    env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1', AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' },
  });
  const killNow = (): void => void child.kill('SIGKILL');
  process.once('exit', killNow);
  const ended = new Promise<void>((resolve) => child.once('close', () => { process.off('exit', killNow); resolve(); }));
  const endpoint = `http://127.0.0.1:${port}`;
  const stop = async (): Promise<void> => {
    killNow();
    await ended;
  };
  await untilReady(child, endpoint, logFile).catch(async (cause: unknown) => {
    await stop();
    throw cause;
  });
  return { endpoint, logFile, stop, reset: () => reset(endpoint, logFile) };
}

async function untilReady(child: ChildProcess, endpoint: string, logFile: string): Promise<void> {
  let startError: Error | undefined;
  child.once('error', (cause) => { startError = cause; });
  const deadline = Date.now() + READY_WITHIN_MS;
  while (Date.now() < deadline) {
    if (startError !== undefined || child.exitCode !== null) break;
    const isUp = await fetch(`${endpoint}/moto-api/data.json`).then((answer) => answer.ok, () => false);
    if (isUp) return;
    await sleep(POLL_MS);
  }
  const why = startError?.message ?? (child.exitCode === null ? `no answer within ${READY_WITHIN_MS / 1000} s` : `exit code ${child.exitCode}`);
  throw new Error(`The AWS emulator did not start (${why}); its log, ${logFile}, ends with:\n${tailOf(logFile)}`);
}

async function reset(endpoint: string, logFile: string): Promise<void> {
  const answer = await fetch(`${endpoint}/moto-api/reset`, { method: 'POST' });
  if (!answer.ok) throw new Error(`The AWS emulator refused a reset (${answer.status}); its log, ${logFile}, ends with:\n${tailOf(logFile)}`);
}

function tailOf(file: string): string {
  return readFileSync(file, 'utf8').slice(-LOG_TAIL_CHARS);
}
