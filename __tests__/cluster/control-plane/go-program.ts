import { execFile, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cacheFolder } from '../../../workloads/cli/cache-folder.js';

const OTHER_BUILDER_POLL_MS = 1_000;

/** A program that tests need and build from source, once on a machine. */
export interface GoProgram {
  /** In the cache folder; another for other sources. */
  readonly file: string;
  /** In sentences. */
  readonly what: string;
  /** Folder of its module, whose go.sum says what may be fetched. */
  readonly module: () => Promise<string>;
  readonly package: string;
  /** `-X PACKAGE.NAME=VALUE`. */
  readonly variables?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
}

/**
 * The program, built by Go where this machine has not built it before.
 *
 * @throws one line saying what is missing
 */
export async function goProgram(program: GoProgram, log: (line: string) => void): Promise<string> {
  const file = join(cacheFolder(), program.file);
  if (existsSync(file)) return file;
  await requireGo(program.what);
  mkdirSync(cacheFolder(), { recursive: true });
  await withLock(`${file}.lock`, () => { log(`Another process is building ${program.what}; waiting for it …`); }, async () => {
    if (existsSync(file)) return;
    log(`Building ${program.what}: some minutes, once on this machine …`);
    const begin = Date.now();
    const unfinished = `${file}.${process.pid}`;
    await build(program, unfinished);
    renameSync(unfinished, file);
    log(`Built ${program.what} in ${Math.round((Date.now() - begin) / 1_000)} s.`);
  });
  return file;
}

async function requireGo(what: string): Promise<void> {
  await promisify(execFile)('go', ['version']).catch(() => {
    throw new Error(`The test cluster needs Go on the PATH: ${what} is built from source.`);
  });
}

/** One builder at a time, whoever it belongs to; the lock of a builder that is gone does not count. */
async function withLock(lock: string, onWait: () => void, work: () => Promise<void>): Promise<void> {
  for (let isFirst = true; !takeLock(lock); isFirst = false) {
    if (isFirst) onWait();
    await new Promise((resolve) => setTimeout(resolve, OTHER_BUILDER_POLL_MS));
  }
  try {
    await work();
  } finally {
    rmSync(lock, { force: true });
  }
}

function takeLock(lock: string): boolean {
  try {
    writeFileSync(lock, String(process.pid), { flag: 'wx' });
    return true;
  } catch {
    if (!isHeld(lock)) rmSync(lock, { force: true });
    return false;
  }
}

function isHeld(lock: string): boolean {
  try {
    // An empty lock is one that is just being written.
    const text = readFileSync(lock, 'utf8');
    return text === '' || isAlive(Number(text));
  } catch {
    return false;
  }
}

/** Whether a process of this id runs. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

async function build({ what, module, package: name, variables = [], environment = {} }: GoProgram, output: string): Promise<void> {
  const settings = ['-s', '-w', ...variables.map((variable) => `-X ${variable}`)].join(' ');
  const args = ['-n', '10', 'go', 'build', '-mod=readonly', '-trimpath', '-ldflags', settings, '-o', output, name];
  const child = spawn('nice', args, { cwd: await module(), env: { ...process.env, CGO_ENABLED: '0', ...environment }, stdio: ['ignore', 'ignore', 'pipe'] });
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => { errors += chunk.toString('utf8'); });
  const exitCode = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  if (exitCode !== 0) throw new Error(`${what} could not be built:\n${errors.split('\n').slice(-20).join('\n')}`);
}
