import { access, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { withFileLock } from '../../dataset/file-lock.js';
import { FlowbenchError } from '../../model/errors.js';
import { freeBytes } from '../free-bytes.js';
import { engineFolder, folderBytes, readInstallation, writeInstallation, type Installation } from './installation.js';
import type { Recipe, Site } from './recipe.js';

export interface InstallOptions extends Pick<Site, 'python' | 'environment' | 'javaFolders' | 'signal' | 'onNote'> {
  readonly enginesDir: string;
  /** Told when it turns out that there is something to do, before anything is. */
  readonly onStart?: (folder: string) => void;
}

export interface Installed extends Installation {
  readonly folder: string;
  /** Whether anything had to be done. */
  readonly made: boolean;
}

/** Another process may be making the same engine, and one of them is built from source. */
const WAIT_FOR_OTHER_MS = 2 * 60 * 60 * 1000;

/**
 * Puts an engine into the folder of engines, unless it is there and usable. A second caller waits for the first;
 * what was left half made is gone on with, and never used.
 */
export async function installEngine(recipe: Recipe, options: InstallOptions): Promise<Installed> {
  const folder = await engineFolder(recipe, options.enginesDir);
  const there = await usableIn(folder, recipe);
  if (there !== null) return { ...there, folder, made: false };
  await noteOther(folder, recipe, options);
  const what = `The installation of ${recipe.engine} in ${folder}`;
  return withFileLock(`${folder}.lock`, { what, waitMs: WAIT_FOR_OTHER_MS }, async () => {
    const meanwhile = await usableIn(folder, recipe);
    if (meanwhile !== null) return { ...meanwhile, folder, made: false };
    options.onStart?.(folder);
    const installation = await makeOrRepair(recipe, { ...options, engine: recipe.engine, folder });
    return { ...installation, folder, made: true };
  });
}

/** Waiting may take as long as installing: it is said. */
async function noteOther(folder: string, { engine }: Recipe, { onNote }: InstallOptions): Promise<void> {
  if (await access(`${folder}.lock`).then(() => true, () => false)) onNote(`${engine}: another process is installing it; waiting for that (${folder}.lock)`);
}

async function usableIn(folder: string, recipe: Recipe): Promise<Installation | null> {
  const installation = await readInstallation(folder);
  if (installation === null) return null;
  return recipe.check(installation).then(() => installation, () => null);
}

async function makeOrRepair(recipe: Recipe, site: Site): Promise<Installation> {
  const damaged = await readInstallation(site.folder);
  const repaired = damaged === null ? null : await repair(recipe, site, damaged);
  if (repaired !== null) return repaired;
  await rm(join(site.folder, 'complete'), { force: true });
  await checkDisk(recipe, site);
  await mkdir(site.folder, { recursive: true });
  const made = await recipe.make(site);
  return finish(recipe, site, made);
}

/** Null when what is wrong with it cannot be mended: it is made anew. */
async function repair(recipe: Recipe, site: Site, damaged: Installation): Promise<Installation | null> {
  const mended = await recipe.repair(site, damaged).catch((cause: unknown) => {
    if (site.signal.aborted) throw cause;
    return null;
  });
  if (mended === null || !(await recipe.check(mended).then(() => true, () => false))) return null;
  return finish(recipe, site, mended);
}

async function finish({ engine, version }: Recipe, { folder }: Site, made: Installation | Awaited<ReturnType<Recipe['make']>>): Promise<Installation> {
  for (const leftover of ['downloads', 'maven']) await rm(join(folder, leftover), { recursive: true, force: true });
  const { java, verified, paths } = made;
  const installation = { engine, version, installedAt: new Date().toISOString(), sizeBytes: await folderBytes(folder), java, verified, paths };
  await writeInstallation(folder, installation);
  return installation;
}

async function checkDisk({ engine, cost }: Recipe, { folder }: Site): Promise<void> {
  const parent = join(folder, '..');
  await mkdir(parent, { recursive: true });
  const there = await folderBytes(folder).catch(() => 0);
  const free = freeBytes(parent);
  if (free + there >= cost.peakBytes) return;
  throw new FlowbenchError('out_of_disk', `${engine} takes ${megabytes(cost.peakBytes)} while it is being installed, and ${megabytes(free)} are free in ${parent}.`, {
    remedy: 'Free some disk, or set XDG_CACHE_HOME to a folder with more.',
  });
}

/** `1,400 MB`. */
export function megabytes(bytes: number): string {
  return `${Math.round(bytes / 1e6).toLocaleString('en-US')} MB`;
}
