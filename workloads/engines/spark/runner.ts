import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { configurationError } from '../../model/errors.js';
import { isS3Uri } from '../../model/storage-uri.js';
import type { EngineRunner, EngineSession, SessionContext } from '../contract.js';
import { openLocalDriver, type LocalPlaces } from '../driver/local.js';
import type { DriverProgram } from '../driver/process.js';
import type { SparkHome } from '../install/homes.js';
import { localSettings, SPARK_TIERS, sparkTier, tierNote } from './settings.js';

/** What programs of this machine are found in; nothing of the caller's environment is handed on. */
const SYSTEM_PATH = '/usr/local/bin:/usr/bin:/bin';

export interface SparkRunnerOptions {
  /** Where Spark is; rejects with `tool_missing` where it is not installed. */
  readonly home: () => Promise<SparkHome>;
  /** The program that holds the session; tests plant faulty ones. */
  readonly driver?: string;
  readonly helloWithinMs?: number;
  /** Added to what the tier sets. */
  readonly settings?: Readonly<Record<string, string>>;
}

/** Spark, as `local[N]` in one JVM: one session for a whole run, over the dataset's own Parquet files. */
export class SparkRunner implements EngineRunner {
  readonly id = 'spark';
  readonly scaling = 'cores';
  readonly variants = ['default'];
  readonly tiers = SPARK_TIERS;

  constructor(private readonly options: SparkRunnerOptions) {}

  async open(context: SessionContext): Promise<EngineSession> {
    const tier = sparkTier(context.tier);
    if (tier === undefined) throw configurationError([`Spark has no tier "${context.tier}".`], `Its tiers: ${SPARK_TIERS.join(', ')}.`);
    if (!this.variants.includes(context.variant)) throw configurationError([`Unknown variant "${context.variant}".`], `Known variants: ${this.variants.join(', ')}.`);
    const home = await this.options.home();
    const note = tierNote({ tier, workers: context.workers });
    return openLocalDriver({
      name: 'Spark',
      context,
      expectedVersion: home.version,
      program: (places) => this.program(home, places),
      options: ({ scratchDir, artifactsDir }) => ({
        ...localSettings({
          ...context, tier, scratchDir, eventLogDir: artifactsDir, javaTmpDir: scratchDir,
          s3Jars: isS3Uri(context.dataset.uri) ? home.s3Jars : [],
        }),
        ...this.options.settings,
        pin_cores: 'true',
        ...(note === null ? {} : { note }),
      }),
      ...(this.options.helloWithinMs === undefined ? {} : { helloWithinMs: this.options.helloWithinMs }),
    });
  }

  private program(home: SparkHome, { sessionFile, scratchDir }: LocalPlaces): DriverProgram {
    const program = this.options.driver ?? join(__dirname, '..', '..', '..', 'images', 'spark', 'driver.py');
    mkdirSync(join(scratchDir, 'home'), { recursive: true });
    return {
      command: home.python,
      args: [program, '--session', sessionFile, '--guarded'],
      cwd: scratchDir,
      env: {
        PATH: SYSTEM_PATH,
        HOME: join(scratchDir, 'home'),
        TMPDIR: scratchDir,
        LANG: 'C.UTF-8',
        JAVA_HOME: home.javaHome,
        SPARK_HOME: home.sparkHome,
        PYSPARK_PYTHON: home.python,
        SPARK_LOCAL_IP: '127.0.0.1',
        PYTHONDONTWRITEBYTECODE: '1',
        PYTHONUNBUFFERED: '1',
      },
    };
  }
}
