import type { EngineRunner, EngineSession, SessionContext } from '../../engines/contract.js';
import { DAFT_TIERS, daftTierOptions } from '../../engines/daft/settings.js';
import { driverSession } from '../../engines/driver/session-file.js';
import type { RayPlace } from '../../model/engine-places.js';
import { messageOf } from '../../model/errors.js';
import { JOB_PATHS, jobName } from '../../model/job-manifest-names.js';
import type { JobReading } from './custom-job-host.js';
import { openOnCluster } from './open-on-cluster.js';
import type { ClusterEngineParts, DriverDoor } from './place.js';
import { RAY_JOB, rayJob, type RayJobObject } from './ray-job.js';
import { patchReplicas, RAY_CLUSTER_LABEL, RAY_NODE_LABEL, scaleRay } from './ray-workers.js';
import { removeLeft } from './remove-left.js';

export interface ClusterDaftOptions extends ClusterEngineParts {
  readonly place: RayPlace;
  readonly door: DriverDoor;
}

const ASK_MS = 10_000;

/** Daft as a RayJob on the RayCluster that stands, which gets as many workers as are asked for; a worker has a node to itself. */
export class ClusterDaftRunner implements EngineRunner {
  readonly id = 'daft';
  readonly scaling = 'cores';
  /** The native runner would work on the head alone. */
  readonly variants = ['runner=ray'];
  readonly tiers = DAFT_TIERS;

  constructor(private readonly options: ClusterDaftOptions) {}

  async open(context: SessionContext): Promise<EngineSession> {
    const { api, place, limits, door } = this.options;
    const tierOptions = daftTierOptions(context.tier);
    await removeLeft(api, RAY_JOB, limits);
    await scaleRay(this.options, context.workers);
    const name = jobName('fb', context.runId, context.sessionId);
    return openOnCluster<RayJobObject>({
      name: 'Daft', parts: this.options, door, reading: readingOf(place, name),
      manifest: (channel, s3) => rayJob({
        name, place, runId: context.runId, sessionId: context.sessionId, token: channel.token,
        session: driverSession(context, { coordinator: door.url, scratch_dir: JOB_PATHS.tmp, artifacts_dir: null, s3 }, { runner: 'ray', ...tierOptions }),
      }),
      // Nodes are free again for whatever is measured next.
      afterwards: () => patchReplicas({ api, place, limits }, 0),
    }, context);
  }
}

/** The operator's words about a job, and the head that its program runs on. */
export function readingOf(place: RayPlace, name: string): JobReading<RayJobObject> {
  return {
    kind: RAY_JOB,
    podSelector: `${RAY_CLUSTER_LABEL}=${place.rayCluster}`,
    ownsPods: false,
    isDriver: ({ metadata }) => metadata?.labels?.[RAY_NODE_LABEL] === 'head',
    // An operator that does not reach the head asks it for minutes before it says anything.
    lossOf: (what) => `Ray's head was lost: ${what}`,
    isTouched: ({ status }) => (status?.jobDeploymentStatus ?? '') !== '',
    endOf: endOfJob,
    logOf: (item) => (item === null ? Promise.resolve(null) : logOf(item, name)),
  };
}

/** Ray's word on the job before the operator's on its own work: the one says how it ended, the other only that. */
function endOfJob({ status }: RayJobObject): string | null {
  const { jobStatus = '', jobDeploymentStatus = '', reason = '', message = '' } = status ?? {};
  const isOver = ['SUCCEEDED', 'FAILED', 'STOPPED'].includes(jobStatus) || ['Complete', 'Failed'].includes(jobDeploymentStatus);
  if (!isOver) return null;
  const why = [reason, message].filter((text) => text !== '').join(': ').trim();
  const state = jobStatus === '' ? jobDeploymentStatus : jobStatus;
  return why === '' ? state : `${state}: ${why}`;
}

/** What the program printed is on the head, and told by Ray's own API there. */
async function logOf({ status }: RayJobObject, name: string): Promise<string | null> {
  const { dashboardURL: address = '', jobId = '' } = status ?? {};
  if (address === '' || jobId === '') return null;
  const url = `${address.includes('://') ? '' : 'http://'}${address}/api/jobs/${encodeURIComponent(jobId)}/logs`;
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(ASK_MS) });
    return answer.ok ? ((await answer.json()) as { readonly logs?: string }).logs ?? null : `Ray answered HTTP ${answer.status} when asked for the log of ${name}.`;
  } catch (error) {
    return `The log of ${name} could not be had from Ray: ${messageOf(error)}.`;
  }
}
