import { type CustomManifest } from '../../../workloads/kubernetes/api/cluster-api.js';
import { type HttpClusterApi } from '../../../workloads/kubernetes/api/http-cluster-api.js';
import { CustomJobHost } from '../../../workloads/kubernetes/engines/custom-job-host.js';
import { DEFAULT_ENGINE_LIMITS } from '../../../workloads/kubernetes/engines/limits.js';
import { SPARK_APPLICATION, sparkApplication, type SparkApplicationObject } from '../../../workloads/kubernetes/engines/spark-application.js';
import { readingOf } from '../../../workloads/kubernetes/engines/spark-runner.js';
import { executorSize } from '../../../workloads/kubernetes/engines/spark-sizing.js';
import { NODE, SPARK_PLACE, sparkRun, TEN_GIB } from '../../kubernetes/engines/support.js';
import { installSparkApplications } from '../engines/crds.js';
import { adminApi } from '../harness/admin-api.js';
import { START_TIMEOUT_MS } from '../harness/fixture.js';
import { uniqueName } from '../harness/objects.js';
import { TestCluster } from '../harness/test-cluster.js';

jest.setTimeout(180_000);

interface PodSpec {
  readonly containers: readonly (Readonly<Record<string, unknown>> & { readonly securityContext?: unknown })[];
  readonly tolerations?: unknown;
  readonly securityContext?: unknown;
  readonly [field: string]: unknown;
}

