import { FlowbenchError } from './errors.js';
import { JOB_ENV, JOB_LABELS, JOB_NAMES, JOB_PATHS, runLabels, sessionLabel } from './job-manifest-names.js';
import { componentLabels, envOf, HOME, POD_FACTS, RESTRICTED_CONTAINER, RESTRICTED_POD, resourcesOf, temporary } from './job-manifest-pod.js';
import { type ConfigMap, type Container, type Job, type JobSpec, type OwnerReference, type PodFailureRule, type PodSpec, type Volume } from './job-manifest-types.js';
import { POOL_LABEL } from './node-pools.js';
import { type NodeShape, workerResources } from './node-shapes.js';
import { labelValue } from './tags.js';
import { WORKER_EXIT } from './worker-metrics.js';

/** Written on the template; a program that reads another refuses it instead of making Jobs of a shape it does not know. */
export const TEMPLATE_VERSION = '2';
const TEMPLATE_VERSION_KEY = 'flowbench/template-version';
const MANAGED_BY = 'flowbench-coordinator';

/** A unit is tried twice: a signal or a lost connection may pass, a second one is a finding. */
export const RETRIES_PER_UNIT = 1;
const GRACE_SECONDS = 10;
const DEFAULT_SPILL_GIB = 30;
/** What one ConfigMap may hold, keys included. */
export const MAX_CONFIG_MAP_BYTES = 1_048_576;
/** A worker's temporary files lie with what it spills; this is for libraries. */
const TMP = temporary(1);
/** Name of the volume that a Job's work units are mounted from. */
const WORK_UNITS = 'work-units';

/** What every Job of workers in a namespace has in common: known when the cluster is deployed. */
export interface FlowWorkerSettings {
  readonly namespace: string;
  readonly image: string;
  readonly serviceAccountName: string;
  readonly node: NodeShape;
  readonly region: string;
  /** More labels of Jobs and pods (project, owner, expiry). */
  readonly labels?: Readonly<Record<string, string>>;
  /** Most that a worker may spill to the node's disk, in GiB; above it the kubelet evicts the pod (default 30). */
  readonly spillGib?: number;
}

/** What one Job adds: known when a query is run. */
export interface FlowWorkerRun {
  readonly name: string;
  readonly runId: string;
  /** The open session of the engine that the Job is part of. */
  readonly sessionId: string;
  /** What is run, such as `Q14-2-1` (query, repetition, stage). */
  readonly query: string;
  /** One pod, one work unit, one node each. */
  readonly workers: number;
  /** From the Job's start to its end, pods' start included. */
  readonly deadlineSeconds: number;
  /** ConfigMaps with the units (see {@link workUnitsConfigMaps}). */
  readonly workUnits: readonly string[];
  /** Notes for whoever reads the Job later. */
  readonly annotations?: Readonly<Record<string, string>>;
  /** The coordinator's Job; absent for a Job that nobody cleans up after. */
  readonly owner?: OwnerReference;
  /** Another image than the template's, by digest. */
  readonly image?: string;
}

/**
 * Why no rule for exit code 137: the code is the same for the kernel's out-of-memory kill, which must not be
 * repeated, and for any other SIGKILL, which may be. The coordinator tells them by the container's reason
 * (`OOMKilled`) and ends the Job before the controller's back-off of 10 s has passed. Every code not named
 * here counts against {@link RETRIES_PER_UNIT}.
 *
 * An eviction for disk or memory carries the condition DisruptionTarget too and is ignored here: the
 * coordinator reads the pod's reason, and ends the cell.
 */
