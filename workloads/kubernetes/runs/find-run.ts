import type { ClusterJob } from '../api/objects.js';
import { JOB_LABELS, JOB_NAMES } from '../../model/job-manifest-names.js';
import type { ClusterApi } from '../api/cluster-api.js';
import { isCoordinatorJob } from './coordinator-pods.js';
import { runIdOf } from './run-id.js';
import { coordinatorJobName } from './start-run.js';

/** The coordinator's Job of a run, whoever made it; null where there is none (any more). */
export async function findCoordinator(api: ClusterApi, runId: string): Promise<ClusterJob | null> {
  return (await api.getJob(coordinatorJobName(runId))) ?? (await coordinators(api)).find((job) => runIdOf(job) === runId) ?? null;
}

/** Runs that still have a coordinator's Job, the latest last. */
export async function knownRuns(api: ClusterApi): Promise<string[]> {
  return (await coordinators(api)).map(runIdOf).sort();
}

async function coordinators(api: ClusterApi): Promise<ClusterJob[]> {
  return (await api.listJobs(`${JOB_LABELS.component}=${JOB_NAMES.coordinator}`)).filter(isCoordinatorJob);
}
