/** What Spark is set to, as data: the same for `local[N]` and, as far as it applies, for a SparkApplication. */

/** Sets of settings. `plan` is what the plan of this benchmark names; `tuned` is ours, each key with its reason here. */
export const SPARK_TIERS = ['default', 'plan', 'tuned'] as const;
export type SparkTier = (typeof SPARK_TIERS)[number];

/** An executor as the plan has it: it leaves memory of the node unused. */
export const PLAN_EXECUTOR = { cores: 3, memoryBytes: 3 * 1024 ** 3 } as const;

const MIB = 1024 ** 2;

/** A query that shuffles little gains from fewer, larger tasks; adaptive execution joins small ones but still starts them. */
const TUNED_PARTITIONS_PER_CORE = 4;

/** For every place: what makes runs comparable, and no setting that makes queries faster. */
export const COMMON_SETTINGS: Readonly<Record<string, string>> = {
  // The default, said explicitly: it must not depend on the version.
  'spark.sql.adaptive.enabled': 'true',
  'spark.dynamicAllocation.enabled': 'false',
  // A driver that is parked while another engine is timed must not be taken for dead by its own parts.
  'spark.network.timeout': '7200s',
  'spark.executor.heartbeatInterval': '60s',
  'spark.ui.enabled': 'true',
  'spark.ui.showConsoleProgress': 'false',
  'spark.eventLog.enabled': 'true',
  // Plans are kept to be read: by itself Spark writes 100 characters of what a scan reads.
  'spark.sql.maxMetadataStringLength': '2000',
};

/** What a tier sets besides, for so many cores in all. */
export function tierSettings(tier: SparkTier, cores: number): Readonly<Record<string, string>> {
  if (tier !== 'tuned') return {};
  return {
    // The default of 200 is made for clusters of a hundred cores and more.
    'spark.sql.shuffle.partitions': String(Math.max(cores * TUNED_PARTITIONS_PER_CORE, 8)),
    // Rows that leave Tungsten's own format (broadcasts, task results) are smaller than in Java's.
    'spark.serializer': 'org.apache.spark.serializer.KryoSerializer',
    // The default of 10 MB keeps tables of TPC-H's dimensions from being broadcast that fit many times over.
    'spark.sql.autoBroadcastJoinThreshold': '64m',
  };
}

export interface LocalSpark {
  readonly tier: SparkTier;
  readonly workers: number;
  readonly threadsPerWorker: number;
  /** Of one worker. */
  readonly memoryLimitBytes: number;
  readonly scratchDir: string;
  /** Where the event log goes; null for none. */
  readonly eventLogDir: string | null;
  /** Jars for s3a; none where the dataset is a folder. */
  readonly s3Jars: readonly string[];
  readonly javaTmpDir: string;
}

/** Spark in one JVM: `local[N]` with N cores, whose heap is all the memory given. */
export function localSettings(local: LocalSpark): Readonly<Record<string, string>> {
  const cores = local.workers * local.threadsPerWorker;
  return {
    ...COMMON_SETTINGS,
    ...tierSettings(local.tier, cores),
    'spark.master': `local[${cores}]`,
    // One JVM is driver and executor here.
    'spark.driver.memory': `${Math.floor(heapBytes(local) / MIB)}m`,
    'spark.driver.bindAddress': '127.0.0.1',
    'spark.driver.host': '127.0.0.1',
    'spark.ui.port': '0',
    'spark.local.dir': local.scratchDir,
    'spark.sql.warehouse.dir': `${local.scratchDir}/warehouse`,
    'spark.driver.extraJavaOptions': `-Djava.io.tmpdir=${local.javaTmpDir} -Dderby.system.home=${local.javaTmpDir}`,
    ...(local.eventLogDir === null ? { 'spark.eventLog.enabled': 'false' } : { 'spark.eventLog.dir': `file:${local.eventLogDir}` }),
    ...(local.s3Jars.length === 0 ? {} : { 'spark.jars': local.s3Jars.join(',') }),
  };
}

/** What of the plan's tier does not apply on one machine, for the settings that are stored; null for other tiers. */
export function tierNote({ tier, workers }: Pick<LocalSpark, 'tier' | 'workers'>): string | null {
  if (tier !== 'plan') return null;
  return `the plan's 3 cores and 3 GB an executor: on one machine there are no executors, so the cores are those given and the heap is 3 GiB for each of ${workers}, at most what was given`;
}

function heapBytes({ tier, workers, memoryLimitBytes }: LocalSpark): number {
  return workers * (tier === 'plan' ? Math.min(PLAN_EXECUTOR.memoryBytes, memoryLimitBytes) : memoryLimitBytes);
}

/** Throws nothing: undefined for a word that names no tier. */
export function sparkTier(word: string): SparkTier | undefined {
  return SPARK_TIERS.find((tier) => tier === word);
}
