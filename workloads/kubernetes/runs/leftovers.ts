import type { ClusterConfigMap, ClusterJob } from '../api/objects.js';
import { JOB_LABELS } from '../../model/job-manifest-names.js';
import type { ClusterApi } from '../api/cluster-api.js';
import { holderOf, leaseName } from '../lease/run-lease.js';
import { hasEnded, isCoordinatorJob, jobState } from './coordinator-pods.js';
import { type RemainName, runOf } from './remains.js';

/** What is left of a run that nobody coordinates any more. */
export interface Leftover {
  readonly name: RemainName;
  readonly run: string;
  readonly why: string;
}

const IN_NO_RUN = '-';

/**
 * Jobs and ConfigMaps whose run has no coordinator at work, and coordinators' Jobs that are over. A run's lease
 * belongs to its coordinator's Job and goes with it.
 */
export async function findLeftovers(api: ClusterApi): Promise<Leftover[]> {
  const [jobs, configMaps, coordinators] = await Promise.all([
    api.listJobs(JOB_LABELS.run), api.listConfigMaps(JOB_LABELS.run), api.listJobs(`${JOB_LABELS.component}=coordinator`),
  ]);
  const alive = await livingRuns(api, coordinators, [...jobs, ...configMaps]);
  // What a coordinator's Job owns goes with it, whether that is at work or over.
  const owned = new Set(coordinators.map((job) => job.metadata?.uid ?? ''));
  const isLeft = (object: ClusterJob | ClusterConfigMap): boolean =>
    !isCoordinatorJob(object) && !alive.has(runOf(object) ?? '') && !owners(object).some((uid) => owned.has(uid));
  return [
    ...coordinators.filter((job) => jobState(job).kind !== 'active').map((job) => leftover('job', job, endedText(job))),
    ...jobs.filter(isLeft).map((job) => leftover('job', job, 'no coordinator')),
    ...configMaps.filter(isLeft).map((configMap) => leftover('configmap', configMap, 'no coordinator')),
  ];
}

/** Removes what was found; what went meanwhile is fine. */
export async function removeLeftovers(api: ClusterApi, leftovers: readonly Leftover[]): Promise<void> {
  for (const { name } of leftovers) {
    const [kind, ...rest] = name.split('/');
    await (kind === 'job' ? api.deleteJob(rest.join('/')) : api.deleteConfigMap(rest.join('/')));
  }
}

/** A run lives by its coordinator's Job, or by a pod that holds its lease without one. */
async function livingRuns(api: ClusterApi, coordinators: readonly ClusterJob[], objects: readonly (ClusterJob | ClusterConfigMap)[]): Promise<ReadonlySet<string>> {
  const active = coordinators.filter((job) => jobState(job).kind === 'active');
  const runs = new Set(active.map(runOf).filter((run) => run !== null));
  for (const run of new Set(objects.map(runOf))) {
    if (run !== null && !runs.has(run) && (await isHeld(api, run))) runs.add(run);
  }
  return runs;
}

async function isHeld(api: ClusterApi, run: string): Promise<boolean> {
  const lease = await api.getLease(leaseName(run));
  const holder = lease === null ? null : holderOf(lease);
  const pod = holder === null ? null : await api.getPod(holder.pod);
  return pod !== null && pod.metadata?.uid === holder?.podUid && !hasEnded(pod);
}

function owners(object: ClusterJob | ClusterConfigMap): string[] {
  return (object.metadata?.ownerReferences ?? []).map(({ uid }) => uid);
}

function leftover(kind: 'job' | 'configmap', object: ClusterJob | ClusterConfigMap, why: string): Leftover {
  return { name: `${kind}/${object.metadata?.name ?? ''}`, run: runOf(object) ?? IN_NO_RUN, why };
}

function endedText(job: ClusterJob): string {
  const state = jobState(job);
  return state.kind === 'failed' ? `coordinator failed (${state.why})` : 'coordinator finished';
}
