import { DRIVER_TOKEN_VARIABLE } from '../../model/driver-protocol.js';
import type { RayPlace } from '../../model/engine-places.js';
import { runLabels } from '../../model/job-manifest-names.js';
import { componentLabels } from '../../model/job-manifest-pod.js';
import type { CustomKind, CustomManifest } from '../api/cluster-api.js';
import type { CustomObject } from '../api/objects.js';

export const RAY_JOB: CustomKind = { apiVersion: 'ray.io/v1', kind: 'RayJob', resource: 'rayjobs' };
export const RAY_CLUSTER: CustomKind = { apiVersion: 'ray.io/v1', kind: 'RayCluster', resource: 'rayclusters' };

/** What the operator writes about a job, as far as it is read here. */
export interface RayJobObject extends CustomObject {
  status?: {
    /** Of the job by Ray: `PENDING`, `RUNNING`, `STOPPED`, `SUCCEEDED`, `FAILED`; empty before it is known. */
    jobStatus?: string;
    /** Of the operator's work: `Initializing`, `Waiting`, `Running`, `Complete`, `Failed`, `Retrying`, … */
    jobDeploymentStatus?: string;
    reason?: string;
    message?: string;
    jobId?: string;
    /** `ray-head-svc.namespace.svc.cluster.local:8265` */
    dashboardURL?: string;
  };
}

export interface RayClusterObject extends CustomObject {
  spec?: { workerGroupSpecs?: { groupName?: string; replicas?: number }[] };
  status?: { readyWorkerReplicas?: number; availableWorkerReplicas?: number; desiredWorkerReplicas?: number; state?: string; reason?: string };
}

export interface RayJobRun {
  readonly name: string;
  readonly place: RayPlace;
  readonly runId: string;
  readonly sessionId: string;
  readonly session: object;
  readonly token: string;
}

const COMPONENT = 'ray';
export const RAY_SESSION_VARIABLE = 'FLOWBENCH_DRIVER_SESSION';
/** The program reads its session from a file, which a job on a cluster that is there already cannot be given. */
export const RAY_ENTRYPOINT = `sh -c 'session=$(mktemp) && printenv ${RAY_SESSION_VARIABLE} > "$session" && exec python3 /opt/flowbench/driver.py --session "$session"'`;

/**
 * The RayJob of one session, on the RayCluster that stands. It is sent by the operator over HTTP, so that it needs
 * no pod of its own: its program runs on the head, which computes nothing. A job on a cluster that is not its own
 * has no time to live: it is removed by whoever made it.
 */
export function rayJob({ name, place, runId, sessionId, session, token }: RayJobRun): CustomManifest & { readonly spec: object } {
  return {
    apiVersion: RAY_JOB.apiVersion,
    kind: RAY_JOB.kind,
    metadata: { name, namespace: place.namespace, labels: { ...componentLabels(COMPONENT), ...runLabels(runId, { session: sessionId }) } },
    spec: {
      entrypoint: RAY_ENTRYPOINT,
      // JSON is YAML too.
      runtimeEnvYAML: JSON.stringify({ env_vars: { [DRIVER_TOKEN_VARIABLE]: token, [RAY_SESSION_VARIABLE]: JSON.stringify(session) } }),
      submissionMode: 'HTTPMode',
      clusterSelector: { 'ray.io/cluster': place.rayCluster },
      shutdownAfterJobFinishes: false,
    },
  };
}

/** The patch that gives a group of workers so many: a list is replaced as a whole. Null where there is no such group. */
export function withReplicas(cluster: RayClusterObject, group: string, replicas: number): object | null {
  const groups = cluster.spec?.workerGroupSpecs ?? [];
  if (!groups.some(({ groupName }) => groupName === group)) return null;
  const workerGroupSpecs = groups.map((one) => (one.groupName === group ? { ...one, replicas } : one));
  // Whoever changed it meanwhile must not be undone.
  return { metadata: { resourceVersion: cluster.metadata?.resourceVersion }, spec: { workerGroupSpecs } };
}
