import { randomBytes } from 'node:crypto';
import { FlowbenchError } from '../../model/errors.js';
import { sessionLabelSelector } from '../../model/job-manifest.js';
import { JOB_ENV, jobName } from '../../model/job-manifest-names.js';
import { type Job, type OwnerReference } from '../../model/job-manifest-types.js';
import { WARM_GENERATION_KEY, warmWorkerJob } from '../../model/job-manifest-warm.js';
import { type ClusterApi } from '../api/cluster-api.js';
import { type ClusterJob } from '../api/objects.js';

/** What the Jobs of one session have in common. */
export interface WarmSession {
  readonly api: ClusterApi;
  readonly template: Job;
  readonly runId: string;
  readonly sessionId: string;
  readonly workers: number;
  readonly url: string;
  readonly owner?: OwnerReference;
  readonly image?: string;
}

/** A Job of the session as it is in the cluster. */
export interface WarmJob {
  readonly name: string;
  readonly token: string;
  /** Rises with each Job of the session: a name is never used twice, as its pods may still be going. */
  readonly generation: number;
}

const TOKEN_BYTES = 32;
/** Of a name that is taken, for instance by a Job that is just being deleted. */
const MAX_GENERATIONS = 100;

/** Jobs that an earlier coordinator of the run made for the session, the newest last. */
export async function jobsOfSession({ api, runId, sessionId }: WarmSession): Promise<ClusterJob[]> {
  const jobs = await api.listJobs(sessionLabelSelector(runId, sessionId));
  return jobs.sort((a, b) => generationOf(a) - generationOf(b));
}

/** The Job to go on with: its pods stay where they are and call again. Null for one that is ending, or made otherwise than it would be today. */
export function adoptable(session: WarmSession, job: ClusterJob): WarmJob | null {
  const name = job.metadata?.name;
  const container = job.spec?.template.spec?.containers[0];
  const variable = (key: string): string | undefined => container?.env?.find((one) => one.name === key)?.value;
  const token = variable(JOB_ENV.warmToken);
  const wantedImage = session.image ?? session.template.spec.template.spec.containers[0]?.image;
  if (name === undefined || token === undefined || isEnding(job)) return null;
  const isSame = job.spec?.completions === session.workers && variable(JOB_ENV.warmUrl) === session.url && container?.image === wantedImage;
  return isSame ? { name, token, generation: generationOf(job) } : null;
}

/** Its pods are not replaced any more. */
export function isEnding(job: ClusterJob): boolean {
  const ended = job.status?.conditions?.some(({ type, status }) => ENDED.includes(type) && status === 'True') ?? false;
  const lostIndexes = (job.status?.failedIndexes ?? '') !== '' || (job.status?.completedIndexes ?? '') !== '';
  return job.metadata?.deletionTimestamp !== undefined || ended || lostIndexes;
}
const ENDED: readonly string[] = ['Complete', 'Failed', 'FailureTarget', 'SuccessCriteriaMet'];

export function newToken(): string {
  return randomBytes(TOKEN_BYTES).toString('base64url');
}

/** Makes the session's next Job. */
export async function makeJob(session: WarmSession, after: number, token: string): Promise<WarmJob> {
  const { api, template, runId, sessionId, workers, url, owner, image } = session;
  for (let generation = after + 1; generation <= after + MAX_GENERATIONS; generation += 1) {
    const name = jobName('warm', runId, sessionId, generation);
    const job = warmWorkerJob(template, {
      name, runId, sessionId, generation, workers, url, token, ...(owner === undefined ? {} : { owner }), ...(image === undefined ? {} : { image }),
    });
    const made = await api.createJob(job);
    if (made.kind === 'created') return { name, token, generation };
  }
  throw new FlowbenchError('internal', `${MAX_GENERATIONS} Jobs of ${sessionId} are there, and none is known.`);
}

/** 0 for a Job that is not of this kind. */
export function generationOf(job: ClusterJob): number {
  return Number(job.metadata?.annotations?.[WARM_GENERATION_KEY] ?? 0);
}
