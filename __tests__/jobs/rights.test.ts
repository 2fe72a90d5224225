import { COORDINATED_ENGINES, type CoordinatedEngine, type RoleRule } from '../../constructs/jobs/coordinator-rights.js';
import { manifestsOf, type StackManifest } from '../infrastructure/kubernetes-manifests.js';
import { phaseJobs, stackOf } from './support.js';

interface Role {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace: string };
  readonly rules: readonly RoleRule[];
}
interface Binding {
  readonly kind: string;
  readonly metadata: { readonly namespace: string };
  readonly roleRef: { readonly kind: string; readonly name: string };
  readonly subjects: readonly { readonly kind: string; readonly name: string; readonly namespace: string }[];
}

const synthesized = new Map<string, readonly StackManifest[]>();

function manifests<Kind extends { readonly kind: string }>(kind: string, engines: readonly CoordinatedEngine[]): Kind[] {
  const all = synthesized.get(engines.join()) ?? manifestsOf(stackOf(phaseJobs({ engines })).json);
  synthesized.set(engines.join(), all);
  return all.map(({ manifest }) => manifest as unknown as Kind).filter((one) => one.kind === kind);
}

/** `flowbench batch/jobs create`, one line for each thing that may be done, names in brackets. */
function rightsOf(engines: readonly CoordinatedEngine[]): string[] {
  return manifests<Role>('Role', engines).flatMap(({ metadata, rules }) => rules.flatMap((rule) => rule.apiGroups.flatMap((group) => rule.resources.map((resource) => {
    const names = rule.resourceNames === undefined ? '' : ` [${rule.resourceNames.join(' ')}]`;
    return `${metadata.namespace} ${group}/${resource}${names}: ${rule.verbs.join(' ')}`;
  })))).sort();
}

const pods = (namespace: string): string[] => [`${namespace} /events: list watch`, `${namespace} /pods/log: get`, `${namespace} /pods: get list watch`];
const OWN = ['flowbench batch/jobs: get list', 'flowbench coordination.k8s.io/leases: create get update'];

describe('what a coordinator may do in the cluster', () => {
  it.each<[readonly CoordinatedEngine[], readonly string[]]>([
    [['flow'], [
      'flowbench batch/jobs: create get list watch patch delete',
      'flowbench /configmaps: create get list delete',
      'flowbench coordination.k8s.io/leases: create get update',
      ...pods('flowbench'),
    ]],
    [['spark'], [...OWN, 'flowbench-spark sparkoperator.k8s.io/sparkapplications: create get list watch delete', ...pods('flowbench-spark')]],
    [['trino'], [
      ...OWN,
      'flowbench-trino apps/deployments [trino-worker]: get',
      'flowbench-trino apps/deployments/scale [trino-worker]: get patch',
      ...pods('flowbench-trino'),
    ]],
    [['ray'], [
      ...OWN,
      'flowbench-ray ray.io/rayclusters: get list watch patch',
      'flowbench-ray ray.io/rayjobs: create get list watch delete',
      ...pods('flowbench-ray'),
    ]],
  ])('for %j is this table, line by line', (engines, expected) => {
    expect(rightsOf(engines)).toEqual([...expected].sort());
  });

  it('for several engines is the sum of theirs, on top of the flow engine\'s own namespace', () => {
    const flow = rightsOf(['flow']);
    const others = COORDINATED_ENGINES.filter((engine) => engine !== 'flow').flatMap((engine) => rightsOf([engine]).filter((line) => !OWN.includes(line)));
    expect(rightsOf(COORDINATED_ENGINES)).toEqual([...flow, ...others].sort());
  });

  it.each(['secrets', 'nodes', 'serviceaccounts', 'roles', 'rolebindings', 'namespaces', 'pods/exec', 'pods/attach', 'serviceaccounts/token', '*'])('never touches %s', (resource) => {
    const rules = manifests<Role>('Role', COORDINATED_ENGINES).flatMap((role) => role.rules);
    expect(rules.filter((rule) => rule.resources.includes(resource))).toEqual([]);
  });

  it('holds no wildcard, and makes no pod by itself', () => {
    const rules = manifests<Role>('Role', COORDINATED_ENGINES).flatMap((role) => role.rules);
    expect(rules.filter((rule) => [...rule.apiGroups, ...rule.resources, ...rule.verbs].includes('*'))).toEqual([]);
    expect(rules.filter((rule) => rule.resources.includes('pods') && rule.verbs.some((verb) => !['get', 'list', 'watch'].includes(verb)))).toEqual([]);
  });

  it('ends at the namespaces of its engines', () => {
    const namespaces = (engines: readonly CoordinatedEngine[]): string[] => manifests<Role>('Role', engines).map((role) => role.metadata.namespace).sort();
    expect(namespaces(['flow'])).toEqual(['flowbench']);
    expect(namespaces(['trino'])).toEqual(['flowbench', 'flowbench-trino']);
    expect(manifests('ClusterRole', COORDINATED_ENGINES)).toEqual([]);
    expect(manifests('ClusterRoleBinding', COORDINATED_ENGINES)).toEqual([]);
  });

  it('is given to its own account and to no other', () => {
    for (const binding of manifests<Binding>('RoleBinding', COORDINATED_ENGINES)) {
      expect(binding.roleRef).toEqual({ apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'coordinator' });
      expect(binding.subjects).toEqual([{ kind: 'ServiceAccount', name: 'coordinator', namespace: 'flowbench' }]);
    }
  });
});
