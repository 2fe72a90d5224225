import { JOB_ENV } from '../../model/job-manifest-names.js';
import type { OwnerReference } from '../../model/job-manifest-types.js';
import { WARM_PORT, warmUrl } from '../../model/job-manifest-warm.js';
import { configurationError } from '../../model/errors.js';
import type { LeaseHolder } from '../../kubernetes/lease/run-lease.js';

/** What a coordinator knows of its own pod. */
export interface PodFacts {
  readonly namespace: string;
  readonly jobName: string;
  readonly holder: LeaseHolder;
  /** Owns everything that the run makes. */
  readonly owner: OwnerReference;
  /** Where warm workers find this pod, and where it listens. */
  readonly warmUrl: string;
  readonly warmHost: string;
  readonly warmPort: number;
}

/** Whether this process is the coordinator in a pod of a coordinator's Job. */
export function isInCoordinatorPod(env: NodeJS.ProcessEnv): boolean {
  return (env[JOB_ENV.jobUid] ?? '') !== '';
}

/** Throws `configuration` for a pod that was not told of itself. */
export function podFacts(env: NodeJS.ProcessEnv): PodFacts {
  const missing: string[] = [];
  const text = (name: string): string => {
    const value = env[name] ?? '';
    if (value === '') missing.push(`${name} is not set.`);
    return value;
  };
  const namespace = text(JOB_ENV.namespace);
  const jobName = text(JOB_ENV.jobName);
  const jobUid = text(JOB_ENV.jobUid);
  const holder = { pod: text(JOB_ENV.podName), podUid: text(JOB_ENV.podUid), jobUid };
  const warmPort = Number(env[JOB_ENV.warmPort] ?? WARM_PORT);
  if (!Number.isInteger(warmPort) || warmPort < 0 || warmPort > 65_535) missing.push(`${JOB_ENV.warmPort} is "${env[JOB_ENV.warmPort]}", which is no port.`);
  if (missing.length > 0) throw configurationError(missing, 'A coordinator runs in a Job made from the CronJob of its phase.');
  const url = env[JOB_ENV.warmUrl] ?? warmUrl(namespace);
  return {
    namespace, jobName, holder, warmUrl: url, warmPort,
    warmHost: listeningAddress(url),
    owner: { apiVersion: 'batch/v1', kind: 'Job', name: jobName, uid: jobUid },
  };
}

/** Pods come from other machines, to an address that the Service leads to; where all are on one machine it is enough to listen there. */
function listeningAddress(url: string): string {
  const { hostname } = new URL(url);
  return hostname === 'localhost' || hostname.startsWith('127.') ? hostname : '0.0.0.0';
}
