import { JOB_ENV, JOB_NAMES, runLabels } from './job-manifest-names.js';
import { envOf } from './job-manifest-pod.js';
import { type Container, type Job, type JobSpec, type OwnerReference, type PodFailureRule, type PodSpec } from './job-manifest-types.js';
import { WORKER_EXIT } from './worker-metrics.js';

/** Port of the coordinators' Service, and of their pods: network policies of EKS want both to be the same. */
export const WARM_PORT = 8_470;
/** Where pods of a namespace reach its coordinator: its Service has the coordinator's name. */
export const warmUrl = (namespace: string): string => `http://${JOB_NAMES.coordinator}.${namespace}.svc:${WARM_PORT}`;

/** How often the controller replaces a pod of one index by itself; each time it waits twice as long. */
const REPLACEMENTS_PER_INDEX = 3;
/** What a pod that leaves by itself needs at most to stop its unit and to end. */
const GRACE_SECONDS = 10;

/** The how manieth Job of its session it is. */
export const WARM_GENERATION_KEY = 'flowbench/warm-generation';

/** What one Job of warm workers adds to the template: known when a session is opened. */
export interface WarmWorkerRun {
  readonly name: string;
  readonly runId: string;
  readonly sessionId: string;
  /** From 1: a session whose pods hang gets another Job. */
  readonly generation: number;
  /** One pod, one node each. */
  readonly workers: number;
  /** Where pods take units from: the coordinator's Service. */
  readonly url: string;
  /** By which a pod shows which run it belongs to. */
  readonly token: string;
  /** The coordinator's Job; absent for a Job that nobody cleans up after. */
  readonly owner?: OwnerReference;
  /** Another image than the template's, by digest. */
  readonly image?: string;
}

/**
 * A pod that is lost is replaced a few times, whatever took it. One that says its own input is wrong would say so
 * in every other pod too: they have the same arguments and the same environment.
 */
const RULES: readonly PodFailureRule[] = [
  { action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget', status: 'True' }] },
  { action: 'FailJob', onExitCodes: { containerName: JOB_NAMES.flowWorker, operator: 'In', values: [WORKER_EXIT.badInput] } },
];

/**
 * The Job whose pods stay up for a session and take units over HTTP: the template's pod, told where to ask instead
 * of what to do. It has no deadline: it ends when the coordinator says so, or when its pods hear of none any more.
 */
export function warmWorkerJob(template: Job, run: WarmWorkerRun): Job {
  const pod = template.spec.template;
  const labels = runLabels(run.runId, { session: run.sessionId });
  const job: JobSpec = {
    completions: run.workers,
    parallelism: run.workers,
    completionMode: 'Indexed',
    backoffLimitPerIndex: REPLACEMENTS_PER_INDEX,
    podReplacementPolicy: 'Failed',
    podFailurePolicy: { rules: RULES },
    template: {
      metadata: { labels: { ...pod.metadata.labels, ...labels } },
      spec: {
        ...pod.spec,
        terminationGracePeriodSeconds: GRACE_SECONDS,
        containers: pod.spec.containers.map((container) => warmContainer(container, run, ofConfigMaps(pod.spec))),
        volumes: pod.spec.volumes.filter((volume) => volume.configMap === undefined),
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
      annotations: { [WARM_GENERATION_KEY]: String(run.generation) },
      ...(run.owner === undefined ? {} : { ownerReferences: [run.owner] }),
    },
    spec: job,
  };
}

/** Volumes that work units are read from: here they come over HTTP. */
const ofConfigMaps = (spec: PodSpec): readonly string[] => spec.volumes.flatMap((volume) => (volume.configMap === undefined ? [] : [volume.name]));

function warmContainer(container: Container, run: WarmWorkerRun, withoutVolumes: readonly string[]): Container {
  const env = envOf({ [JOB_ENV.runId]: run.runId, [JOB_ENV.warmUrl]: run.url, [JOB_ENV.warmToken]: run.token });
  return {
    ...container,
    image: run.image ?? container.image,
    args: ['--take-from', run.url, '--pod-uid', `$(${JOB_ENV.podUid})`],
    env: [...container.env.filter(({ name }) => !env.some((own) => own.name === name)), ...env],
    volumeMounts: container.volumeMounts.filter((mount) => !withoutVolumes.includes(mount.name)),
  };
}
