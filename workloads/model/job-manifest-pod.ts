import { type Container, type EnvVar, type PodSpec, type ResourceRequirements, type Volume } from './job-manifest-types.js';
import { JOB_APPLICATION, JOB_ENV, JOB_LABELS, JOB_PATHS } from './job-manifest-names.js';
import { type Allocatable } from './node-shapes.js';

/** The user that our images run as (`node` of the official Node image). */
const UID = 1_000;

/** Rules of the `restricted` pod security profile that concern the pod, and a user for the files it makes. */
export const RESTRICTED_POD: PodSpec['securityContext'] = {
  runAsNonRoot: true,
  runAsUser: UID,
  runAsGroup: UID,
  // The token that AWS credentials come from is mounted for this group.
  fsGroup: UID,
  seccompProfile: { type: 'RuntimeDefault' },
};

export const RESTRICTED_CONTAINER: Container['securityContext'] = {
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  runAsNonRoot: true,
  capabilities: { drop: ['ALL'] },
};

/**
 * Memory: request = limit, so that the pod is killed by its own limit rather than by a neighbour. CPU: no
 * limit, because throttling by quota would make times depend on the phase of a scheduling period.
 */
export function resourcesOf(share: Allocatable): ResourceRequirements {
  const memory = `${share.memoryMib}Mi`;
  return { requests: { cpu: `${share.cpuMillis}m`, memory }, limits: { memory } };
}

/** What a pod says of itself; Kubernetes fills it in. */
export const POD_FACTS: readonly EnvVar[] = [
  field(JOB_ENV.podUid, 'metadata.uid'),
  field(JOB_ENV.podName, 'metadata.name'),
  field(JOB_ENV.namespace, 'metadata.namespace'),
  field(JOB_ENV.nodeName, 'spec.nodeName'),
];

/** The Job a pod belongs to, for whoever makes it the owner of other objects. */
export const JOB_FACTS: readonly EnvVar[] = [
  field(JOB_ENV.jobName, "metadata.labels['batch.kubernetes.io/job-name']"),
  field(JOB_ENV.jobUid, "metadata.labels['batch.kubernetes.io/controller-uid']"),
];

function field(name: string, fieldPath: string): EnvVar {
  return { name, valueFrom: { fieldRef: { fieldPath } } };
}

/** `{ A: '1' }` → environment variables, in the order written. */
export function envOf(values: Readonly<Record<string, string>>): EnvVar[] {
  return Object.entries(values).map(([name, value]) => ({ name, value }));
}

/** The labels by which pods of a kind are selected, whatever their run. */
export function componentLabels(component: string): Record<string, string> {
  return { [JOB_LABELS.name]: JOB_APPLICATION, [JOB_LABELS.component]: component };
}

/** A folder for temporary files, which a read-only root lacks; above its size the kubelet evicts the pod. */
export function temporary(sizeGib: number): { readonly volume: Volume; readonly mount: Container['volumeMounts'][number] } {
  return { volume: { name: 'tmp', emptyDir: { sizeLimit: `${sizeGib}Gi` } }, mount: { name: 'tmp', mountPath: JOB_PATHS.tmp } };
}

/** Where programs keep what they cache: the home of the image's user is read-only. */
export const HOME: readonly EnvVar[] = [{ name: 'HOME', value: JOB_PATHS.tmp }];
