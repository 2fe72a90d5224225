import type { ClusterLease } from '../api/objects.js';
import { JOB_LABELS, JOB_NAMES, jobName, runLabels } from '../../model/job-manifest-names.js';
import type { OwnerReference } from '../../model/job-manifest-types.js';

/** The pod that coordinates a run, and the Job it is of. */
export interface LeaseHolder {
  readonly pod: string;
  readonly podUid: string;
  readonly jobUid: string;
}

/** A Lease as we write it. */
export interface LeaseFacts {
  readonly namespace: string;
  readonly runId: string;
  readonly holder: LeaseHolder;
  readonly durationSeconds: number;
  /** The coordinator's Job: with it goes the Lease. */
  readonly owner?: OwnerReference;
}

/** Not allowed in names and uids of Kubernetes. */
const SEPARATOR = '_';

export function leaseName(runId: string): string {
  return jobName(JOB_NAMES.coordinator, runId);
}

/** A new Lease, or one that changes hands: `before` is what was there. */
export function takenLease(facts: LeaseFacts, before: ClusterLease | null): ClusterLease {
  const now = new Date();
  return {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: {
      name: leaseName(facts.runId),
      namespace: facts.namespace,
      labels: { ...runLabels(facts.runId), [JOB_LABELS.component]: JOB_NAMES.coordinator },
      ...(before?.metadata?.resourceVersion === undefined ? {} : { resourceVersion: before.metadata.resourceVersion }),
      ...(facts.owner === undefined ? {} : { ownerReferences: [{ ...facts.owner }] }),
    },
    spec: {
      holderIdentity: holderText(facts.holder),
      leaseDurationSeconds: facts.durationSeconds,
      acquireTime: now,
      renewTime: now,
      leaseTransitions: (before?.spec?.leaseTransitions ?? 0) + (before === null ? 0 : 1),
    },
  };
}

/** The same hands, a moment later. */
export function renewedLease(held: ClusterLease): ClusterLease {
  return { ...held, spec: { ...held.spec, renewTime: new Date() } };
}

/** Nobody's: the next one takes it at once. */
export function releasedLease(held: ClusterLease): ClusterLease {
  return { ...held, spec: { ...held.spec, holderIdentity: '', leaseDurationSeconds: 1, renewTime: new Date() } };
}

function holderText({ pod, podUid, jobUid }: LeaseHolder): string {
  return [pod, podUid, jobUid].join(SEPARATOR);
}

/** Null for a Lease that nobody holds. */
export function holderOf(lease: ClusterLease): LeaseHolder | null {
  const text = lease.spec?.holderIdentity ?? '';
  if (text === '') return null;
  const [pod = '', podUid = '', jobUid = ''] = text.split(SEPARATOR);
  return { pod, podUid, jobUid };
}

export function isHeldBy(lease: ClusterLease, holder: LeaseHolder): boolean {
  return lease.spec?.holderIdentity === holderText(holder);
}

/** Changes with every renewal. It is compared and never read as a time: another machine's clock wrote it. */
export function renewalOf(lease: ClusterLease): string {
  return JSON.stringify([lease.spec?.holderIdentity, lease.spec?.renewTime]);
}
