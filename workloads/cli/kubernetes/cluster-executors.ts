import type { WorkUnitExecutor } from '../../coordinator/executor.js';
import type { SessionContext } from '../../engines/contract.js';
import type { ClusterApi } from '../../kubernetes/api/cluster-api.js';
import { KubernetesJobExecutor } from '../../kubernetes/jobs/job-executor.js';
import { WarmPodExecutor } from '../../kubernetes/warm/warm-executor.js';
import { configurationError } from '../../model/errors.js';
import type { Job } from '../../model/job-manifest-types.js';
import { storageOf } from '../../storage/storage-of.js';
import { type Guard, GuardedExecutor } from './guarded-executor.js';
import type { PodFacts } from './pod-facts.js';

export interface ExecutorParts {
  readonly api: ClusterApi;
  readonly template: Job;
  readonly pod: PodFacts;
  /** Another image of the workers than the template's. */
  readonly image?: string;
  readonly guard: Guard;
  readonly log: (line: string) => void;
}

/** The executors of a cluster, by the kind that a session asks for. */
export function clusterExecutors(parts: ExecutorParts): (context: SessionContext) => WorkUnitExecutor {
  return (context) => new GuardedExecutor(executorFor(parts, context), parts.guard);
}

function executorFor({ api, template, pod, image, log }: ExecutorParts, context: SessionContext): WorkUnitExecutor {
  const common = { api, template, runId: context.runId, sessionId: context.sessionId, owner: pod.owner, log, ...(image === undefined ? {} : { image }) };
  switch (context.executor) {
    case 'job':
      return new KubernetesJobExecutor({ ...common, storage: storageOf(context.partialsUri) });
    case 'warm-job':
      return new WarmPodExecutor({ ...common, workers: context.workers, url: pod.warmUrl, host: pod.warmHost, port: pod.warmPort });
    case 'process':
    case 'warm':
    case null:
      throw configurationError([`Executor "${context.executor ?? 'none'}" keeps workers on one machine.`], 'On a cluster give job or warm-job.');
  }
}
