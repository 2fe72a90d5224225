import { setTimeout as sleep } from 'node:timers/promises';
import type { TrinoClient } from '../../engines/trino/client.js';
import type { TrinoPlace } from '../../model/engine-places.js';
import { FlowbenchError, messageOf } from '../../model/errors.js';
import type { EngineApi } from '../api/cluster-api.js';
import type { ClusterDeployment, ClusterPod } from '../api/objects.js';
import type { EngineLimits } from './limits.js';
import { PodPatience } from './pod-patience.js';
import { isReadyPod } from './ready-pod.js';

export interface TrinoScaling {
  readonly api: EngineApi;
  readonly place: TrinoPlace;
  readonly limits: EngineLimits;
  readonly signal: AbortSignal;
}

const ASK_MS = 10_000;
const ACTIVE_WORKERS = "SELECT count(*) FROM system.runtime.nodes WHERE coordinator = false AND state = 'active'";

/** Says how many workers there are to be, and waits for none. Throws `configuration` where there is no such Deployment. */
export async function scaleTrino({ api, place }: Pick<TrinoScaling, 'api' | 'place'>, workers: number): Promise<void> {
  if ((await api.scaleDeployment(place.workerDeployment, workers)) !== null) return;
  throw new FlowbenchError('configuration', `There is no Deployment ${place.workerDeployment} in namespace ${place.namespace}.`, { remedy: 'Deploy gamma-stack again.' });
}

/**
 * Waits until exactly so many workers are there as pods, and then by Trino's own account: one that was scaled away
 * stays in both for a while, and would be given work. Throws `infrastructure` with the words of a pod that does not
 * come, or after a while with how many there are.
 */
export async function awaitWorkers({ api, place, limits, signal }: TrinoScaling, client: TrinoClient, workers: number): Promise<void> {
  const untilMs = performance.now() + limits.openMs;
  const troubles: string[] = [];
  const patience = new PodPatience(limits, (sentence) => { troubles.push(sentence); });
  const selector = selectorOf(await api.getDeployment(place.workerDeployment));
  try {
    for (;;) {
      signal.throwIfAborted();
      const pods = selector === null ? null : await api.listPods(selector);
      for (const pod of pods ?? []) patience.look(pod);
      // Without any worker Trino lets a question wait, this one too: it is asked once it can answer.
      const found = podsFound(pods, workers) ?? (await activeWorkers(client, signal));
      if (found === workers) return;
      if (troubles[0] !== undefined) throw new FlowbenchError('infrastructure', `Trino does not come to ${workers} workers: ${troubles[0]}`);
      if (performance.now() > untilMs) throw overdue(found, workers, limits);
      await sleep(limits.lookEveryMs);
    }
  } finally {
    patience.stop();
  }
}

/** Why Trino need not be asked yet; null where its pods are as they are to be. */
function podsFound(pods: readonly ClusterPod[] | null, workers: number): string | null {
  if (pods === null) return null;
  const ready = pods.filter(isReadyPod).length;
  return ready === workers && pods.length === workers ? null : `its Deployment has ${ready} ready pods of ${pods.length}`;
}

function overdue(found: number | string, workers: number, { openMs }: EngineLimits): FlowbenchError {
  const after = `after ${openMs / 1_000} s`;
  const message = typeof found === 'number' ? `Trino has ${found} active workers instead of ${workers} ${after}.` : `Trino has not come to ${workers} active workers ${after}: ${found}.`;
  return new FlowbenchError('infrastructure', message, { remedy: 'Look at its pods with kubectl.' });
}

/** As Trino tells, or why it does not: a coordinator that starts has no answer yet. */
async function activeWorkers(client: TrinoClient, signal: AbortSignal): Promise<number | string> {
  try {
    const { rows } = await client.run(ACTIVE_WORKERS, { deadlineAtMs: performance.now() + ASK_MS, signal });
    return Number(rows[0]?.[0]);
  } catch (error) {
    return `asked for them it said: ${messageOf(error).replace(/\.$/, '')}`;
  }
}

function selectorOf(deployment: ClusterDeployment | null): string | null {
  const labels = Object.entries(deployment?.spec?.selector.matchLabels ?? {});
  return labels.length === 0 ? null : labels.map(([name, value]) => `${name}=${value}`).join(',');
}
