import type { EngineRunner, EngineSession, SessionContext } from '../../engines/contract.js';
import { driverSession } from '../../engines/driver/session-file.js';
import { COMMON_SETTINGS, SPARK_TIERS, sparkTier, tierSettings } from '../../engines/spark/settings.js';
import type { SparkPlace } from '../../model/engine-places.js';
import { configurationError } from '../../model/errors.js';
import { JOB_PATHS, jobName } from '../../model/job-manifest-names.js';
import type { NodeShape } from '../../model/node-shapes.js';
import type { EngineApi } from '../api/cluster-api.js';
import type { JobReading } from './custom-job-host.js';
import { openOnCluster } from './open-on-cluster.js';
import type { ClusterEngineParts, DriverDoor } from './place.js';
import { removeLeft } from './remove-left.js';
import { SPARK_APPLICATION, sparkApplication, type SparkApplicationObject } from './spark-application.js';
import { SparkPlans } from './spark-plans.js';
import { driverSize, executorSize } from './spark-sizing.js';
import { wordsOf } from './spark-words.js';

export interface ClusterSparkOptions extends ClusterEngineParts {
  readonly place: SparkPlace;
  readonly door: DriverDoor;
  /** Type of the nodes that executors get, one each. */
  readonly node: NodeShape;
}

/** Safety net for an application whose coordinator is gone: everything of it was collected long before. */
const KEEP_SECONDS = 3_600;
/** Labels that the operator and Spark put on pods. */
const APPLICATION_LABEL = 'sparkoperator.k8s.io/app-name';
const ROLE_LABEL = 'spark-role';
const ENDED: ReadonlySet<string> = new Set(['COMPLETED', 'FAILED', 'SUBMISSION_FAILED']);
/** Nothing is parked on a cluster: an executor whose node is gone is to be noticed soon, as Spark has it by itself. */
const NOTICED_SOON: Readonly<Record<string, string>> = { 'spark.network.timeout': '120s', 'spark.executor.heartbeatInterval': '10s' };

/** Spark as a SparkApplication: N executors with a node each, and one session for all queries. */
export class ClusterSparkRunner implements EngineRunner {
  readonly id = 'spark';
  readonly scaling = 'cores';
  readonly variants = ['default'];
  readonly tiers = SPARK_TIERS;

  constructor(private readonly options: ClusterSparkOptions) {}

  async open(context: SessionContext): Promise<EngineSession> {
    const { api, limits, place, door, node } = this.options;
    const tier = sparkTier(context.tier);
    if (tier === undefined) throw configurationError([`Spark has no tier "${context.tier}".`], `Its tiers: ${SPARK_TIERS.join(', ')}.`);
    await removeLeft(api, SPARK_APPLICATION, limits);
    const name = jobName('fb', context.runId, context.sessionId);
    const executor = executorSize({ tier, node, threads: context.threadsPerWorker, memoryBytes: context.memoryLimitBytes });
    return openOnCluster<SparkApplicationObject>({
      name: 'Spark', parts: this.options, door, expectedVersion: place.sparkVersion,
      reading: readingOf(api, name),
      manifest: (channel, s3) => sparkApplication({
        name, place, runId: context.runId, sessionId: context.sessionId, executors: context.workers, executor, driver: driverSize(place.driver),
        sparkConf: { ...COMMON_SETTINGS, ...NOTICED_SOON, ...tierSettings(tier, executor.cores * context.workers) },
        session: driverSession(context, { coordinator: door.url, scratch_dir: JOB_PATHS.tmp, artifacts_dir: null, s3 }, {}),
        token: channel.token, keepSeconds: KEEP_SECONDS,
      }),
      sight: (artifacts) => {
        const plans = new SparkPlans(artifacts);
        return { tierThreads: executor.cores * context.workers, keepPlan: (...what) => plans.note(...what), tidy: () => plans.fetch() };
      },
    }, context);
  }
}

/** The operator's words about an application, and its pods. */
export function readingOf(api: EngineApi, name: string): JobReading<SparkApplicationObject> {
  return {
    kind: SPARK_APPLICATION,
    podSelector: `${APPLICATION_LABEL}=${name}`,
    ownsPods: true,
    isDriver: ({ metadata }) => metadata?.labels?.[ROLE_LABEL] === 'driver',
    isTouched: ({ status }) => (status?.applicationState?.state ?? '') !== '',
    endOf: ({ status }) => {
      const { state = '', errorMessage = '' } = status?.applicationState ?? {};
      if (!ENDED.has(state)) return null;
      return errorMessage === '' ? state : `${state}: ${wordsOf(errorMessage)}`;
    },
    logOf: (item, tailLines) => api.podLog(item?.status?.driverInfo?.podName ?? `${name}-driver`, { tailLines }),
  };
}
