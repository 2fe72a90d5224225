import { join } from 'node:path';
import { LOCAL_ENGINES } from '../../../images/versions.js';
import { checkJava, type WantedJava } from './java.js';
import { javaFor, type JavaNeed } from './java-install.js';
import { LOCKS, textsOf } from './locks.js';
import { fetchArtifacts, nameOf, type Artifact } from './maven.js';
import { checkPythonOf, environmentPython, makeEnvironment, packagesFolder, pipInstall } from './python.js';
import type { Made, Recipe, Site } from './recipe.js';

/** What of Spark is installed and how it is checked, besides the locks. */
export interface SparkPins {
  readonly version: string;
  readonly java: WantedJava;
  readonly jars: readonly Artifact[];
}

/** PySpark in an environment of its own, the jars that let it read S3, and a Java. */
export function sparkRecipe(pins: SparkPins): Recipe {
  const need: JavaNeed = { wanted: pins.java, fallback: 17 };
  return {
    engine: 'spark',
    version: pins.version,
    cost: { downloadBytes: 600e6, installedBytes: 660e6, peakBytes: 1_400e6, time: '2 to 5 minutes' },
    programs: ['mvn'],
    pinned: async () => [...(await textsOf([LOCKS.sparkBuild, LOCKS.spark, LOCKS.sparkJars])), JSON.stringify(pins)],
    make: async (site) => make(pins, need, site),
    check: async ({ java, paths }) => {
      await checkJava('spark', java?.home ?? '', need.wanted);
      await checkPythonOf('spark', paths.python);
    },
    repair: async (site, made) => ({ ...made, java: await javaFor(need, environmentPython(site.folder), site) }),
  };
}

export const SPARK = sparkRecipe(LOCAL_ENGINES.spark);

async function make({ version, jars }: SparkPins, need: JavaNeed, site: Site): Promise<Made> {
  const python = await makeEnvironment(site);
  const java = await javaFor(need, python, site);
  await pipInstall(python, site, { lock: LOCKS.sparkBuild });
  site.onNote('spark: fetching and building PySpark (318 MB)');
  await pipInstall(python, site, { lock: LOCKS.spark, isSource: true });
  site.onNote('spark: fetching the jars for S3 (282 MB)');
  const files = await fetchArtifacts(LOCKS.sparkJars, jars, join(site.folder, 'jars'), site);
  const paths = { python, sparkHome: join(await packagesFolder(python), 'pyspark'), ...Object.fromEntries(files.map((file, index) => [`jar${index}`, file])) };
  return { java, paths, verified: [`pyspark ${version} by images/spark/requirements.txt`, ...jars.map((jar) => `${nameOf(jar)} sha256 ${jar.sha256}`)] };
}
