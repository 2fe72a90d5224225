import { hostname } from 'node:os';
import { FlowbenchError } from '../../model/errors.js';
import { JOB_ENV } from '../../model/job-manifest-names.js';
import type { CoordinatorAddress } from '../../worker/warm-calls.js';

type Environment = Readonly<Record<string, string | undefined>>;

/** The machine that metrics name: a pod is told its node, any other process is on its host. */
export function nodeName(environment: Environment): string {
  return environment[JOB_ENV.nodeName] || hostname();
}

/** Kubernetes gives it to each pod of an Indexed Job. */
const INDEX = 'JOB_COMPLETION_INDEX';

/** What a pod is told about itself and its run. Throws `configuration` naming what is missing. */
export function coordinatorAddress(url: string, podUid: string, environment: Environment): CoordinatorAddress {
  const missing = [JOB_ENV.runId, JOB_ENV.warmToken, INDEX].filter((name) => (environment[name] ?? '') === '');
  const index = Number(environment[INDEX]);
  if (missing.length > 0 || !Number.isInteger(index) || index < 0) {
    throw new FlowbenchError('configuration', `A pod that takes units needs ${missing.join(', ') || `a number in ${INDEX}`}.`, { remedy: 'Start it from the Job that the coordinator makes.' });
  }
  return {
    url,
    token: environment[JOB_ENV.warmToken] ?? '',
    pod: { run_id: environment[JOB_ENV.runId] ?? '', index, pod: environment[JOB_ENV.podName] || hostname(), pod_uid: podUid, node: nodeName(environment) },
  };
}
