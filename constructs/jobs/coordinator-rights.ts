import { NAMESPACES } from '../../workloads/model/physical-names.js';

/** Engines that a coordinator drives. */
export const COORDINATED_ENGINES = ['flow', 'spark', 'trino', 'ray'] as const;
export type CoordinatedEngine = (typeof COORDINATED_ENGINES)[number];

/** One rule of a Kubernetes Role. */
export interface RoleRule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
  readonly resourceNames?: readonly string[];
}

const rule = (apiGroup: string, resources: readonly string[], verbs: readonly string[], resourceNames?: readonly string[]): RoleRule =>
  ({ apiGroups: [apiGroup], resources, verbs, ...(resourceNames === undefined ? {} : { resourceNames }) });

/** What became of a pod, where it ran and what it wrote; of events, what is told of them while they come. */
const PODS = [rule('', ['pods'], ['get', 'list', 'watch']), rule('', ['pods/log'], ['get']), rule('', ['events'], ['list', 'watch'])];

/** Every coordinator: its own Job (whose children it owns), whether there is another, and the lease by which a run has one coordinator. */
const OWN = [rule('batch', ['jobs'], ['get', 'list']), rule('coordination.k8s.io', ['leases'], ['create', 'get', 'update'])];

const FLOW = [
  rule('batch', ['jobs'], ['create', 'get', 'list', 'watch', 'patch', 'delete']),
  rule('', ['configmaps'], ['create', 'get', 'list', 'delete']),
  rule('coordination.k8s.io', ['leases'], ['create', 'get', 'update']),
  ...PODS,
];

/** Names of what charts deploy and a coordinator scales. */
export interface ScaledNames {
  readonly trinoWorkers: string;
}

/**
 * The verbs a coordinator uses, by the namespace in which it uses them; nothing that holds secrets, nodes or
 * anything of the whole cluster is among them.
 */
export function coordinatorRights(engines: readonly CoordinatedEngine[], home: string, names: ScaledNames): ReadonlyMap<string, readonly RoleRule[]> {
  const has = (engine: CoordinatedEngine): boolean => engines.includes(engine);
  const rights = new Map<string, readonly RoleRule[]>([[home, has('flow') ? FLOW : OWN]]);
  if (has('spark')) {
    rights.set(NAMESPACES.spark, [rule('sparkoperator.k8s.io', ['sparkapplications'], ['create', 'get', 'list', 'watch', 'delete']), ...PODS]);
  }
  if (has('trino')) {
    rights.set(NAMESPACES.trino, [
      rule('apps', ['deployments'], ['get'], [names.trinoWorkers]),
      rule('apps', ['deployments/scale'], ['get', 'patch'], [names.trinoWorkers]),
      ...PODS,
    ]);
  }
  if (has('ray')) {
    rights.set(NAMESPACES.ray, [
      rule('ray.io', ['rayjobs'], ['create', 'get', 'list', 'watch', 'delete']),
      rule('ray.io', ['rayclusters'], ['get', 'list', 'watch', 'patch']),
      ...PODS,
    ]);
  }
  return rights;
}
