import { LOCAL_ENGINES } from '../../../images/versions.js';
import { FlowbenchError } from '../../model/errors.js';
import { DAFT } from './daft.js';
import { EMATIX } from './ematix-recipe.js';
import type { DaftHome, EmatixHome, SparkHome, TrinoHome } from './homes.js';
import { engineFolder, readInstallation, type Installation } from './installation.js';
import type { Recipe } from './recipe.js';
import { SPARK } from './spark.js';
import { TRINO } from './trino.js';

/** Each throws `tool_missing` when the engine is not installed, whole and as pinned, and `engine_unavailable` when its Java or Python has gone. */

export async function sparkHome(enginesDir: string): Promise<SparkHome> {
  const installation = await installationOf(SPARK, enginesDir);
  const { paths, java } = installation;
  const s3Jars = Object.entries(paths).filter(([name]) => name.startsWith('jar')).map(([, file]) => file);
  return { python: pathIn(installation, 'python'), sparkHome: pathIn(installation, 'sparkHome'), javaHome: java?.home ?? '', s3Jars, version: installation.version };
}

export async function trinoHome(enginesDir: string): Promise<TrinoHome> {
  return homeOfTrino(TRINO, enginesDir);
}

/** As an installation by another recipe has it. */
export async function homeOfTrino(recipe: Recipe, enginesDir: string): Promise<TrinoHome> {
  const installation = await installationOf(recipe, enginesDir);
  return { home: pathIn(installation, 'home'), javaHome: installation.java?.home ?? '', version: installation.version };
}

export async function daftHome(enginesDir: string): Promise<DaftHome> {
  const installation = await installationOf(DAFT, enginesDir);
  return { python: pathIn(installation, 'python'), ray: pathIn(installation, 'ray'), daftVersion: installation.version, rayVersion: LOCAL_ENGINES.daft.ray };
}

export async function ematixHome(enginesDir: string): Promise<EmatixHome> {
  const installation = await installationOf(EMATIX, enginesDir);
  return { binary: pathIn(installation, 'binary'), version: installation.version };
}

async function installationOf(recipe: Recipe, enginesDir: string): Promise<Installation> {
  const installation = await readInstallation(await engineFolder(recipe, enginesDir));
  if (installation === null) {
    throw new FlowbenchError('tool_missing', `${recipe.engine} ${recipe.version} is not installed on this machine.`, {
      remedy: `Run "flowbench engines install ${recipe.engine}" (${recipe.cost.time}).`,
    });
  }
  await recipe.check(installation);
  return installation;
}

function pathIn({ engine, paths }: Installation, name: string): string {
  const path = paths[name];
  if (path !== undefined) return path;
  throw new FlowbenchError('engine_unavailable', `What is recorded of ${engine} names no ${name}.`, { remedy: `"flowbench engines install ${engine}" makes it anew.` });
}
