import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ChartValues } from '../../constructs/engines/chart-values.js';
import { RAY_CLUSTER_VALUES, RAY_OPERATOR_VALUES, SPARK_VALUES, TRINO_VALUES } from './inputs.js';
import { exposures, isMap, unknownKeys } from './keys.js';

type KeyList = Readonly<Record<'known' | 'freeForm', readonly string[]>>;
const KEYS = JSON.parse(readFileSync(join(__dirname, 'chart-keys.json'), 'utf8')) as Readonly<Record<'trino' | 'kuberayOperator' | 'rayCluster', KeyList>>;

const CHARTS = [
  { name: 'trino', values: TRINO_VALUES },
  { name: 'kuberayOperator', values: RAY_OPERATOR_VALUES },
  { name: 'rayCluster', values: RAY_CLUSTER_VALUES },
] as const;

function strangers(name: keyof typeof KEYS, values: ChartValues): string[] {
  return unknownKeys(values, new Set(KEYS[name].known), KEYS[name].freeForm);
}

function section(values: ChartValues, key: string): ChartValues {
  const found = values[key];
  return isMap(found) ? found : {};
}

describe('keys that Helm would ignore without a word', () => {
  test.each(CHARTS)('$name is given only keys that its chart reads', ({ name, values }) => {
    expect(strangers(name, values)).toEqual([]);
  });

  test('a mistyped key of Trino is found', () => {
    const planted = { ...TRINO_VALUES, worker: { ...section(TRINO_VALUES, 'worker'), jvm: { maxHeapsize: '1G' } } };
    expect(strangers('trino', planted)).toEqual(['worker.jvm.maxHeapsize']);
  });

  test('a key in the wrong place of the RayCluster is found', () => {
    expect(strangers('rayCluster', { ...RAY_CLUSTER_VALUES, serviceAccountName: 'ray' })).toEqual(['serviceAccountName']);
  });
});

describe('what outlives a cluster', () => {
  test.each([...CHARTS, { name: 'sparkOperator', values: SPARK_VALUES }])('$name makes no load balancer, node port or ingress', ({ values }) => {
    expect(exposures(values)).toEqual([]);
  });

  test.each([
    ['a load balancer', { service: { type: 'LoadBalancer' } }, 'service.type is LoadBalancer'],
    ['a node port', { service: { type: 'ClusterIP', nodePort: 30080 } }, 'service.nodePort is set'],
    ['an ingress', { controller: { uiIngress: { enable: true } } }, 'controller.uiIngress is enabled'],
  ])('%s that was planted is found', (_name, planted, told) => {
    expect(exposures(planted)).toEqual([told]);
  });
});

describe('values', () => {
  test('a Ray pod is not bounded below what it requests', () => {
    for (const part of ['head', 'worker']) {
      const resources = section(section(RAY_CLUSTER_VALUES, part), 'resources');
      expect(section(resources, 'limits').cpu).toBeNull();
      expect(section(resources, 'limits').memory).toBe(section(resources, 'requests').memory);
    }
  });

  test('Ray gives no work to its head, and the whole node to a worker', () => {
    expect(section(section(RAY_CLUSTER_VALUES, 'head'), 'rayStartParams')).toEqual({ 'num-cpus': '0' });
    expect(section(section(RAY_CLUSTER_VALUES, 'worker'), 'rayStartParams')).toEqual({ 'num-cpus': '4' });
    expect(section(section(RAY_CLUSTER_VALUES, 'worker'), 'resources')).toMatchObject({ requests: { cpu: '3700m', memory: '13906Mi' } });
  });

  test('Trino neither retries nor spills, and offers no catalog but the dataset', () => {
    expect(TRINO_VALUES.additionalConfigProperties).toEqual(['retry-policy=NONE', 'spill-enabled=false']);
    expect(TRINO_VALUES.catalogs).toMatchObject({ tpch: null, tpcds: null });
    expect(section(section(TRINO_VALUES, 'coordinator'), 'config')).toMatchObject({ nodeScheduler: { includeCoordinator: false } });
  });
});
