import { type Decision, decide } from '../../workloads/cloud/janitor/decide.js';
import { DELETION_ORDER } from '../../workloads/cloud/janitor/order.js';
import { RESOURCE_KINDS, type ResourceKind } from '../../workloads/cloud/inventory/resource.js';
import { type Inventory } from '../../workloads/cloud/inventory/take-inventory.js';
import { ALIVE, EXPIRED, inventoryOf, NOW_MS, PROJECT, RETAINED, thing } from './fixtures.js';

const input = { project: PROJECT, nowMs: NOW_MS };
const actionOf = (decisions: readonly Decision[], id: string): string | undefined => decisions.find(({ resource }) => resource.id === id)?.action;
const all = (inventory: Inventory): Record<string, string> => Object.fromEntries(decide(inventory, input).map(({ resource, action }) => [resource.id, action]));

const withoutProject = (tags: Record<string, string>): Record<string, string> => Object.fromEntries(Object.entries(tags).filter(([key]) => key !== 'Project'));
const at = (ms: number): string => new Date(ms).toISOString();

/** Tags and name of one volume, and what has to be decided. Each row is one way to be wrong. */
const VOLUMES: readonly (readonly [string, Record<string, string>, string | undefined, string | undefined])[] = [
  ['expired', EXPIRED, undefined, 'delete'],
  ['alive', ALIVE, undefined, 'leave'],
  ['retained, long past its date', RETAINED, undefined, 'leave'],
  ['expires this very millisecond', { ...EXPIRED, ExpiresAt: at(NOW_MS) }, undefined, 'delete'],
  ['expires in a millisecond', { ...EXPIRED, ExpiresAt: at(NOW_MS + 1) }, undefined, 'leave'],
  ['no ExpiresAt', { Project: PROJECT, Lifecycle: 'ephemeral' }, undefined, 'report'],
  ['an ExpiresAt that is no date', { ...EXPIRED, ExpiresAt: 'soon' }, undefined, 'report'],
  ['no Lifecycle', { Project: PROJECT, ExpiresAt: EXPIRED.ExpiresAt ?? '' }, undefined, 'report'],
  ['a Lifecycle nobody knows', { ...EXPIRED, Lifecycle: 'Ephemeral' }, undefined, 'report'],
  ['expired, of another project', { ...EXPIRED, Project: 'other' }, `${PROJECT}-volume`, undefined],
  ['expired, without a Project tag', withoutProject(EXPIRED), undefined, undefined],
  ['expired, without a Project tag, with our name', withoutProject(EXPIRED), `${PROJECT}-volume`, 'report'],
  ['no tags, with our name', {}, `${PROJECT}-volume`, 'report'],
  ['no tags, made for a cluster of ours that is gone', { [`kubernetes.io/cluster/${PROJECT}-alpha`]: 'owned' }, undefined, 'report'],
];

/** What {@link VOLUMES} says against a decision function. */
function contradictions(of: typeof decide): string[] {
  return VOLUMES.flatMap(([what, tags, name, expected]) => {
    const action = of(inventoryOf(thing('volume', { tags, name })), input)[0]?.action;
    return action === expected ? [] : [`${what}: ${String(action)} instead of ${String(expected)}`];
  });
}

describe('the decision on one thing', () => {
  test('follows its tags', () => {
    expect(contradictions(decide)).toEqual([]);
  });

  const change = (wrong: (decision: Decision) => Decision['action']): typeof decide => (inventory, options) =>
    decide(inventory, options).map((decision) => ({ ...decision, action: wrong(decision) }));
  const expiry = ({ resource }: Decision): number => Date.parse(resource.tags.ExpiresAt ?? '');
  const planted: Record<string, typeof decide> = {
    'an inverted comparison': change((one) => (one.resource.tags.Lifecycle === 'ephemeral' && one.resource.tags.Project === PROJECT ? (expiry(one) > NOW_MS ? 'delete' : 'leave') : one.action)),
    'a comparison off by one': change((one) => (one.action === 'delete' && expiry(one) === NOW_MS ? 'leave' : one.action)),
    'no look at Lifecycle': change((one) => (one.resource.belonging.by === 'tag' && expiry(one) <= NOW_MS ? 'delete' : one.action)),
    'no look at the Project tag': change((one) => (expiry(one) <= NOW_MS && one.resource.tags.Lifecycle === 'ephemeral' ? 'delete' : one.action)),
    'names taken for tags': change((one) => (one.resource.belonging.by === 'name' ? 'delete' : one.action)),
    'a missing date taken for the past': change((one) => (Number.isNaN(expiry(one)) && one.resource.tags.Project === PROJECT ? 'delete' : one.action)),
  };
  test.each(Object.entries(planted))('the table notices %s', (_what, wrong) => {
    expect(contradictions(wrong)).not.toEqual([]);
  });

  test('expired things that no program deletes are reported, every other kind is deleted', () => {
    const kinds = Object.keys(RESOURCE_KINDS) as ResourceKind[];
    const reported = kinds.filter((kind) => decide(inventoryOf(thing(kind)), input)[0]?.action === 'report');
    expect(reported).toEqual(['glue-database', 'ecr-repository', 'bucket', 'schedule', 'function', 'topic', 'queue', 'parameter', 'build-project', 'budget']);
    expect(kinds.filter((kind) => decide(inventoryOf(thing(kind)), input)[0]?.action === 'delete').sort()).toEqual([...DELETION_ORDER].sort());
  });

  test('a thing already on its way out is left alone', () => {
    expect(all(inventoryOf(thing('kms-key', { leaving: 'scheduled for deletion' })))).toEqual({ 'kms-key-1': 'leave' });
  });

  test('a schedule, which carries no tags, is not reported for that', () => {
    expect(all(inventoryOf(thing('schedule', { tags: {}, name: `${PROJECT}-janitor` })))).toEqual({ 'schedule-1': 'leave' });
  });
});

