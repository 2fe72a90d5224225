import { belonging, clusterOfTags, isNamedBy } from '../../workloads/cloud/inventory/belonging.js';
import { ownAmong, takeInventory } from '../../workloads/cloud/inventory/take-inventory.js';
import { type CloudClients } from '../../workloads/cloud/inventory/clients.js';
import { type FoundResource } from '../../workloads/cloud/inventory/resource.js';
import { controlPlaneLogGroup, clusterName, datasetDatabase, generatorLogGroup, imageParameterName, janitorName, lambdaLogGroup } from '../../workloads/model/physical-names.js';
import { thing } from './fixtures.js';

const project = 'bench';
const none = new Set<string>();

describe('what is the project\'s', () => {
  test.each([
    [{ Project: 'bench' }, undefined, 'tag'],
    [{ Project: 'bench' }, 'anything', 'tag'],
    [{ Project: 'other' }, 'bench-alpha', undefined],
    [{ Project: 'bench-two' }, 'bench-two-alpha', undefined],
    [{ project: 'bench' }, 'other', undefined],
    [{}, 'bench-alpha', 'name'],
    [{}, 'benchmarks', undefined],
    [{}, 'my-bench-alpha', undefined],
    [{}, '/aws/eks/bench-alpha/cluster', 'name'],
    [{}, '/aws/eks/other-alpha/cluster', undefined],
    [{}, '/aws/lambda/bench-janitor', 'name'],
    [{}, '/bench/images/spark', 'name'],
    [{}, 'bench_tpch_sf10', 'name'],
    [{ 'aws:eks:cluster-name': 'bench-alpha' }, 'eks-cluster-sg-bench-alpha-1', 'cluster'],
    [{ 'kubernetes.io/cluster/bench-alpha': 'owned' }, undefined, 'cluster'],
    [{ 'kubernetes.io/cluster/bench-alpha': 'shared' }, undefined, undefined],
    [{ 'kubernetes.io/cluster/other': 'owned' }, undefined, undefined],
    [{}, undefined, undefined],
  ])('%j named %s counts by %s', (tags, name, by) => {
    expect(belonging(thing('volume', { tags, name }), project, none)?.by).toBe(by);
  });

  test('every name that stacks give is recognised', () => {
    const names = [
      clusterName(project, 'beta'), controlPlaneLogGroup(clusterName(project, 'beta')), lambdaLogGroup(janitorName(project)), generatorLogGroup(project),
      imageParameterName(project, 'spark'), datasetDatabase(project, 'tpch/sf0.01-double'),
    ];
    expect(names.filter((name) => !isNamedBy(project, name))).toEqual([]);
  });

  test('a thing without tags in our VPC counts, one in another VPC does not', () => {
    const vpc = (id: string, tags: Record<string, string>): FoundResource => ({ kind: 'vpc', id, vpcId: id, tags });
    const found = [
      vpc('vpc-ours', { Project: project }), vpc('vpc-theirs', {}),
      thing('network-interface', { id: 'in-ours', tags: {}, vpcId: 'vpc-ours' }), thing('network-interface', { id: 'in-theirs', tags: {}, vpcId: 'vpc-theirs' }),
    ];
    expect(ownAmong(found, project).map(({ id }) => id)).toEqual(['in-ours', 'vpc-ours']);
  });

  test('an instance without tags counts when it runs with a profile of ours', () => {
    expect(belonging(thing('instance', { tags: {}, uses: ['bench-datagen-machine-us-east-2'] }), project, none)?.by).toBe('name');
  });

  test('only an owned cluster tag names the cluster', () => {
    expect(clusterOfTags({ 'kubernetes.io/cluster/a': 'shared', Name: 'x' })).toBeUndefined();
    expect(clusterOfTags({ 'cluster.k8s.amazonaws.com/name': 'bench-alpha' })).toBe('bench-alpha');
  });
});

describe('taking the inventory', () => {
  const clients = {} as CloudClients;
  const seen = { kind: 'volume', list: () => Promise.resolve([thing('volume', { tags: { Project: project } })]) } as const;
  const refused = { kind: 'bucket', list: () => Promise.reject(Object.assign(new Error('no identity-based policy allows it'), { name: 'AccessDenied' })) } as const;

  test('a kind that could not be looked at is told as that, and hides no other', async () => {
    const inventory = await takeInventory(clients, { project }, [refused, seen]);
    expect(inventory.blindSpots).toEqual([{ kind: 'bucket', problem: 'AccessDenied: no identity-based policy allows it' }]);
    expect(inventory.resources.map(({ kind }) => kind)).toEqual(['volume']);
  });
});
