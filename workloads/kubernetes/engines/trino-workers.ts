import { setTimeout as sleep } from 'node:timers/promises';
import type { TrinoClient } from '../../engines/trino/client.js';
import type { TrinoPlace } from '../../model/engine-places.js';
import { FlowbenchError, messageOf } from '../../model/errors.js';
import type { EngineApi } from '../api/cluster-api.js';
import type { ClusterDeployment } from '../api/objects.js';
import type { EngineLimits } from './limits.js';
import { PodPatience } from './pod-patience.js';

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
 * Waits until exactly so many workers are active by Trino's own account: one that was scaled away stays in it for a
 * while, and would be given work. Throws `infrastructure` with the words of a pod that does not come.
 */
export async function awaitWorkers({ api, place, limits, signal }: TrinoScaling, client: TrinoClient, workers: number): Promise<void> {
  const untilMs = performance.now() + limits.openMs;
  const troubles: string[] = [];
  const patience = new PodPatience(limits, (sentence) => { troubles.push(sentence); });
  const selector = selectorOf(await api.getDeployment(place.workerDeployment));
  try {
    for (;;) {
      signal.throwIfAborted();
      const active = await activeWorkers(client, signal);
      if (active === workers) return;
      if (selector !== null) for (const pod of await api.listPods(selector)) patience.look(pod);
      if (troubles[0] !== undefined) throw new FlowbenchError('infrastructure', `Trino does not come to ${workers} workers: ${troubles[0]}`);
      if (performance.now() > untilMs) {
        throw new FlowbenchError('infrastructure', `Trino has ${active} active workers instead of ${workers} after ${limits.openMs / 1_000} s.`, { remedy: 'Look at its pods with kubectl.' });
      }
      await sleep(limits.lookEveryMs);
    }
  } finally {
    patience.stop();
  }
}

/** As Trino tells, or why it does not: a coordinator that starts has no answer yet. */
async function activeWorkers(client: TrinoClient, signal: AbortSignal): Promise<number | string> {
  try {
    const { rows } = await client.run(ACTIVE_WORKERS, { deadlineAtMs: performance.now() + ASK_MS, signal });
    return Number(rows[0]?.[0]);
  } catch (error) {
    return `no known number of (${messageOf(error)})`;
  }
}

function selectorOf(deployment: ClusterDeployment | null): string | null {
  const labels = Object.entries(deployment?.spec?.selector.matchLabels ?? {});
  return labels.length === 0 ? null : labels.map(([name, value]) => `${name}=${value}`).join(',');
}
