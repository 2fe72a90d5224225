import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { type ChartValues } from '../../constructs/engines/chart-values.js';
import { LABELS, SPARK_VALUES } from './inputs.js';
import { isMap, keyPaths, unknownKeys } from './keys.js';
import { helmProgram, type Manifest, renderChart, sparkOperatorChart } from './real-chart.js';

const FETCH_MS = 300_000;
const SYSTEM_POOL = { nodeSelector: { 'flowbench/pool': 'system' }, tolerations: [{ key: 'flowbench/system', operator: 'Equal', value: 'true', effect: 'NoSchedule' }] };

let helm = '';
let chart = '';
let defaults: ChartValues = {};
let manifests: readonly Manifest[] = [];

beforeAll(async () => {
  [helm, chart] = await Promise.all([helmProgram(), sparkOperatorChart()]);
  defaults = parse(readFileSync(join(chart, 'values.yaml'), 'utf8')) as ChartValues;
  manifests = await render(SPARK_VALUES);
}, FETCH_MS);

function render(values: ChartValues): Promise<Manifest[]> {
  return renderChart(helm, chart, 'spark-operator', 'flowbench-spark-operator', values);
}

function only(kind: string, name: string): Manifest {
  const found = manifests.filter((manifest) => manifest.kind === kind && manifest.metadata.name === name);
  if (found.length !== 1 || found[0] === undefined) throw new Error(`${found.length} of ${kind} ${name}`);
  return found[0];
}

interface PodTemplate {
  readonly metadata: { readonly labels: Record<string, string>; readonly annotations?: Record<string, string> };
  readonly spec: { readonly containers: readonly { readonly args: readonly string[]; readonly resources: unknown; readonly securityContext: unknown }[] };
}

function template(deployment: string): PodTemplate {
  return (only('Deployment', deployment).spec as unknown as { readonly template: PodTemplate }).template;
}

/** Keys that we set and the chart has not; a map whose default is empty is copied as it is and takes any key. */
function strangers(values: ChartValues): string[] {
  const freeForm = keyPaths(defaults).filter((path) => isEmptyMap(path.split('.').reduce<unknown>((map, key) => (isMap(map) ? map[key] : undefined), defaults)));
  return unknownKeys(values, new Set(keyPaths(defaults)), freeForm);
}

const isEmptyMap = (value: unknown): boolean => isMap(value) && Object.keys(value).length === 0;

describe('keys', () => {
  test('every key that is set is one that the chart has', () => {
    expect(strangers(SPARK_VALUES)).toEqual([]);
  });

  test.each([
    ['at the wrong place', { batchScheduler: { enable: true } }, ['batchScheduler', 'batchScheduler.enable']],
    ['mistyped', { controller: { nodeSelectors: {} } }, ['controller.nodeSelectors']],
    ['mistyped below', { spark: { serviceAccount: { anotations: {} } } }, ['spark.serviceAccount.anotations']],
  ])('a key %s is found, which helm takes without a word', async (_what, planted, told) => {
    await expect(render({ ...SPARK_VALUES, ...planted })).resolves.not.toHaveLength(0);
    expect(strangers({ ...SPARK_VALUES, ...planted })).toEqual(told);
  });
});

describe('what the values come to', () => {
  test.each(['spark-operator-controller', 'spark-operator-webhook'])('%s stands on the system pool, with our labels and bounded memory', (name) => {
    const { metadata, spec } = template(name);
    expect(spec).toMatchObject(SYSTEM_POOL);
    expect(metadata.labels).toMatchObject(LABELS);
    expect(metadata.annotations ?? {}).not.toHaveProperty(['prometheus.io/scrape']);
    expect(spec.containers).toHaveLength(1);
    expect(spec.containers[0]?.resources).toMatchObject({ limits: { memory: expect.stringMatching(/Mi$/) as unknown } });
  });

  test('the operator works in the job namespace alone, makes no service of a UI, and submits two at a time', () => {
    const args = template('spark-operator-controller').spec.containers[0]?.args ?? [];
    expect(args).toEqual(expect.arrayContaining(['--namespaces=flowbench-spark', '--enable-ui-service=false', '--controller-threads=2']));
    expect(template('spark-operator-webhook').spec.containers[0]?.args).toContain('--namespaces=flowbench-spark');
  });

  test('drivers get a service account with our role and rights in their namespace', () => {
    expect(only('ServiceAccount', 'spark').metadata).toMatchObject({
      namespace: 'flowbench-spark', annotations: { 'eks.amazonaws.com/role-arn': 'arn:aws:iam::123456789012:role/engine' },
    });
    const bindings = manifests.filter(({ kind, metadata }) => kind === 'RoleBinding' && metadata.namespace === 'flowbench-spark');
    expect(JSON.stringify(bindings)).toContain('{"kind":"ServiceAccount","name":"spark","namespace":"flowbench-spark"}');
  });

  test('the webhook fails closed, and looks at the job namespace alone', () => {
    const hooks = only('MutatingWebhookConfiguration', 'spark-operator-webhook').webhooks as readonly Record<string, unknown>[];
    expect(hooks.length).toBeGreaterThan(0);
    for (const hook of hooks) {
      expect(hook.failurePolicy).toBe('Fail');
      expect(JSON.stringify(hook.namespaceSelector)).toContain('["flowbench-spark"]');
      expect(JSON.stringify(hook.clientConfig)).toContain('9443');
    }
  });

  test('its pods are let in where pods are restricted', () => {
    for (const name of ['spark-operator-controller', 'spark-operator-webhook']) {
      expect(template(name).spec.containers[0]?.securityContext).toMatchObject({
        runAsNonRoot: true, allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] }, seccompProfile: { type: 'RuntimeDefault' },
      });
    }
  });

  test('nothing is reachable from outside the cluster', () => {
    expect(manifests.filter(({ kind }) => kind === 'Ingress')).toEqual([]);
    const types = manifests.filter(({ kind }) => kind === 'Service').map(({ spec }) => spec?.type ?? 'ClusterIP');
    expect([...new Set(types)]).toEqual(['ClusterIP']);
  });
});
