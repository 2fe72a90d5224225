import { KubeRay } from '../../constructs/engines/kube-ray.js';
import { SparkOperator } from '../../constructs/engines/spark-operator.js';
import { TrinoCluster } from '../../constructs/engines/trino-cluster.js';
import { type IBenchCluster } from '../../constructs/cluster/cluster-ref.js';
import { destroyOrderProblems, type StackJson } from '../infrastructure/graph.js';
import { engineStack, type EngineScope, PROJECT, READINESS, REGION, RESULTS_BUCKET } from './support.js';

const DATASETS = [{ prefix: 'tpch/sf10', numeric: 'decimal' }] as const;
const IMAGE = '123456789012.dkr.ecr.us-east-2.amazonaws.com/ematix-flow-bench-daft@sha256:ab12';

const place = { project: PROJECT, region: REGION };
const spark = ({ stack, ...rest }: EngineScope) => new SparkOperator(stack, 'Spark', { ...place, ...rest, roleName: 'spark' });
const trino = ({ stack, cluster, datasetBucket }: EngineScope) => new TrinoCluster(stack, 'Trino', { ...place, cluster, datasetBucket, roleName: 'trino', datasets: DATASETS });
const ray = ({ stack, ...rest }: EngineScope) => new KubeRay(stack, 'Ray', { ...place, ...rest, roleName: 'ray', image: IMAGE });

const ENGINES: readonly (readonly [string, (scope: EngineScope) => unknown])[] = [['Spark', spark], ['Trino', trino], ['Ray', ray]];

describe('order', () => {
  test.each(ENGINES)('%s is installed after the cluster is ready and after its namespaces, and goes before them', (_name, build) => {
    const json = engineStack(build).json as StackJson;
    expect(destroyOrderProblems(json, [
      { before: /^helm_release\./, after: new RegExp(`^${READINESS.replace('.', '\\.')}$`), because: 'nobody may delete it any more' },
      { before: /^helm_release\.(Spark|Trino|Ray_Cluster)/, after: /^aws_iam_role_policy\./, because: 'its pods lose their rights while they run' },
      { before: /^helm_release\.(Spark|Trino|Ray_Cluster)/, after: /^kubernetes_namespace_v1\.\w*_(JobNamespace|Namespace)_/, because: 'the namespace takes it along' },
    ])).toEqual([]);
  });

  test('the RayCluster goes before the operator that has to finish it', () => {
    const json = engineStack(ray).json as StackJson;
    const rule = { before: /^helm_release\.Ray_Cluster/, after: /^helm_release\.Ray_Operator/, because: 'its finalizers hang' };
    expect(destroyOrderProblems(json, [rule])).toEqual([]);
    expect(destroyOrderProblems(withoutDependencies(json, 'Ray_Cluster'), [rule])).toEqual([expect.stringContaining('its finalizers hang')]);
  });

  test('the operator of Spark comes after the policy that lets the API server reach its webhook', () => {
    const stack = engineStack(spark);
    const [release = ''] = stack.addresses().filter((address) => address.startsWith('helm_release.'));
    expect(stack.dependsOn(release)).toContainEqual(expect.stringMatching(/^kubernetes_network_policy_v1\.Spark_WebhookIngress/));
  });
});

function withoutDependencies(json: StackJson, name: string): StackJson {
  const releases = Object.entries(json.resource?.helm_release ?? {}).map(([key, body]) => [key, key.startsWith(name) ? { ...body, depends_on: [] } : body]);
  return { ...json, resource: { ...json.resource, helm_release: Object.fromEntries(releases) as never } };
}

describe('releases', () => {
  test.each(ENGINES)('%s is pinned, waits, and takes a failed install away again', (_name, build) => {
    for (const release of Object.values(engineStack(build).resources('helm_release'))) {
      expect(release.version).toMatch(/^\d+\.\d+\.\d+$/);
      expect(release).toMatchObject({ wait: true, atomic: true, create_namespace: false });
      expect(release.set).toBeUndefined();
    }
  });

  test.each(ENGINES)('%s carries the labels of its stack on its pods', (_name, build) => {
    for (const release of Object.values(engineStack(build).resources('helm_release'))) {
      expect(JSON.stringify(release.values)).toContain('flowbench/expires-at');
    }
  });

  test('the image of Ray is split at its last colon, and one that was never published fails no plan of a destroy', () => {
    const text = JSON.stringify(engineStack(ray).resources('helm_release'));
    expect(text).toContain('try(element(regex(');
  });
});

