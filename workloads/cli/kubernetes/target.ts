import { DEFAULT_API_RETRY } from '../../kubernetes/api/caller.js';
import type { ClusterAccess, EngineApi } from '../../kubernetes/api/cluster-api.js';
import { connectCluster } from '../../kubernetes/api/connect.js';
import { configurationError } from '../../model/errors.js';
import { JOB_NAMES } from '../../model/job-manifest-names.js';
import { benchNamespace, PHASES } from '../../model/physical-names.js';

/** Where a command finds the cluster. */
export interface ClusterFlags {
  readonly phase?: string;
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly namespace?: string;
}

/** A person waits for the first answer: a server that is not there is told within seconds. Later ones may take longer. */
const FIRST_CALL = { ...DEFAULT_API_RETRY, budgetMs: 6_000 };

/** Throws `configuration` for a cluster that cannot be found with these, `infrastructure` for one that does not answer. */
export async function clusterOf(flags: ClusterFlags): Promise<EngineApi> {
  const access = accessTo(namespaceOf(flags), flags);
  await (await connectCluster(access, FIRST_CALL)).getCronJob(JOB_NAMES.coordinator);
  return connectCluster(access);
}

/** Another namespace of the same cluster, as that of an engine. No call is made yet. */
export function clusterIn(namespace: string, flags: ClusterFlags): Promise<EngineApi> {
  return connectCluster(accessTo(namespace, flags));
}

function accessTo(namespace: string, { kubeconfig, context }: ClusterFlags): ClusterAccess {
  return { kind: 'kubeconfig', namespace, ...(kubeconfig === undefined ? {} : { file: kubeconfig }), ...(context === undefined ? {} : { context }) };
}

function namespaceOf({ phase = 'alpha', namespace }: ClusterFlags): string {
  const known = PHASES.find((one) => one === phase);
  if (known === undefined) throw configurationError([`--phase ${phase} is none of ${PHASES.join(', ')}.`]);
  return namespace ?? benchNamespace(known);
}

/** The cluster flags as they have to be written again, to name the same cluster in another command. */
export function clusterArguments(flags: ClusterFlags): string {
  return (['phase', 'kubeconfig', 'context', 'namespace'] as const).flatMap((name) => (flags[name] === undefined ? [] : [` --${name} ${flags[name]}`])).join('');
}
