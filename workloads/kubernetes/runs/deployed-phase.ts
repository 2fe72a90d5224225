import type { ClusterCronJob } from '../api/objects.js';
import { FlowbenchError } from '../../model/errors.js';
import { JOB_NAMES } from '../../model/job-manifest-names.js';
import { type StoredCronJob } from '../../model/job-manifest-coordinator.js';
import type { CronJob, Job } from '../../model/job-manifest-types.js';
import { parseJobTemplate } from '../../model/job-manifest.js';
import type { ClusterApi } from '../api/cluster-api.js';
import { type PhaseFacts, phaseFacts } from './phase-facts.js';

/** A phase as it stands in a cluster. */
export interface DeployedPhase {
  readonly cronJob: StoredCronJob;
  readonly facts: PhaseFacts;
  /** What Jobs of workers are made from; null where the engine has workers of its own. */
  readonly template: Job | null;
}

/** Throws `configuration` when nothing, or something else, is deployed in the namespace. */
export async function readDeployedPhase(api: ClusterApi): Promise<DeployedPhase> {
  const cronJob = await api.getCronJob(JOB_NAMES.coordinator);
  if (cronJob === null) {
    throw new FlowbenchError('configuration', `There is no CronJob ${JOB_NAMES.coordinator} in namespace ${api.namespace} of the cluster.`, {
      remedy: 'Deploy the phase ("cdktf deploy alpha-stack"), or name what is deployed with --phase, --namespace or --context.',
    });
  }
  const facts = phaseFacts(environmentOf(cronJob));
  return { cronJob: stored(cronJob), facts, template: await templateOf(api, facts) };
}

/** Only the flow engine's workers are ours. */
export function templateOf(api: ClusterApi, { engines }: PhaseFacts): Promise<Job | null> {
  return engines.includes('flow') ? readJobTemplate(api) : Promise.resolve(null);
}

/** Throws `configuration` when the phase has none. */
export async function readJobTemplate(api: ClusterApi): Promise<Job> {
  const text = (await api.getConfigMap(JOB_NAMES.templateConfigMap))?.data?.[JOB_NAMES.templateKey];
  if (text === undefined) {
    throw new FlowbenchError('configuration', `There is no Job template (ConfigMap ${JOB_NAMES.templateConfigMap}) in namespace ${api.namespace}.`, {
      remedy: 'Workers are deployed with phase alpha: deploy alpha-stack, or name its namespace.',
    });
  }
  return parseJobTemplate(text);
}

/** The manifest as it was deployed; what the API server added beside it does no harm in what is made from it. */
function stored(cronJob: ClusterCronJob): StoredCronJob {
  return { uid: cronJob.metadata?.uid ?? '', manifest: cronJob as unknown as CronJob };
}

function environmentOf(cronJob: ClusterCronJob): Record<string, string | undefined> {
  const containers = cronJob.spec?.jobTemplate.spec?.template.spec?.containers ?? [];
  const variables = containers.find(({ name }) => name === JOB_NAMES.coordinator)?.env ?? [];
  return Object.fromEntries(variables.map(({ name, value }) => [name, value]));
}
