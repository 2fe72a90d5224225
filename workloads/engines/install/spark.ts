import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { LOCAL_ENGINES } from '../../../images/versions.js';
import { checkJava } from './java.js';
import { javaFor, type JavaNeed } from './java-install.js';
import { LOCKS, textsOf } from './locks.js';
import { fetchArtifacts, mavenFolder, nameOf } from './maven.js';
import { checkPythonOf, environmentPython, makeEnvironment, packagesFolder, pipInstall } from './python.js';
import type { Made, Recipe, Site } from './recipe.js';

const { version, java, jars } = LOCAL_ENGINES.spark;
const JAVA: JavaNeed = { wanted: java, fallback: 17 };

/** PySpark in an environment of its own, the jars that let it read S3, and a Java. */
export const SPARK: Recipe = {
  engine: 'spark',
  version,
  cost: { downloadBytes: 600e6, installedBytes: 660e6, peakBytes: 1_400e6, time: '2 to 5 minutes' },
  programs: ['mvn'],
  pinned: async () => [...(await textsOf([LOCKS.sparkBuild, LOCKS.spark, LOCKS.sparkJars])), JSON.stringify(LOCAL_ENGINES.spark)],
  make,
  check: async ({ java: found, paths }) => {
    await checkJava('spark', found?.home ?? '', JAVA.wanted);
    await checkPythonOf('spark', paths.python);
  },
  repair: async (site, made) => ({ ...made, java: await javaFor(JAVA, environmentPython(site.folder), site) }),
};

async function make(site: Site): Promise<Made> {
  const python = await makeEnvironment(site);
  const found = await javaFor(JAVA, python, site);
  await pipInstall(python, site, { lock: LOCKS.sparkBuild });
  site.onNote('spark: fetching and building PySpark (318 MB)');
  await pipInstall(python, site, { lock: LOCKS.spark, isSource: true });
  site.onNote('spark: fetching the jars for S3 (282 MB)');
  const files = await fetchArtifacts(LOCKS.sparkJars, jars, join(site.folder, 'jars'), site);
  await rm(mavenFolder(site), { recursive: true, force: true });
  const paths = { python, sparkHome: join(await packagesFolder(python), 'pyspark'), ...Object.fromEntries(files.map((file, index) => [`jar${index}`, file])) };
  return { java: found, paths, verified: [`pyspark ${version} by images/spark/requirements.txt`, ...jars.map((jar) => `${nameOf(jar)} sha256 ${jar.sha256}`)] };
}