/** What we make of a kind that an operator brings, held against the operator's own definition on a real API server. */
describe('SparkApplications of ours', () => {
  let cluster: TestCluster;
  let api: HttpClusterApi;
  const place = { ...SPARK_PLACE, namespace: uniqueName('spark') };
  const applications = () => api.custom<SparkApplicationObject>(SPARK_APPLICATION);
  const made = (tier: string): CustomManifest & { readonly spec: object } =>
    sparkApplication(sparkRun({ place, name: uniqueName(tier), executor: executorSize({ tier, node: NODE, threads: 4, memoryBytes: TEN_GIB }) }));

  beforeAll(async () => {
    cluster = await TestCluster.shared();
    await installSparkApplications(cluster.api);
    await cluster.api.ok('POST', '/api/v1/namespaces', { body: { metadata: { name: place.namespace, labels: { 'pod-security.kubernetes.io/enforce': 'restricted' } } } });
    api = adminApi(cluster, place.namespace);
  }, START_TIMEOUT_MS);
  afterAll(() => cluster.stop());

  test.each(['default', 'plan', 'tuned'])('of tier %s pass the strict validation of the operator\'s definition, and are stored as they were made', async (tier) => {
    const manifest = made(tier);
    const stored = await applications().create(manifest);
    expect(stored).toMatchObject({ spec: manifest.spec });
    expect(await applications().create(manifest)).toBeNull();
  });

  test.each<readonly [string, (spec: Record<string, unknown>) => Record<string, unknown>, RegExp]>([
    ['misspelt', (spec) => ({ ...spec, sparkConfig: spec['sparkConf'] }), /unknown field "spec\.sparkConfig"/],
    ['misspelt of a driver', (spec) => ({ ...spec, driver: { ...(spec['driver'] as object), coresRequest: '1' } }), /unknown field "spec\.driver\.coresRequest"/],
    ['of the wrong type', (spec) => ({ ...spec, executor: { ...(spec['executor'] as object), instances: 'four' } }), /spec\.executor\.instances/],
    ['beyond what is allowed', (spec) => ({ ...spec, mode: 'clustered' }), /spec\.mode/],
  ])('with a field that is %s are refused', async (_what, plant, told) => {
    const manifest = made('default');
    await expect(applications().create({ ...manifest, spec: plant({ ...manifest.spec }) } as CustomManifest)).rejects.toThrow(told);
  });

  /** The definition takes any field within a template: Spark makes a pod of it, adding the image. Nothing of it is kept. */
  const tried = async (part: 'driver' | 'executor', plant: (spec: PodSpec) => PodSpec = (spec) => spec): Promise<{ status: number; text: string }> => {
    const { template } = (made('default').spec as Record<'driver' | 'executor', { template: { metadata?: object; spec: PodSpec } }>)[part];
    const spec = plant({ ...template.spec, restartPolicy: 'Never', containers: template.spec.containers.map((one) => ({ ...one, image: place.image })) });
    const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { ...template.metadata, name: uniqueName(part) }, spec };
    const { status, body } = await cluster.api.call('POST', `/api/v1/namespaces/${place.namespace}/pods`, { body: pod, query: { dryRun: 'All', fieldValidation: 'Strict' } });
    return { status, text: JSON.stringify(body) };
  };

  test.each(['driver', 'executor'] as const)('have a template of the %s that makes a pod where pods are restricted', async (part) => {
    expect(await tried(part)).toMatchObject({ status: 201 });
  });

  test.each<readonly [string, (spec: PodSpec) => PodSpec, RegExp]>([
    ['a misspelt field', ({ tolerations, ...spec }) => ({ ...spec, toleration: tolerations }), /unknown field \\"spec\.toleration\\"/],
    ['a user that may be root', (spec) => ({ ...spec, securityContext: {} }), /violates PodSecurity .*seccompProfile/],
    ['a container with all capabilities', (spec) => ({ ...spec, containers: spec.containers.map((one) => ({ ...one, securityContext: {} })) }), /violates PodSecurity .*unrestricted capabilities/],
  ])('would be refused with %s in a template', async (_what, plant, told) => {
    const { status, text } = await tried('driver', plant);
    expect(status).toBeGreaterThanOrEqual(400);
    expect(text).toMatch(told);
  });

  test('are told of as they change, and are gone once deleted', async () => {
    const manifest = made('default');
    const seen: string[] = [];
    const watching = applications().follow(undefined, ({ kind, item }) => { if (item.metadata?.name === manifest.metadata.name) seen.push(`${kind} ${item.status?.applicationState?.state ?? ''}`); });
    await watching.ready;
    await applications().create(manifest);
    await cluster.api.ok('PATCH', `/apis/${SPARK_APPLICATION.apiVersion}/namespaces/${place.namespace}/sparkapplications/${manifest.metadata.name}/status`, {
      body: { status: { driverInfo: {}, applicationState: { state: 'RUNNING' } } }, contentType: 'application/merge-patch+json',
    });
    await applications().delete(manifest.metadata.name);
    while (!seen.includes('gone RUNNING')) await new Promise((resolve) => setTimeout(resolve, 20));
    watching.stop();
    expect(seen).toEqual(['seen ', 'seen RUNNING', 'gone RUNNING']);
    expect(await applications().get(manifest.metadata.name)).toBeNull();
  });

  /** The driver of an application, whose operator does what a test says. */
  const hosted = (through: HttpClusterApi, manifest = made('default')): Promise<CustomJobHost<SparkApplicationObject>> =>
    CustomJobHost.start({ api: through, reading: readingOf(through, manifest.metadata.name), manifest, logFile: null, limits: DEFAULT_ENGINE_LIMITS, log: () => undefined });

  test('that somebody removes while they are looked at are waited for no more', async () => {
    const manifest = made('default');
    const host = await hosted(api, manifest);
    await applications().delete(manifest.metadata.name);
    // Whether the deletion or the first look came first is a matter of moments.
    expect(await host.ended).toMatch(/^its SparkApplication was (deleted|gone before it could be looked at)$/);
    await host.kill();
  });

  test('that are gone before they are looked at are waited for no more', async () => {
    const hasty = Object.assign(Object.create(api) as HttpClusterApi, {
      custom: () => Object.assign(Object.create(applications()) as ReturnType<typeof applications>, {
        create: async (manifest: CustomManifest) => {
          const stored = await applications().create(manifest);
          await applications().delete(manifest.metadata.name);
          return stored;
        },
      }),
    });
    const host = await hosted(hasty);
    expect(await host.ended).toBe('its SparkApplication was gone before it could be looked at');
    await host.kill();
  });
});
