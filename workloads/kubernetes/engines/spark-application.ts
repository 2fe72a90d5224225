import { DRIVER_TOKEN_VARIABLE } from '../../model/driver-protocol.js';
import type { SparkPlace } from '../../model/engine-places.js';
import { componentLabels } from '../../model/job-manifest-pod.js';
import { runLabels } from '../../model/job-manifest-names.js';
import { SPARK_API_CLIENT_ENV } from '../../model/spark-api-client.js';
import type { CustomKind, CustomManifest } from '../api/cluster-api.js';
import type { CustomObject } from '../api/objects.js';
import { annotatedFile, ON_SYSTEM_NODE, ON_WORKER_NODES, onePerNode, RESTRICTED_ENGINE_CONTAINER, restrictedPodOf, TEMPORARY } from './engine-pods.js';
import { type DriverSize, type ExecutorSize } from './spark-sizing.js';

export const SPARK_APPLICATION: CustomKind = { apiVersion: 'sparkoperator.k8s.io/v1beta2', kind: 'SparkApplication', resource: 'sparkapplications' };

/** The status that the operator writes, as far as it is read here. */
export interface SparkApplicationObject extends CustomObject {
  status?: {
    applicationState?: { state?: string; errorMessage?: string };
    driverInfo?: { podName?: string };
    executorState?: Record<string, string>;
  };
}

export interface SparkApplicationRun {
  readonly name: string;
  readonly place: SparkPlace;
  readonly runId: string;
  readonly sessionId: string;
  readonly executors: number;
  readonly executor: ExecutorSize;
  readonly driver: DriverSize;
  /** Beside those of the place, which they override. */
  readonly sparkConf: Readonly<Record<string, string>>;
  /** What the driver program is started with. */
  readonly session: object;
  readonly token: string;
  /** How long a finished application is kept whose coordinator is gone. */
  readonly keepSeconds: number;
}

/** User of the Spark image. */
const SPARK_USER = 185;
/** Names of the containers that Spark itself looks for in a template. */
const DRIVER_CONTAINER = 'spark-kubernetes-driver';
const EXECUTOR_CONTAINER = 'spark-kubernetes-executor';
const COMPONENT = 'spark';
const DRIVER_PROGRAM = 'local:///opt/flowbench/driver.py';
export const SESSION_ANNOTATION = 'flowbench/session';
const SESSION = annotatedFile('session', SESSION_ANNOTATION, '/flowbench');
/** Label that Spark gives its pods. */
const EXECUTOR_ROLE = { 'spark-role': 'executor' };

/** All executors before the first task, so that no query runs on half of them; none comes or goes later. */
const FIXED_SIZE: Readonly<Record<string, string>> = {
  'spark.dynamicAllocation.enabled': 'false',
  'spark.scheduler.minRegisteredResourcesRatio': '1.0',
  'spark.scheduler.maxRegisteredResourcesWaitingTime': '300s',
};

/**
 * How long spark-submit and the driver wait for an API server, ms: six times Spark's own 10 s, which one that is busy,
 * or a machine on which the JVM has just begun, does not keep to; a submission that was given up is not tried again.
 */
const API_PATIENCE: Readonly<Record<string, string>> = Object.fromEntries(
  ['submission', 'driver'].flatMap((who) => ['connectionTimeout', 'requestTimeout'].map((what) => [`spark.kubernetes.${who}.${what}`, '60000'])),
);

/**
 * The SparkApplication of one session. Everything of its pods that the operator's webhook would add stands in the
 * templates, so that nothing depends on it. It is never started again: a session that is lost is lost.
 */
export function sparkApplication(run: SparkApplicationRun): CustomManifest & { readonly spec: object } {
  const { place, executor, driver } = run;
  const labels = { ...componentLabels(COMPONENT), ...runLabels(run.runId, { session: run.sessionId }) };
  return {
    apiVersion: SPARK_APPLICATION.apiVersion,
    kind: SPARK_APPLICATION.kind,
    metadata: { name: run.name, namespace: place.namespace, labels },
    spec: {
      type: 'Python',
      mode: 'cluster',
      sparkVersion: place.sparkVersion,
      image: place.image,
      imagePullPolicy: 'IfNotPresent',
      mainApplicationFile: DRIVER_PROGRAM,
      arguments: ['--session', SESSION.file],
      sparkConf: { ...API_PATIENCE, ...place.sparkConf, ...FIXED_SIZE, ...run.sparkConf },
      restartPolicy: { type: 'Never' },
      timeToLiveSeconds: run.keepSeconds,
      driver: { ...driver, serviceAccount: place.serviceAccount, template: driverTemplate(run) },
      // An executor that is gone is kept until its application goes: its end says why.
      executor: { ...executor, instances: run.executors, serviceAccount: place.serviceAccount, deleteOnTermination: false, template: executorTemplate() },
    },
  };
}

function driverTemplate({ session, token }: SparkApplicationRun): object {
  return {
    metadata: { annotations: { [SESSION_ANNOTATION]: JSON.stringify(session) } },
    spec: {
      ...ON_SYSTEM_NODE,
      enableServiceLinks: false,
      securityContext: restrictedPodOf(SPARK_USER),
      containers: [{
        name: DRIVER_CONTAINER,
        env: [{ name: DRIVER_TOKEN_VARIABLE, value: token }, ...SPARK_API_CLIENT_ENV],
        volumeMounts: [SESSION.mount, TEMPORARY.mount],
        securityContext: RESTRICTED_ENGINE_CONTAINER,
      }],
      volumes: [SESSION.volume, TEMPORARY.volume],
    },
  };
}

function executorTemplate(): object {
  return {
    spec: {
      ...ON_WORKER_NODES,
      affinity: onePerNode(EXECUTOR_ROLE),
      enableServiceLinks: false,
      securityContext: restrictedPodOf(SPARK_USER),
      containers: [{ name: EXECUTOR_CONTAINER, volumeMounts: [TEMPORARY.mount], securityContext: RESTRICTED_ENGINE_CONTAINER }],
      volumes: [TEMPORARY.volume],
    },
  };
}
