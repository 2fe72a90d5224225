import { type EnginePlaces } from './engine-places.js';
import { JOB_ENV, JOB_LABELS, JOB_NAMES, jobName, runLabels } from './job-manifest-names.js';
import { componentLabels, envOf, HOME, JOB_FACTS, POD_FACTS, RESTRICTED_CONTAINER, RESTRICTED_POD, resourcesOf, temporary } from './job-manifest-pod.js';
import { type CronJob, type Job, type JobSpec, type PodFailureRule } from './job-manifest-types.js';
import { WARM_PORT, warmUrl } from './job-manifest-warm.js';
import { POOL_LABEL, SYSTEM_TAINT } from './node-pools.js';
import { type Allocatable, allocatable, type NodeShape } from './node-shapes.js';

/** A CronJob has to have a schedule, suspended or not; this one would come once a year. */
const NEVER_USED_SCHEDULE = '0 0 1 1 *';
/**
 * A coordinator shares the system node with operators and with an engine's driver, coordinator or head, which get
 * what it leaves: so it has a share of a small node, and no more than it can use of a large one.
 */
const SHARE_OF_CPU = 1 / 8;
const SHARE_OF_MEMORY = 1 / 12;
const MOST: Allocatable = { cpuMillis: 500, memoryMib: 1_280 };
/** Time to delete the Jobs of a run that is cancelled. */
const GRACE_SECONDS = 60;
/** How often a run may lose its coordinator and go on; every restart resumes it. */
const RESTARTS = 4;
const KEEP_FINISHED_SECONDS = 7 * 24 * 3_600;
const LATEST_START_SECONDS = 3_600;

/** Exit codes of a run after which another start would change nothing: cells not ok, configuration, defect, cancelled. */
export const FINAL_RUN_EXIT_CODES = [1, 2, 70, 130] as const;

/** Partial results are brought here to be merged. */
const TMP = temporary(8);

