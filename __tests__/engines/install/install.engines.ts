import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { LOCAL_ENGINES } from '../../../images/versions.js';
import { ENGINES_DIR, installed } from '../../fixtures/installed-engine.js';
import { engineState } from '../../../workloads/engines/install/engine-states.js';
import { installEngine } from '../../../workloads/engines/install/install-engine.js';
import { RECIPES } from '../../../workloads/engines/install/recipes.js';

/** Installing from an empty cache, on a slow line. */
const COLD_MS = 15 * 60 * 1000;

async function printed(command: string, args: readonly string[], environment: Readonly<Record<string, string>> = {}): Promise<string> {
  const { stdout } = await promisify(execFile)(command, [...args], { env: { ...process.env, ...environment }, timeout: 120_000 });
  return stdout.trim();
}

test('Spark is installed, runs in its Java, and has its jars for S3', async () => {
  const { python, sparkHome, javaHome, s3Jars, version } = await installed('spark');
  expect(await printed(python, ['-c', 'import pyspark; print(pyspark.__version__)'])).toBe(version);
  expect(version).toBe(LOCAL_ENGINES.spark.version);
  const environment = { JAVA_HOME: javaHome, SPARK_HOME: sparkHome };
  const { stderr } = await promisify(execFile)(`${sparkHome}/bin/spark-submit`, ['--version'], { env: { ...process.env, ...environment } });
  expect(stderr).toMatch(/version 3\.5\.8[\s\S]*(17|11)\.0\.\d+/);
  expect(s3Jars).toHaveLength(LOCAL_ENGINES.spark.jars.length);
}, COLD_MS);

test('Trino is installed with what it takes to read Parquet, and its launcher starts', async () => {
  const { home, javaHome, version } = await installed('trino');
  expect(version).toBe(LOCAL_ENGINES.trino.version);
  expect(await printed(`${home}/bin/launcher`, ['--help'], { JAVA_HOME: javaHome })).toContain('run');
  expect(await printed('ls', [`${home}/plugin`])).toBe('hive');
}, COLD_MS);

test('Daft and Ray are installed, and find each other', async () => {
  const { python, ray, daftVersion, rayVersion } = await installed('daft');
  const program = 'import daft, ray; print(daft.__version__, ray.__version__)';
  expect(await printed(python, ['-c', program], { DAFT_ANALYTICS_ENABLED: '0' })).toBe(`${daftVersion} ${rayVersion}`);
  expect(await printed(ray, ['--version'])).toContain(rayVersion);
}, COLD_MS);

test.each(['spark', 'trino', 'daft'] as const)('%s is not installed a second time', async (name) => {
  await installed(name);
  const again = await installEngine(RECIPES[name], {
    enginesDir: ENGINES_DIR, python: 'no-such-python', environment: {}, signal: new AbortController().signal, onNote: () => undefined,
  });
  expect(again.made).toBe(false);
  expect(await engineState(RECIPES[name], ENGINES_DIR)).toMatchObject({ state: 'installed', folder: again.folder });
}, COLD_MS);
