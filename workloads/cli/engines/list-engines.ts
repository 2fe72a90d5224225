import Table from 'cli-table3';
import { engineState, outdatedEngines, type EngineState } from '../../engines/install/engine-states.js';
import { megabytes } from '../../engines/install/install-engine.js';
import { INSTALLABLE_ENGINES } from '../../engines/install/recipe.js';
import { RECIPES } from '../../engines/install/recipes.js';
import { enginesFolder } from '../cache-folder.js';
import { flowbenchVersion } from '../version.js';

/** Prints every engine that flowbench knows, as it is on this machine. */
export async function listEngines(): Promise<void> {
  const { version: duckdbVersion } = await import('@duckdb/node-api');
  const recipes = INSTALLABLE_ENGINES.map((name) => RECIPES[name]);
  const duckdb = duckdbVersion().replace(/^v/, '');
  const states = [...(await Promise.all(recipes.map(async (recipe) => engineState(recipe, enginesFolder())))), ...(await outdatedEngines(recipes, enginesFolder()))];
  process.stdout.write(renderEngines([
    ['flow', `${flowbenchVersion()} (DuckDB ${duckdb})`, 'comes with flowbench', '', '', ''],
    ['duckdb', duckdb, 'comes with flowbench', '', '', ''],
    ...states.map(row),
  ]));
}

function row({ engine, version, state, sizeBytes, folder, note }: EngineState): string[] {
  return [engine, version, state, sizeBytes === null ? '' : megabytes(sizeBytes), folder ?? '', note];
}

/** Folders are not wrapped: they are there to be copied. */
export function renderEngines(rows: readonly (readonly string[])[]): string {
  const table = new Table({ head: ['engine', 'version', 'state', 'size', 'folder', ''], style: { head: [], border: [] }, colAligns: ['left', 'left', 'left', 'right', 'left', 'left'] });
  for (const cells of rows) table.push([...cells]);
  return `${table.toString()}\n`;
}