const RULES: readonly PodFailureRule[] = [
  { action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget', status: 'True' }] },
  { action: 'FailIndex', onExitCodes: { containerName: JOB_NAMES.flowWorker, operator: 'In', values: [WORKER_EXIT.badInput, WORKER_EXIT.queryFailed] } },
];

/**
 * The manifest that Jobs of workers are made from. It is a Job itself, valid and suspended, so that it can be
 * read, checked and even applied by hand.
 */
export function flowWorkerJobTemplate(settings: FlowWorkerSettings): Job {
  const labels = { ...settings.labels, ...componentLabels(JOB_NAMES.flowWorker), [JOB_LABELS.managedBy]: MANAGED_BY };
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name: JOB_NAMES.flowWorker, namespace: settings.namespace, labels, annotations: { [TEMPLATE_VERSION_KEY]: TEMPLATE_VERSION } },
    spec: {
      suspend: true,
      completions: 1,
      parallelism: 1,
      completionMode: 'Indexed',
      backoffLimitPerIndex: RETRIES_PER_UNIT,
      // One unit that failed for good is a cell that failed: the other pods stop at once.
      maxFailedIndexes: 0,
      // A second pod of an index is started only when the first is gone: two never share a node's memory.
      podReplacementPolicy: 'Failed',
      podFailurePolicy: { rules: RULES },
      template: { metadata: { labels }, spec: workerPod(settings) },
    },
  };
}

function workerPod(settings: FlowWorkerSettings): PodSpec {
  return {
    restartPolicy: 'Never',
    serviceAccountName: settings.serviceAccountName,
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    terminationGracePeriodSeconds: GRACE_SECONDS,
    nodeSelector: { [POOL_LABEL]: 'worker' },
    affinity: {
      podAntiAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: [
          { labelSelector: { matchLabels: componentLabels(JOB_NAMES.flowWorker) }, topologyKey: 'kubernetes.io/hostname' },
        ],
      },
    },
    securityContext: RESTRICTED_POD,
    containers: [workerContainer(settings)],
    volumes: [
      { name: WORK_UNITS, configMap: { name: WORK_UNITS } },
      { name: 'spill', emptyDir: { sizeLimit: `${settings.spillGib ?? DEFAULT_SPILL_GIB}Gi` } },
      TMP.volume,
    ],
  };
}

function workerContainer(settings: FlowWorkerSettings): Container {
  return {
    name: JOB_NAMES.flowWorker,
    image: settings.image,
    imagePullPolicy: 'IfNotPresent',
    command: ['flow-worker'],
    // Kubernetes puts index and uid in. What a pod writes bears its uid: no two pods of an index write the same object.
    args: ['--work-unit-file', `${JOB_PATHS.workUnits}/$(JOB_COMPLETION_INDEX).json`, '--pod-uid', `$(${JOB_ENV.podUid})`],
    env: [...HOME, ...POD_FACTS, ...envOf({ [JOB_ENV.region]: settings.region })],
    resources: resourcesOf(workerResources(settings.node)),
    volumeMounts: [
      { name: WORK_UNITS, mountPath: JOB_PATHS.workUnits, readOnly: true },
      { name: 'spill', mountPath: JOB_PATHS.spill },
      TMP.mount,
    ],
    securityContext: RESTRICTED_CONTAINER,
  };
}

/** The Job of one query and repetition: the template with the run's facts in it. */
export function flowWorkerJob(template: Job, run: FlowWorkerRun): Job {
  const labels = runLabels(run.runId, { session: run.sessionId, query: run.query });
  const { template: pod, ...spec } = template.spec;
  const job: JobSpec = {
    ...spec,
    suspend: false,
    completions: run.workers,
    parallelism: run.workers,
    activeDeadlineSeconds: run.deadlineSeconds,
    template: {
      metadata: { labels: { ...pod.metadata.labels, ...labels } },
      spec: {
        ...pod.spec,
        containers: pod.spec.containers.map((container) => ({ ...container, image: run.image ?? container.image })),
        volumes: pod.spec.volumes.map((volume) => (volume.name === WORK_UNITS ? workUnitsVolume(run.workUnits) : volume)),
      },
    },
  };
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: {
      name: run.name,
      namespace: template.metadata.namespace,
      labels: { ...template.metadata.labels, ...labels },
      ...(run.annotations === undefined ? {} : { annotations: run.annotations }),
      ...(run.owner === undefined ? {} : { ownerReferences: [run.owner] }),
    },
    spec: job,
  };
}