const RULES: readonly PodFailureRule[] = [
  { action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget', status: 'True' }] },
  { action: 'FailJob', onExitCodes: { containerName: JOB_NAMES.coordinator, operator: 'In', values: FINAL_RUN_EXIT_CODES } },
];

export interface CoordinatorSettings {
  readonly namespace: string;
  readonly image: string;
  readonly serviceAccountName: string;
  /** Type of the system node. */
  readonly node: NodeShape;
  readonly project: string;
  readonly phase: string;
  readonly region: string;
  readonly clusterName: string;
  readonly datasetBucket: string;
  readonly resultsBucket: string;
  /** Prefixes of the datasets that are configured; a run that names none takes the first. */
  readonly datasets: readonly string[];
  readonly engines: readonly string[];
  /** Where those stand that are not ours. */
  readonly places?: EnginePlaces;
  /** Type and number of the nodes that are measured. */
  readonly workerNodeType: string;
  readonly workers: number;
  /** Arguments of `flowbench` for a run that the schedule starts. */
  readonly args: readonly string[];
  /** Cron expression in UTC; absent: suspended, and runs are started by hand. */
  readonly schedule?: string;
  readonly labels?: Readonly<Record<string, string>>;
}

/** What a coordinator may take of a system node. m5.xlarge: 490 millicores and 1 180 MiB. */
export function coordinatorResources(node: NodeShape): Allocatable {
  const offered = allocatable(node);
  return { cpuMillis: atMost(MOST.cpuMillis, offered.cpuMillis * SHARE_OF_CPU), memoryMib: atMost(MOST.memoryMib, offered.memoryMib * SHARE_OF_MEMORY) };
}

const atMost = (limit: number, value: number): number => Math.floor(Math.min(limit, value));

/** The CronJob of a phase: each Job made from it, by the schedule or by hand, is one coordinator of one run. */
export function coordinatorCronJob(settings: CoordinatorSettings): CronJob {
  const labels = { ...settings.labels, ...componentLabels(JOB_NAMES.coordinator) };
  return {
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    metadata: { name: JOB_NAMES.coordinator, namespace: settings.namespace, labels },
    spec: {
      schedule: settings.schedule ?? NEVER_USED_SCHEDULE,
      timeZone: 'Etc/UTC',
      suspend: settings.schedule === undefined,
      // Two runs at once would measure each other.
      concurrencyPolicy: 'Forbid',
      startingDeadlineSeconds: LATEST_START_SECONDS,
      successfulJobsHistoryLimit: 3,
      failedJobsHistoryLimit: 3,
      jobTemplate: { metadata: { labels }, spec: jobSpec(settings, labels) },
    },
  };
}

function jobSpec(settings: CoordinatorSettings, labels: Readonly<Record<string, string>>): JobSpec {
  return {
    backoffLimit: RESTARTS,
    ttlSecondsAfterFinished: KEEP_FINISHED_SECONDS,
    podFailurePolicy: { rules: RULES },
    template: {
      metadata: { labels },
      spec: {
        restartPolicy: 'Never',
        serviceAccountName: settings.serviceAccountName,
        // The one pod of ours that talks to the Kubernetes API.
        automountServiceAccountToken: true,
        enableServiceLinks: false,
        terminationGracePeriodSeconds: GRACE_SECONDS,
        nodeSelector: { [POOL_LABEL]: 'system' },
        tolerations: [{ key: SYSTEM_TAINT.key, operator: 'Equal', value: SYSTEM_TAINT.value, effect: SYSTEM_TAINT.effect }],
        securityContext: RESTRICTED_POD,
        containers: [
          {
            name: JOB_NAMES.coordinator,
            image: settings.image,
            imagePullPolicy: 'IfNotPresent',
            command: ['flowbench'],
            args: settings.args,
            ...(isCalled(settings) ? { ports: [{ name: 'units', containerPort: WARM_PORT }] } : {}),
            env: [...HOME, ...POD_FACTS, ...JOB_FACTS, ...envOf(environment(settings))],
            resources: resourcesOf(coordinatorResources(settings.node)),
            volumeMounts: [TMP.mount],
            securityContext: RESTRICTED_CONTAINER,
          },
        ],
        volumes: [TMP.volume],
      },
    },
  };
}

/** Engines whose workers, or driver programs, come to the coordinator to be told what to do; Trino is asked by it. */
const CALLING: readonly string[] = ['flow', 'spark', 'ray'];
const isCalled = (settings: CoordinatorSettings): boolean => settings.engines.some((engine) => CALLING.includes(engine));

function environment(settings: CoordinatorSettings): Record<string, string> {
  return {
    [JOB_ENV.region]: settings.region,
    [JOB_ENV.project]: settings.project,
    [JOB_ENV.phase]: settings.phase,
    [JOB_ENV.cluster]: settings.clusterName,
    [JOB_ENV.engines]: settings.engines.join(','),
    [JOB_ENV.datasetBucket]: settings.datasetBucket,
    [JOB_ENV.resultsBucket]: settings.resultsBucket,
    [JOB_ENV.datasets]: settings.datasets.join(','),
    [JOB_ENV.nodeType]: settings.workerNodeType,
    [JOB_ENV.workers]: String(settings.workers),
    ...placesOf(settings.places ?? {}),
    ...(isCalled(settings) ? { [JOB_ENV.warmUrl]: warmUrl(settings.namespace), [JOB_ENV.warmPort]: String(WARM_PORT) } : {}),
  };
}

function placesOf({ spark, trino, ray }: EnginePlaces): Record<string, string> {
  return {
    ...(spark === undefined ? {} : { [JOB_ENV.spark]: JSON.stringify(spark) }),
    ...(trino === undefined ? {} : { [JOB_ENV.trino]: JSON.stringify(trino) }),
    ...(ray === undefined ? {} : { [JOB_ENV.ray]: JSON.stringify(ray) }),
  };
}

/** A CronJob as read from the cluster: the manifest, and the uid it got there. */
export interface StoredCronJob {
  readonly uid: string;
  readonly manifest: Pick<CronJob, 'metadata' | 'spec'>;
}

/** What one run adds to what was deployed. */
export interface CoordinatorRun {
  readonly runId: string;
  /** Arguments of `flowbench`. */
  readonly args: readonly string[];
  /** Another image than the deployed one, by digest. */
  readonly image?: string;
}

/** The Job of one run, made by hand from the CronJob as `kubectl create job --from=cronjob/coordinator` makes it. */
export function coordinatorJob(stored: StoredCronJob, run: CoordinatorRun): Job {
  const { metadata, spec } = stored.manifest;
  const { metadata: jobMetadata, spec: job } = spec.jobTemplate;
  const labels = { ...runLabels(run.runId), [JOB_LABELS.managedBy]: 'flowbench-cli' };
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: {
      name: jobName(JOB_NAMES.coordinator, run.runId),
      namespace: metadata.namespace,
      labels: { ...jobMetadata.labels, ...labels },
      annotations: { 'cronjob.kubernetes.io/instantiate': 'manual' },
      ownerReferences: [{ apiVersion: 'batch/v1', kind: 'CronJob', name: metadata.name, uid: stored.uid, controller: true }],
    },
    spec: {
      ...job,
      template: {
        metadata: { labels: { ...job.template.metadata.labels, ...labels } },
        spec: {
          ...job.template.spec,
          containers: job.template.spec.containers.map((container) => ({ ...container, args: run.args, image: run.image ?? container.image })),
        },
      },
    },
  };
}
