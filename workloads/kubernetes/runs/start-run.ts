import type { ClusterJob } from '../api/objects.js';
import { FlowbenchError } from '../../model/errors.js';
import { JOB_NAMES, jobName } from '../../model/job-manifest-names.js';
import { coordinatorJob, type CoordinatorRun, type StoredCronJob } from '../../model/job-manifest-coordinator.js';
import type { ClusterApi } from '../api/cluster-api.js';
import { isCoordinatorJob, jobState } from './coordinator-pods.js';
import { runIdOf } from './run-id.js';

/** Name of the coordinator's Job of a run that was started by hand. */
export function coordinatorJobName(runId: string): string {
  return jobName(JOB_NAMES.coordinator, runId);
}

/** How long the deletion of an earlier, finished Job of the run may take. */
const DELETE_PATIENCE_MS = 30_000;
const LOOK_EVERY_MS = 500;

/**
 * Makes the coordinator's Job of a run. A finished one of the same run makes way, which is how a run goes on;
 * throws `configuration` while one is at work.
 */
export async function startCoordinator(api: ClusterApi, cronJob: StoredCronJob, run: CoordinatorRun): Promise<ClusterJob> {
  const manifest = coordinatorJob(cronJob, run);
  const untilMs = performance.now() + DELETE_PATIENCE_MS;
  for (;;) {
    const made = await api.createJob(manifest);
    if (made.kind === 'created') return made.job;
    const existing = await api.getJob(manifest.metadata.name);
    if (existing === null) continue;
    if (existing.metadata?.deletionTimestamp === undefined) {
      if (jobState(existing).kind === 'active') throw atWork(run.runId, api.namespace);
      await api.deleteJob(manifest.metadata.name);
    }
    if (performance.now() > untilMs) {
      throw new FlowbenchError('infrastructure', `The finished Job ${manifest.metadata.name} is being deleted and does not go.`, { remedy: 'Look at it with kubectl describe job.' });
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
}

function atWork(runId: string, namespace: string): FlowbenchError {
  return new FlowbenchError('configuration', `Run ${runId} is being measured in namespace ${namespace} already.`, {
    remedy: `Watch it with "flowbench attach ${runId}", or stop it with "flowbench cancel ${runId}".`,
  });
}

/**
 * Coordinators that are at work, other than of the run named: two at once would measure each other. A Job that
 * the schedule made has no run id of its own.
 */
export async function otherCoordinators(api: ClusterApi, runId: string | null): Promise<ClusterJob[]> {
  const jobs = await api.listJobs(`app.kubernetes.io/component=${JOB_NAMES.coordinator}`);
  const own = runId === null ? null : coordinatorJobName(runId);
  return jobs.filter((job) => isCoordinatorJob(job) && job.metadata?.name !== own && jobState(job).kind === 'active');
}

/** The run that was here before this coordinator and is at work; of two that start together one gives way. */
export async function earlierRun(api: ClusterApi, own: ClusterJob): Promise<string | null> {
  const others = (await otherCoordinators(api, null)).filter((job) => job.metadata?.uid !== own.metadata?.uid);
  const first = others.find((job) => rank(job) < rank(own));
  return first === undefined ? null : runIdOf(first);
}

/** Orders Jobs by the time they were made, and those of one second by what each has for itself. */
function rank(job: ClusterJob): string {
  return `${new Date(job.metadata?.creationTimestamp ?? 0).toISOString()} ${job.metadata?.uid ?? ''}`;
}