function workUnitsVolume(names: readonly string[]): Volume {
  const [name = '', ...more] = names;
  if (more.length === 0) return { name: WORK_UNITS, configMap: { name } };
  return { name: WORK_UNITS, projected: { sources: names.map((source) => ({ configMap: { name: source } })) } };
}

/** The merge patch on a Job whose results were taken over: the cluster removes it, and its pods' logs, after a while. */
export function collectedPatch(keepSeconds: number): object {
  return { metadata: { labels: { [JOB_LABELS.collected]: 'true' } }, spec: { ttlSecondsAfterFinished: keepSeconds } };
}

/** Jobs of a session. */
export const sessionLabelSelector = (runId: string, sessionId: string): string =>
  `${runLabelSelector(runId)},${JOB_LABELS.session}=${sessionLabel(sessionId)}`;

/**
 * The units of one Job: `0.json` … `N-1.json`, mounted as a folder. As many ConfigMaps as they need; the first has
 * the Job's name.
 *
 * @param units one JSON text per index
 * @throws `plan_unsupported` for a unit that alone passes what a ConfigMap holds
 */
export function workUnitsConfigMaps(template: Job, run: Pick<FlowWorkerRun, 'name' | 'runId' | 'sessionId' | 'query' | 'owner'>, units: readonly string[]): ConfigMap[] {
  const parts: { data: Record<string, string>; bytes: number }[] = [];
  for (const [index, unit] of units.entries()) {
    const key = `${index}.json`;
    const bytes = key.length + Buffer.byteLength(unit);
    if (bytes > MAX_CONFIG_MAP_BYTES) {
      throw new FlowbenchError('plan_unsupported', `Work unit ${index} of ${run.name} takes ${bytes} bytes; a ConfigMap holds ${MAX_CONFIG_MAP_BYTES}.`, {
        remedy: 'Run with more workers: each has fewer row groups to name then.',
      });
    }
    let part = parts.at(-1);
    if (part === undefined || part.bytes + bytes > MAX_CONFIG_MAP_BYTES) {
      part = { data: {}, bytes: 0 };
      parts.push(part);
    }
    part.data[key] = unit;
    part.bytes += bytes;
  }
  return parts.map(({ data }, position) => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: {
      name: position === 0 ? run.name : `${run.name}-part-${position}`,
      namespace: template.metadata.namespace,
      labels: { ...template.metadata.labels, ...runLabels(run.runId, { session: run.sessionId, query: run.query }) },
      ...(run.owner === undefined ? {} : { ownerReferences: [run.owner] }),
    },
    immutable: true,
    data,
  }));
}

/** Reads the published template. Throws `configuration` when the cluster was deployed by a version that made it otherwise. */
export function parseJobTemplate(text: string): Job {
  let template: Partial<Job> | null;
  try {
    template = JSON.parse(text) as Partial<Job> | null;
  } catch (cause) {
    throw unreadable('is not JSON', cause);
  }
  const version = template?.metadata?.annotations?.[TEMPLATE_VERSION_KEY];
  if (template?.kind !== 'Job' || template.spec === undefined) throw unreadable('is no Job');
  if (version !== TEMPLATE_VERSION) throw unreadable(`has version ${version ?? 'none'}; this program makes Jobs from version ${TEMPLATE_VERSION}`);
  return template as Job;
}

function unreadable(why: string, cause?: unknown): FlowbenchError {
  return new FlowbenchError('configuration', `The Job template in ConfigMap ${JOB_NAMES.templateConfigMap} ${why}.`, {
    remedy: 'Deploy the phase again with the version of flowbench that runs it.',
    cause,
  });
}

/** How a run is named where only label characters are allowed. */
export const runLabelSelector = (runId: string): string => `${JOB_LABELS.run}=${labelValue(runId)}`;
