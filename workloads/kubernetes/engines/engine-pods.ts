import { JOB_PATHS } from '../../model/job-manifest-names.js';
import { POOL_LABEL, SYSTEM_TAINT } from '../../model/node-pools.js';

/** Parts of a pod's template that pods of engines have in common; the names are those of the Kubernetes API. */
export const ON_SYSTEM_NODE = {
  nodeSelector: { [POOL_LABEL]: 'system' },
  tolerations: [{ key: SYSTEM_TAINT.key, operator: 'Equal', value: SYSTEM_TAINT.value, effect: SYSTEM_TAINT.effect }],
};
export const ON_WORKER_NODES = { nodeSelector: { [POOL_LABEL]: 'worker' } };

/** No two pods with these labels on one node. */
export function onePerNode(matchLabels: Readonly<Record<string, string>>): object {
  return { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: 'kubernetes.io/hostname', labelSelector: { matchLabels } }] } };
}

/** What the `restricted` level of pod security asks of a pod whose image runs as this user. */
export function restrictedPodOf(user: number): object {
  return { runAsNonRoot: true, runAsUser: user, runAsGroup: user, fsGroup: user, seccompProfile: { type: 'RuntimeDefault' } };
}

/** What it asks of each container. The root may be written: a launcher of others' images does. */
export const RESTRICTED_ENGINE_CONTAINER = { allowPrivilegeEscalation: false, runAsNonRoot: true, capabilities: { drop: ['ALL'] } };

export const TEMPORARY = { volume: { name: 'tmp', emptyDir: {} }, mount: { name: 'tmp', mountPath: JOB_PATHS.tmp } };

/** A text that a pod finds as a file: it comes with the pod itself, so that nothing else has to be made for it. */
export function annotatedFile(name: string, annotation: string, mountPath: string): { readonly volume: object; readonly mount: object; readonly file: string } {
  const path = `${name}.json`;
  return {
    volume: { name, downwardAPI: { items: [{ path, fieldRef: { fieldPath: `metadata.annotations['${annotation}']` } }] } },
    mount: { name, mountPath, readOnly: true },
    file: `${mountPath}/${path}`,
  };
}
