import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { access, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { DATAGEN_PACKAGES } from '../../images/versions.js';
import { FlowbenchError, messageOf } from '../model/errors.js';
import { withFileLock } from './file-lock.js';
import { runTool } from './tool-process.js';

/** The private Python environment that makes datasets. */
export interface PythonEnv {
  readonly python: string;
  readonly tpchgen: string;
  /** DuckDB's tpch extension, which carries the published answers. */
  readonly tpchExtension: string;
}

export interface PythonEnvOptions {
  /** flowbench's folder in the user's cache. */
  readonly cacheDir: string;
  /** The Python to build upon. */
  readonly python: string;
  readonly signal: AbortSignal;
  readonly onNote: (line: string) => void;
}

const MINIMUM_PYTHON = [3, 10] as const;
const WAIT_FOR_OTHER_MS = 15 * 60 * 1000;

/**
 * The environment with the pinned packages, made on first use. A second caller waits for the first; one
 * that was left half made is never used but made again. Throws `tool_missing` when Python, venv or pip
 * is missing or the packages cannot be installed.
 */
export async function ensurePythonEnv(options: PythonEnvOptions): Promise<PythonEnv> {
  const requirements = Object.entries(DATAGEN_PACKAGES).map(([name, version]) => `${name}==${version}`);
  const key = createHash('sha256').update(requirements.join('\n')).digest('hex').slice(0, 12);
  const folder = join(options.cacheDir, `datagen-${key}`);
  const complete = join(folder, 'complete');
  if (!(await exists(complete))) {
    await withFileLock(`${folder}.lock`, { what: `The Python environment ${folder}`, waitMs: WAIT_FOR_OTHER_MS }, async () => {
      if (await exists(complete)) return;
      await makeEnv(folder, requirements, options);
      await writeFile(complete, `${requirements.join('\n')}\n`);
    });
  }
  return describeEnv(folder);
}

async function makeEnv(folder: string, requirements: readonly string[], options: PythonEnvOptions): Promise<void> {
  await checkPython(options.python);
  options.onNote(`Making the Python environment ${folder} with ${requirements.join(', ')} (once, about a minute)`);
  await rm(folder, { recursive: true, force: true });
  await mkdir(options.cacheDir, { recursive: true });
  await step(() => runTool(options.python, ['-m', 'venv', folder], options), 'cannot make a virtual environment', 'Install the venv module (Debian and Ubuntu: apt install python3-venv).');
  const pip = ['-m', 'pip', 'install', '--quiet', '--no-input', '--disable-pip-version-check', ...requirements];
  await step(
    () => runTool(join(folder, 'bin', 'python'), pip, options),
    `cannot install ${requirements.join(', ')}`,
    'pip and access to the Python package index (or a mirror configured for pip) are needed once.',
  );
}

async function step(work: () => Promise<void>, what: string, remedy: string): Promise<void> {
  try {
    await work();
  } catch (cause) {
    if (cause instanceof FlowbenchError && cause.code === 'cancelled') throw cause;
    throw new FlowbenchError('tool_missing', `Python ${what} (${messageOf(cause)}).`, { remedy, cause });
  }
}

async function checkPython(python: string): Promise<void> {
  const remedy = `Install Python ${MINIMUM_PYTHON.join('.')} or newer with venv and pip, or name it with --python.`;
  const printed = await promisify(execFile)(python, ['-c', 'import sys; print(*sys.version_info[:2])']).catch((cause: unknown) => {
    throw new FlowbenchError('tool_missing', `datagen needs Python, and "${python}" cannot be run (${messageOf(cause).split('\n')[0]}).`, { remedy, cause });
  });
  const [major, minor] = printed.stdout.trim().split(' ').map(Number);
  if (major === MINIMUM_PYTHON[0] && minor !== undefined && minor >= MINIMUM_PYTHON[1]) return;
  throw new FlowbenchError('tool_missing', `datagen needs Python ${MINIMUM_PYTHON.join('.')} or newer, and "${python}" is ${major}.${minor}.`, { remedy });
}

async function describeEnv(folder: string): Promise<PythonEnv> {
  const python = join(folder, 'bin', 'python');
  const { stdout } = await promisify(execFile)(python, ['-c', 'import sysconfig; print(sysconfig.get_path("purelib"))']);
  const duckdbVersion = DATAGEN_PACKAGES['duckdb-extension-tpch'];
  return {
    python,
    tpchgen: join(folder, 'bin', 'tpchgen-cli'),
    tpchExtension: join(stdout.trim(), 'duckdb_extension_tpch', 'extensions', `v${duckdbVersion}`, 'tpch.duckdb_extension'),
  };
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(() => true, () => false);
}
