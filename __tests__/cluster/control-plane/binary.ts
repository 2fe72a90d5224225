import { execFile, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** Version of every part; a test holds it to the one that go.mod requires. */
export const KUBERNETES_VERSION = '1.35.4';

const SOURCES = ['go.mod', 'go.sum', 'main.go'] as const;
/** Packages that say which version a part reports; without it the API server takes itself for version 0. */
const VERSION_PACKAGES = ['k8s.io/component-base/version', 'k8s.io/client-go/pkg/version'] as const;
const OTHER_BUILDER_POLL_MS = 1_000;

/** The caches of a user's programs. */
export const cacheFolder = (): string => join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'flowbench');

/**
 * The control plane's program, built by Go where this machine has not built these sources before: about seven
 * minutes and a download of 90 MB without Go's own caches, eight seconds with them.
 *
 * @throws one line saying what is missing
 */
export async function controlPlaneBinary(log: (line: string) => void): Promise<string> {
  const file = join(cacheFolder(), `kube-${sourcesHash()}`);
  if (existsSync(file)) return file;
  await requireGo();
  mkdirSync(cacheFolder(), { recursive: true });
  await withLock(`${file}.lock`, log, async () => {
    if (existsSync(file)) return;
    log('Building the control plane: some minutes, once on this machine …');
    const begin = Date.now();
    const unfinished = `${file}.${process.pid}`;
    await build(unfinished);
    renameSync(unfinished, file);
    log(`Built the control plane in ${Math.round((Date.now() - begin) / 1_000)} s.`);
  });
  return file;
}

function sourcesHash(): string {
  const hash = createHash('sha256');
  for (const name of SOURCES) hash.update(readFileSync(join(__dirname, name)));
  return hash.digest('hex').slice(0, 16);
}

async function requireGo(): Promise<void> {
  await promisify(execFile)('go', ['version']).catch(() => {
    throw new Error('The test cluster needs Go on the PATH: its control plane is built from source.');
  });
}

/** One builder at a time, whoever it belongs to; the lock of a builder that is gone does not count. */
async function withLock(lock: string, log: (line: string) => void, work: () => Promise<void>): Promise<void> {
  for (let isFirst = true; !takeLock(lock); isFirst = false) {
    if (isFirst) log('Another process is building the control plane; waiting for it …');
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

async function build(output: string): Promise<void> {
  const [major, minor] = KUBERNETES_VERSION.split('.');
  const facts = { gitVersion: `v${KUBERNETES_VERSION}`, gitMajor: major, gitMinor: minor, gitTreeState: 'clean' };
  const settings = VERSION_PACKAGES.flatMap((name) => Object.entries(facts).map(([fact, value]) => `-X ${name}.${fact}=${value}`));
  const args = ['-n', '10', 'go', 'build', '-mod=readonly', '-trimpath', '-ldflags', ['-s', '-w', ...settings].join(' '), '-o', output, '.'];
  const child = spawn('nice', args, { cwd: __dirname, env: { ...process.env, CGO_ENABLED: '0' }, stdio: ['ignore', 'ignore', 'pipe'] });
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => { errors += chunk.toString('utf8'); });
  const exitCode = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  if (exitCode !== 0) throw new Error(`The control plane could not be built:\n${errors.split('\n').slice(-20).join('\n')}`);
}