describe('what hangs together', () => {
  const cluster = thing('eks-cluster', { id: `${PROJECT}-alpha`, name: `${PROJECT}-alpha`, vpcId: 'vpc-1', uses: ['arn:role', 'sg-1', `/aws/eks/${PROJECT}-alpha/cluster`] });
  const group = thing('eks-node-group', { id: `${PROJECT}-alpha/worker`, uses: [`${PROJECT}-alpha`, 'arn:node-role', 'lt-1'] });
  const vpc = thing('vpc', { id: 'vpc-1', vpcId: 'vpc-1' });
  const subnet = thing('subnet', { vpcId: 'vpc-1' });
  const role = thing('iam-role', { arn: 'arn:role' });
  const template = thing('launch-template', { id: 'lt-1' });
  const log = thing('log-group', { id: `/aws/eks/${PROJECT}-alpha/cluster`, name: `/aws/eks/${PROJECT}-alpha/cluster` });

  test('a whole expired cluster goes from its node group on, one layer at a time', () => {
    expect(all(inventoryOf(vpc, subnet, role, template, log, cluster, group))).toEqual({
      [group.id]: 'delete', [cluster.id]: 'wait', 'vpc-1': 'wait', 'subnet-1': 'wait', 'iam-role-1': 'wait', 'lt-1': 'wait', [log.id]: 'wait',
    });
    expect(all(inventoryOf(vpc, subnet, role, template, log, cluster))).toEqual({
      [cluster.id]: 'delete', 'vpc-1': 'wait', 'subnet-1': 'wait', 'iam-role-1': 'wait', 'lt-1': 'delete', [log.id]: 'wait',
    });
    expect(Object.values(all(inventoryOf(vpc, subnet, role, template, log)))).toEqual(['delete', 'delete', 'delete', 'delete', 'delete']);
  });

  test('deletions come in the order that dependencies allow', () => {
    const everything = [...DELETION_ORDER].reverse().map((kind) => thing(kind));
    const kinds = decide(inventoryOf(...everything), input).filter(({ action }) => action === 'delete').map(({ resource }) => resource.kind);
    expect(kinds).toEqual([...DELETION_ORDER]);
    const before = (a: ResourceKind, b: ResourceKind): boolean => kinds.indexOf(a) < kinds.indexOf(b);
    const pairs: [ResourceKind, ResourceKind][] = [
      ['eks-node-group', 'eks-cluster'], ['eks-cluster', 'auto-scaling-group'], ['auto-scaling-group', 'instance'], ['instance', 'volume'], ['load-balancer', 'target-group'],
      ['nat-gateway', 'elastic-ip'], ['network-interface', 'security-group'], ['vpc-endpoint', 'route-table'], ['security-group', 'vpc'], ['internet-gateway', 'vpc'],
      ['subnet', 'vpc'], ['auto-scaling-group', 'launch-template'], ['eks-cluster', 'log-group'], ['instance-profile', 'iam-role'], ['eks-cluster', 'oidc-provider'],
    ];
    expect(pairs.filter(([a, b]) => !before(a, b))).toEqual([]);
  });

  test('what a living cluster needs stays, though its own tag has run out', () => {
    const living = { ...cluster, tags: ALIVE };
    expect(all(inventoryOf(living, role, vpc, log))).toEqual({ [living.id]: 'leave', 'iam-role-1': 'wait', 'vpc-1': 'wait', [log.id]: 'wait' });
  });

  test('nodes are left to the node group that made them', () => {
    const node = thing('instance', { tags: { ...EXPIRED, 'eks:cluster-name': cluster.id } });
    expect(actionOf(decide(inventoryOf(cluster, node), input), node.id)).toBe('wait');
    expect(actionOf(decide(inventoryOf(node), input), node.id)).toBe('delete');
  });

  test('what EKS made for a living cluster goes with it; once the cluster is gone it is reported', () => {
    const made = thing('security-group', { id: 'sg-eks', tags: { 'aws:eks:cluster-name': cluster.id } });
    expect(actionOf(decide(inventoryOf({ ...cluster, tags: ALIVE }, made), input), made.id)).toBe('leave');
    expect(actionOf(decide(inventoryOf(cluster, made), input), made.id)).toBe('report');
    expect(actionOf(decide(inventoryOf(made), input), made.id)).toBe('report');
  });

  test('a disk or interface in use waits', () => {
    expect(all(inventoryOf(thing('volume', { facts: { attachedTo: 'i-1' } }), thing('network-interface', { facts: { status: 'in-use' } })))).toEqual({ 'volume-1': 'wait', 'network-interface-1': 'wait' });
    expect(all(inventoryOf(thing('volume', { facts: { attachedTo: '' } }), thing('network-interface', { facts: { status: 'available' } })))).toEqual({ 'volume-1': 'delete', 'network-interface-1': 'delete' });
  });

  test('where machines could not be looked at, nothing they may use is touched', () => {
    const blind = { ...inventoryOf(subnet, role, group), blindSpots: [{ kind: 'instance' as const, problem: 'AccessDenied' }] };
    expect(all(blind)).toEqual({ [group.id]: 'delete', 'subnet-1': 'wait', 'iam-role-1': 'wait' });
  });
});