describe('event logs of Spark', () => {
  test('the folder exists before a driver asks for it, by an object that Spark does not clear away', () => {
    // S3A deletes `folder/` after it has written below it; a second plan would then find a change.
    expect(engineStack(spark).only('aws_s3_object')).toMatchObject({ bucket: RESULTS_BUCKET, key: 'spark-event-logs/.keep' });
  });

  test('an application is told where they go, and to take the role of its service account', () => {
    const found: Record<string, string>[] = [];
    engineStack((scope) => found.push(spark(scope).sparkConf));
    expect(found).toEqual([{
      'spark.eventLog.enabled': 'true',
      'spark.eventLog.dir': `s3a://${RESULTS_BUCKET}/spark-event-logs/`,
      'spark.hadoop.fs.s3a.endpoint.region': REGION,
      'spark.hadoop.fs.s3a.aws.credentials.provider': 'com.amazonaws.auth.WebIdentityTokenCredentialsProvider',
    }]);
  });
});

describe('what is refused', () => {
  const refusal = (build: (scope: EngineScope) => unknown, cluster: Partial<IBenchCluster>): string => {
    try {
      engineStack(build, cluster);
    } catch (error) {
      return String(error);
    }
    return 'nothing was refused';
  };

  test.each(ENGINES.slice(1))('%s tells every pool whose nodes are too small', (name, build) => {
    expect(refusal(build, { nodeType: 't3.large' })).toMatch(new RegExp(`engine-stack/${name}: nodeType "t3.large" leaves`));
  });

  test.each(ENGINES.slice(1))('%s tells node types that it cannot be sized by', (_name, build) => {
    const told = refusal(build, { nodeType: 'x9.huge', systemNodeType: 'y9.huge' });
    expect(told).toContain('node type "x9.huge" has no known memory and cores');
    expect(told).toContain('node type "y9.huge" has no known memory and cores');
  });

  test('Trino tells two datasets of one database, an unknown release, and that it has nothing to query', () => {
    const withProps = (datasets: readonly { prefix: string; numeric: 'decimal' | 'double' }[], trinoVersion: string) => ({ stack, cluster, datasetBucket }: EngineScope) =>
      new TrinoCluster(stack, 'Trino', { ...place, cluster, datasetBucket, roleName: 'trino', datasets, trinoVersion });
    const told = refusal(withProps([DATASETS[0], DATASETS[0]], '999'), {});
    expect(told).toContain('two datasets would share the Glue database "ematix_flow_bench_tpch_sf10"');
    expect(told).toContain('trinoVersion "999" is no release whose property names are known; use one from 476 to 483.');
    expect(refusal(withProps([], '480'), {})).toContain('datasets is empty');
    const many = Array.from({ length: 11 }, (_, index) => ({ prefix: `tpch/sf${index + 1}`, numeric: 'decimal' as const }));
    expect(refusal(withProps(many, '480'), {})).toContain('datasets names 11 datasets');
  });

  test('Spark refuses a namespace that its drivers share with the operator', () => {
    const shared = ({ stack, ...rest }: EngineScope) => new SparkOperator(stack, 'Spark', { ...place, ...rest, roleName: 'spark', jobNamespace: 'one', operatorNamespace: 'one' });
    expect(refusal(shared, {})).toContain('jobNamespace and operatorNamespace are both "one"');
  });
});

describe('restricted pods', () => {
  test.each(ENGINES)('every namespace of %s holds its pods to it', (_name, build) => {
    const namespaces = Object.values(engineStack(build).resources('kubernetes_namespace_v1'));
    expect(namespaces.length).toBeGreaterThan(0);
    for (const namespace of namespaces) expect(namespace).toMatchObject({ metadata: { labels: { 'pod-security.kubernetes.io/enforce': 'restricted' } } });
  });
});
