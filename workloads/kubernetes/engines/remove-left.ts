import { setTimeout as sleep } from 'node:timers/promises';
import { FlowbenchError } from '../../model/errors.js';
import { JOB_LABELS } from '../../model/job-manifest-names.js';
import type { CustomKind, EngineApi } from '../api/cluster-api.js';
import type { EngineLimits } from './limits.js';

/** Looks until nothing is found, or the patience is over; answers what is left. */
export async function untilGone(look: () => Promise<readonly string[]>, { goneMs, lookEveryMs }: Pick<EngineLimits, 'goneMs' | 'lookEveryMs'>): Promise<readonly string[]> {
  const untilMs = performance.now() + goneMs;
  for (;;) {
    const left = await look();
    if (left.length === 0 || performance.now() > untilMs) return left;
    await sleep(lookEveryMs);
  }
}

/**
 * Removes what runs of ours left of a kind, whoever coordinated them: one run is measured at a time in a phase, so
 * that whatever is there now has nobody. Throws `infrastructure` for what does not go.
 */
export async function removeLeft(api: EngineApi, kind: CustomKind, limits: EngineLimits): Promise<void> {
  const objects = api.custom(kind);
  for (const { metadata } of await objects.list(JOB_LABELS.run)) await objects.delete(metadata?.name ?? '');
  const left = await untilGone(async () => [
    ...(await objects.list(JOB_LABELS.run)).map(({ metadata }) => `${kind.kind} ${metadata?.name ?? ''}`),
    ...(await api.listPods(JOB_LABELS.run)).map(({ metadata }) => `pod ${metadata?.name ?? ''}`),
  ], limits);
  if (left.length > 0) {
    throw new FlowbenchError('infrastructure', `What an earlier session left in namespace ${api.namespace} does not go: ${left.join(', ')}.`, { remedy: 'Look at it with kubectl describe.' });
  }
}
