import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { messageOf } from '../../model/errors.js';
import { engineFolder, folderBytes, readInstallation } from './installation.js';
import type { Recipe } from './recipe.js';

/** How an engine is on this machine. `unusable`: installed, and something it needs has gone; `outdated`: of other pins than this version's. */
export type InstallState = 'installed' | 'not installed' | 'half-made' | 'unusable' | 'outdated';

export interface EngineState {
  readonly engine: string;
  readonly version: string;
  readonly state: InstallState;
  /** Null where nothing lies. */
  readonly folder: string | null;
  readonly sizeBytes: number | null;
  /** What it runs on, or why it cannot. */
  readonly note: string;
}

export async function engineState(recipe: Recipe, enginesDir: string): Promise<EngineState> {
  const { engine, version } = recipe;
  const folder = await engineFolder(recipe, enginesDir);
  const installation = await readInstallation(folder);
  if (installation === null) {
    const sizeBytes = await folderBytes(folder).catch(() => null);
    if (sizeBytes === null) return { engine, version, state: 'not installed', folder: null, sizeBytes: null, note: '' };
    return { engine, version, state: 'half-made', folder, sizeBytes, note: `"flowbench engines install ${engine}" goes on with it` };
  }
  const problem = await recipe.check(installation).then(() => null, messageOf);
  const { java, sizeBytes } = installation;
  const note = problem ?? (java === null ? '' : `Java ${java.version}`);
  return { engine, version, state: problem === null ? 'installed' : 'unusable', folder, sizeBytes, note };
}

/** Folders of engines that no recipe of this version looks at any more. */
export async function outdatedEngines(recipes: readonly Recipe[], enginesDir: string): Promise<EngineState[]> {
  const current = new Set(await Promise.all(recipes.map(async (recipe) => engineFolder(recipe, enginesDir))));
  const entries = await readdir(enginesDir, { withFileTypes: true }).catch(() => []);
  const folders = entries.filter((entry) => entry.isDirectory()).map(({ name }) => join(enginesDir, name)).filter((folder) => !current.has(folder));
  return (await Promise.all(folders.map(outdated))).flat();
}

async function outdated(folder: string): Promise<EngineState[]> {
  const [, engine, version] = /^([a-z]+)-(.+)-[0-9a-f]{8}$/.exec(basename(folder)) ?? [];
  if (engine === undefined || version === undefined) return [];
  const sizeBytes = await folderBytes(folder).catch(() => null);
  return [{ engine, version, state: 'outdated', folder, sizeBytes, note: 'pinned by another version of flowbench; can be removed' }];
}
