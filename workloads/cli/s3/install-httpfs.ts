import { copyFile, mkdir, mkdtemp, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { HTTPFS } from '../../../images/versions.js';
import { withFileLock } from '../../dataset/file-lock.js';
import { runTool } from '../../dataset/tool-process.js';
import { FlowbenchError, messageOf } from '../../model/errors.js';

/** Where a person works, besides the platforms of the images. */
const OTHER_WHEELS = [
  // macOS on arm64 and on x64, Windows.
  'sha256:a6d9b245ac83834543354e826020b35b8dba16291bb876b2b00bd49f2c6aeb9d',
  'sha256:5dc6e48e7a6d4c775d88fcd9b6529b385559600c0cd17a2600addfdd34ae3060',
  'sha256:138fd4368906c04636642023c123bd564d1bd1b9b75cd762f9f9bfad6fccb1ba',
] as const;
const WAIT_FOR_OTHER_MS = 5 * 60 * 1000;

export interface InstallOptions {
  /** Where the extension goes; nothing is done when it is there. */
  readonly file: string;
  /** A Python with pip, which fetches and unpacks it. */
  readonly python: string;
  readonly signal: AbortSignal;
}

/** What lies at the file afterwards. */
export interface Installed {
  readonly sizeBytes: number;
  readonly made: boolean;
}

/** Puts DuckDB's httpfs at its place, pinned by version and content. Throws `tool_missing` where that cannot be. */
export async function installHttpfs(options: InstallOptions): Promise<Installed> {
  const there = await sizeOf(options.file);
  if (there !== null) return { sizeBytes: there, made: false };
  await mkdir(dirname(options.file), { recursive: true });
  return withFileLock(`${options.file}.lock`, { what: `The extension ${options.file}`, waitMs: WAIT_FOR_OTHER_MS }, async () => {
    const meanwhile = await sizeOf(options.file);
    if (meanwhile !== null) return { sizeBytes: meanwhile, made: false };
    await fetchInto(options);
    return { sizeBytes: (await sizeOf(options.file)) ?? 0, made: true };
  });
}

async function fetchInto({ file, python, signal }: InstallOptions): Promise<void> {
  const work = await mkdtemp(join(dirname(file), 'fetch-'));
  try {
    const requirements = join(work, 'requirements.txt');
    const hashes = [...Object.values(HTTPFS.wheels), ...OTHER_WHEELS].map((hash) => `--hash=${hash}`);
    await writeFile(requirements, `${HTTPFS.package}==${HTTPFS.version} ${hashes.join(' ')}\n`);
    const pip = ['-m', 'pip', 'download', '--quiet', '--no-input', '--disable-pip-version-check', '--no-deps', '--only-binary=:all:', '--require-hashes'];
    await runTool(python, [...pip, '--requirement', requirements, '--dest', work], { signal });
    const wheel = (await readdir(work)).find((name) => name.endsWith('.whl')) ?? '';
    await runTool(python, ['-m', 'zipfile', '-e', join(work, wheel), join(work, 'wheel')], { signal });
    await copyFile(join(work, 'wheel', HTTPFS.file), join(work, 'whole'));
    await rename(join(work, 'whole'), file);
  } catch (cause) {
    if (cause instanceof FlowbenchError && cause.code === 'cancelled') throw cause;
    throw new FlowbenchError('tool_missing', `DuckDB's extension httpfs ${HTTPFS.version} cannot be installed (${messageOf(cause).trim()}).`, {
      remedy: 'Python 3 with pip, and access to the Python package index (or a mirror configured for pip), are needed once; or name a file of it by FLOWBENCH_HTTPFS.', cause,
    });
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function sizeOf(file: string): Promise<number | null> {
  return stat(file).then(({ size }) => size, () => null);
}
