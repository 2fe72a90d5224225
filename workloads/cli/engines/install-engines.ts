import { folderBytes } from '../../engines/install/installation.js';
import { installEngine, megabytes, type Installed } from '../../engines/install/install-engine.js';
import { INSTALLABLE_ENGINES, type InstallableEngine, type Recipe } from '../../engines/install/recipe.js';
import { RECIPES } from '../../engines/install/recipes.js';
import { configurationError, FlowbenchError } from '../../model/errors.js';
import { enginesFolder } from '../cache-folder.js';
import { EXIT } from '../exit-codes.js';
import { say } from '../say.js';
import { stopOnSignals } from '../stop-on-signals.js';

const PROGRESS_EVERY_MS = 15_000;

/**
 * Installs engines one after the other; one that cannot be does not keep the next from it. Answers the exit code:
 * 0 when all are there, 2 when one is not, 130 after Ctrl-C.
 */
export async function installEngines(names: readonly string[], python: string): Promise<number> {
  const recipes = chosen(names);
  const stop = new AbortController();
  const release = stopOnSignals(stop, 'Stopping; the same command continues where it stopped (press Ctrl-C again to leave at once).');
  let exitCode: number = EXIT.ok;
  try {
    for (const recipe of recipes) {
      if (stop.signal.aborted || (await installOne(recipe, python, stop.signal))) continue;
      exitCode = EXIT.configuration;
    }
  } finally {
    release();
  }
  return stop.signal.aborted ? EXIT.interrupted : exitCode;
}

function chosen(names: readonly string[]): readonly Recipe[] {
  const known = `Engines that can be installed: ${INSTALLABLE_ENGINES.join(', ')} (flow and duckdb come with flowbench).`;
  if (names.length === 0) throw configurationError(['Name the engines to install.'], known);
  const unknown = names.filter((name) => !isInstallable(name));
  if (unknown.length > 0) throw configurationError(unknown.map((name) => `"${name}" cannot be installed.`), known);
  return [...new Set(names)].filter(isInstallable).map((name) => RECIPES[name]);
}

function isInstallable(name: string): name is InstallableEngine {
  return (INSTALLABLE_ENGINES as readonly string[]).includes(name);
}

/** Whether it is there now. What went wrong is said. */
async function installOne(recipe: Recipe, python: string, signal: AbortSignal): Promise<boolean> {
  const startedAt = performance.now();
  let progress: NodeJS.Timeout | undefined;
  try {
    const installed = await installEngine(recipe, {
      enginesDir: enginesFolder(), python, environment: process.env, signal, onNote: say,
      onStart: (folder) => {
        say(announcement(recipe));
        progress = setInterval(() => void sayProgress(recipe.engine, folder, startedAt), PROGRESS_EVERY_MS);
      },
    });
    process.stdout.write(`${result(installed, performance.now() - startedAt)}\n`);
    return true;
  } catch (error) {
    if (!(error instanceof FlowbenchError) || error.code === 'internal') throw error;
    if (!signal.aborted) say(`flowbench: ${error.sentence}`);
    return false;
  } finally {
    clearInterval(progress);
  }
}

function announcement({ engine, version, cost }: Recipe): string {
  return `${engine} ${version}: fetches about ${megabytes(cost.downloadBytes)} and takes ${megabytes(cost.installedBytes)} on disk (${megabytes(cost.peakBytes)} meanwhile); ${cost.time}`;
}

async function sayProgress(engine: string, folder: string, startedAt: number): Promise<void> {
  const bytes = await folderBytes(folder).catch(() => 0);
  say(`${engine}: ${seconds(performance.now() - startedAt)}, ${megabytes(bytes)} on disk so far`);
}

function result({ engine, version, made, sizeBytes, folder, java }: Installed, tookMs: number): string {
  const runsOn = java === null ? '' : `, on Java ${java.version} (${java.home})`;
  const what = `${engine} ${version}, ${megabytes(sizeBytes)}, ${folder}${runsOn}`;
  return made ? `Installed: ${what}; took ${seconds(tookMs)}` : `Already there: ${what}`;
}

function seconds(ms: number): string {
  return `${Math.round(ms / 1000)} s`;
}
