import { driverSize, executorSize } from '../../../workloads/kubernetes/engines/spark-sizing.js';
import { type SparkApplicationRun } from '../../../workloads/kubernetes/engines/spark-application.js';
import { type RayPlace, type SparkPlace, type TrinoPlace } from '../../../workloads/model/engine-places.js';
import { NODE_SHAPES, type NodeShape, nodeShape } from '../../../workloads/model/node-shapes.js';

export const NODE: NodeShape = nodeShape('m5.xlarge') ?? (NODE_SHAPES[0] as NodeShape);
export const TEN_GIB = 10 * 2 ** 30;

export const SPARK_PLACE: SparkPlace = {
  namespace: 'flowbench-spark', image: `repository/spark@sha256:${'a'.repeat(64)}`, serviceAccount: 'spark', sparkVersion: '3.5.8',
  sparkConf: { 'spark.eventLog.enabled': 'true', 'spark.eventLog.dir': 's3a://results/spark-event-logs/' },
  driver: { cpuMillis: 2_000, memoryMib: 5_120 },
};
export const RAY_PLACE: RayPlace = { namespace: 'flowbench-ray', rayCluster: 'ray', workerGroup: 'workers', image: `repository/daft@sha256:${'b'.repeat(64)}`, rayVersion: '2.57.0' };
export const TRINO_PLACE: TrinoPlace = { namespace: 'engines', url: 'http://trino:8080', workerDeployment: 'trino-worker', catalog: 'hive', databases: {}, trinoVersion: '480' };

/** A session as it is when every month of a dataset is a file. */
export const SESSION = {
  coordinator: 'http://coordinator.flowbench-beta.svc:8470', session_id: 'spark-default-4-1a2b3c', dataset_uri: 's3://data/tpch/sf100',
  tables: { lineitem: { files: Array.from({ length: 84 }, (_, index) => `lineitem/month-${index}.parquet`) } },
};

export function sparkRun(changes: Partial<SparkApplicationRun> = {}): SparkApplicationRun {
  return {
    name: 'spark-run-1', place: SPARK_PLACE, runId: '20261121T101500Z-a1b2c3', sessionId: 'spark-default-4-1a2b3c', executors: 4,
    executor: executorSize({ tier: 'default', node: NODE, threads: 4, memoryBytes: TEN_GIB }), driver: driverSize(SPARK_PLACE.driver),
    sparkConf: {}, session: SESSION, token: 'word', keepSeconds: 3_600, ...changes,
  };
}
