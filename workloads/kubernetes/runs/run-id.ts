import type { ClusterJob } from '../api/objects.js';
import { JOB_LABELS } from '../../model/job-manifest-names.js';

const UID_CHARS = 8;

/** Id of a run that the schedule started: nobody gave it one, and each start of its pod must find the same. */
export function runIdOfJob(jobName: string, jobUid: string): string {
  return `${jobName}-${jobUid.slice(0, UID_CHARS)}`;
}

/** The run that a coordinator's Job is of. */
export function runIdOf(job: ClusterJob): string {
  return job.metadata?.labels?.[JOB_LABELS.run] ?? runIdOfJob(job.metadata?.name ?? '', job.metadata?.uid ?? '');
}

/** What a run may be called: its id is a label, a part of names of objects, and a folder. */
export function runIdProblem(runId: string): string | null {
  if (/^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/.test(runId)) return null;
  return `Run id "${runId}" is not 1 to 63 letters, digits, "-", "_" and ".", with a letter or digit at both ends.`;
}
