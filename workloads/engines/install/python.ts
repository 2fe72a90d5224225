import { execFile } from 'node:child_process';
import { access, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { FlowbenchError, messageOf } from '../../model/errors.js';
import type { Site } from './recipe.js';
import { runStep } from './tool-step.js';

/** Minor versions of Python 3 that have every package of the locks. */
const OLDEST_MINOR = 10;
const NEWEST_MINOR = 13;
const ACCESS_REMEDY = 'pip needs access to the Python package index, or to a mirror configured for it; the same command continues where it stopped.';

export interface PipOptions {
  /** Lock with the hash of everything. */
  readonly lock: string;
  /** A package that is published as source only: built by what is installed already, as nothing is pinned of what pip would fetch for it. */
  readonly isSource?: boolean;
  /** Folder for the packages, instead of the environment. */
  readonly target?: string;
}

/** Makes an engine's own environment, anew where one was left half made; answers its Python. */
export async function makeEnvironment(site: Site): Promise<string> {
  await checkPython(site);
  const folder = join(site.folder, 'venv');
  await rm(folder, { recursive: true, force: true });
  await runStep({
    command: site.python, args: ['-m', 'venv', folder], signal: site.signal, what: 'make a virtual environment of Python',
    remedy: 'Install the venv module of your Python (Debian and Ubuntu: apt install python3-venv).',
  });
  return environmentPython(site.folder);
}

export function environmentPython(folder: string): string {
  return join(folder, 'venv', 'bin', 'python');
}

/**
 * Fetches what a lock names, each file checked by its hash, and installs it from there. Files that an interrupted
 * installation left are checked again and kept.
 */
export async function pipInstall(python: string, site: Site, { lock, isSource = false, target }: PipOptions): Promise<void> {
  const downloads = join(site.folder, 'downloads');
  await mkdir(downloads, { recursive: true });
  const common = ['--quiet', '--no-input', '--disable-pip-version-check', '--no-cache-dir', '--no-deps', '--require-hashes', '--requirement', lock];
  const kind = isSource ? ['--no-build-isolation'] : ['--only-binary', ':all:'];
  const step = { command: python, signal: site.signal, remedy: ACCESS_REMEDY };
  await runStep({ ...step, args: ['-m', 'pip', 'download', ...common, ...kind, '--dest', downloads], what: `fetch the packages of ${lock}` });
  const into = target === undefined ? [] : ['--target', target, '--upgrade'];
  await runStep({ ...step, args: ['-m', 'pip', 'install', ...common, ...kind, '--no-index', '--find-links', downloads, ...into], what: `install the packages of ${lock}` });
}

/** Where the packages of an environment lie. */
export async function packagesFolder(python: string): Promise<string> {
  const { stdout } = await promisify(execFile)(python, ['-c', 'import sysconfig; print(sysconfig.get_path("purelib"))']);
  return stdout.trim();
}

async function checkPython({ python, engine }: Site): Promise<void> {
  const remedy = `Install Python 3.${OLDEST_MINOR} to 3.${NEWEST_MINOR} with venv and pip, or name one with --python.`;
  const printed = await promisify(execFile)(python, ['-c', 'import sys; print(*sys.version_info[:2])']).catch((cause: unknown) => {
    throw new FlowbenchError('tool_missing', `${engine} needs Python, and "${python}" cannot be run (${messageOf(cause).split('\n')[0]}).`, { remedy, cause });
  });
  const [major = 0, minor = 0] = printed.stdout.trim().split(' ').map(Number);
  if (major === 3 && minor >= OLDEST_MINOR && minor <= NEWEST_MINOR) return;
  throw new FlowbenchError('tool_missing', `${engine} needs Python 3.${OLDEST_MINOR} to 3.${NEWEST_MINOR}, and "${python}" is ${major}.${minor}.`, { remedy });
}

/** A Python that was upgraded away leaves an environment whose own leads nowhere. */
export async function checkPythonOf(engine: string, python: string | undefined): Promise<void> {
  if (python !== undefined && (await access(python).then(() => true, () => false))) return;
  throw new FlowbenchError('engine_unavailable', `The Python that ${engine} was installed with is gone (${python ?? 'none is recorded'}).`, {
    remedy: `"flowbench engines install ${engine}" makes it anew.`,
  });
}
