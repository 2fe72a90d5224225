import { POOL_LABEL, SYSTEM_TAINT } from '../cluster/cluster-ref.js';
import { type ChartValues } from './chart-values.js';

/** On the system node: operators, coordinators, heads. No other pod tolerates its taint. */
export const ON_SYSTEM_POOL = {
  nodeSelector: { [POOL_LABEL]: 'system' },
  tolerations: [{ key: SYSTEM_TAINT.key, operator: 'Equal', value: SYSTEM_TAINT.value, effect: SYSTEM_TAINT.effect }],
} satisfies ChartValues;

export const ON_WORKER_POOL = { nodeSelector: { [POOL_LABEL]: 'worker' } } satisfies ChartValues;

/** Never two on one node: a pod beside another would share what the benchmark counts as one machine. */
export function onePerNode(matchLabels: Readonly<Record<string, string>>): ChartValues {
  return {
    podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: 'kubernetes.io/hostname', labelSelector: { matchLabels } }] },
  };
}

/** What the `restricted` level of pod security asks of a pod, for a program that runs as this user. */
export function restrictedPod(userId: number): ChartValues {
  return { runAsNonRoot: true, runAsUser: userId, runAsGroup: userId, fsGroup: userId, seccompProfile: { type: 'RuntimeDefault' } };
}

/** What it asks of each container. */
export const RESTRICTED_CONTAINER = { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } } satisfies ChartValues;
