import { KubeRay } from '../../constructs/engines/kube-ray.js';
import { SparkOperator } from '../../constructs/engines/spark-operator.js';
import { TrinoCluster } from '../../constructs/engines/trino-cluster.js';
import { DATA_BUCKET, engineStack, type EngineScope, PROJECT, REGION, RESULTS_BUCKET } from './support.js';

interface Statement {
  readonly Sid: string;
  readonly Action: readonly string[];
  readonly Resource: readonly string[];
  readonly Condition?: unknown;
}

const place = { project: PROJECT, region: REGION };
const data = `arn:aws:s3:::${DATA_BUCKET}`;
const results = `arn:aws:s3:::${RESULTS_BUCKET}`;
const WRITE = ['s3:PutObject', 's3:DeleteObject', 's3:AbortMultipartUpload', 's3:ListMultipartUploadParts'];

/** Statements of the one role, as rows: id, actions, resources, condition; addresses of resources shortened to their names. */
function statements(build: (scope: EngineScope) => unknown): (readonly unknown[])[] {
  const { policy } = engineStack(build).only('aws_iam_role_policy') as { readonly policy: string };
  const plain = policy.replace(/\$\{aws_glue_catalog_database\.Trino_(\w+)_Database_\w+\.(name|catalog_id)\}/g, (_all, name: string, what: string) => (what === 'name' ? name : 'ACCOUNT'));
  const { Statement } = JSON.parse(plain) as { readonly Statement: readonly Statement[] };
  return Statement.map(({ Sid, Action, Resource, Condition }) => [Sid, Action, Resource, ...(Condition === undefined ? [] : [Condition])]);
}

const wholeDataset = [
  ['LocateDatasets', ['s3:GetBucketLocation'], [data]],
  ['ListDatasets', ['s3:ListBucket'], [data]],
  ['ReadDatasets', ['s3:GetObject'], [`${data}/*`]],
];

test('Spark reads datasets, writes event logs and runs, and nothing else', () => {
  const build = ({ stack, ...rest }: EngineScope) => new SparkOperator(stack, 'Spark', { ...place, ...rest, roleName: 'spark' });
  expect(statements(build)).toEqual([
    ...wholeDataset,
    ['WriteResultsSparkEventLogs', WRITE, [`${results}/spark-event-logs/*`]],
    ['WriteResultsRuns', WRITE, [`${results}/runs/*`]],
    ['ProbeResults', ['s3:ListBucket'], [results]],
    ['ReadBackResults', ['s3:GetObject'], [`${results}/spark-event-logs`, `${results}/spark-event-logs/*`, `${results}/runs`, `${results}/runs/*`]],
  ]);
});

test('Ray reads datasets and writes runs, and nothing else', () => {
  const build = ({ stack, ...rest }: EngineScope) => new KubeRay(stack, 'Ray', { ...place, ...rest, roleName: 'ray', image: 'example.org/daft@sha256:ab12' });
  expect(statements(build)).toEqual([...wholeDataset, ['WriteResultsRuns', WRITE, [`${results}/runs/*`]]]);
});

test('Trino reads its tables and their files, writes their statistics, and nothing else', () => {
  const build = ({ stack, cluster, datasetBucket }: EngineScope) =>
    new TrinoCluster(stack, 'Trino', { ...place, cluster, datasetBucket, roleName: 'trino', datasets: [{ prefix: 'tpch/sf10', numeric: 'decimal' }] });
  const database = 'ematix_flow_bench_tpch_sf10';
  const tables = ['catalog', `database/${database}`, `table/${database}/*`].map((resource) => `arn:aws:glue:us-east-2:ACCOUNT:${resource}`);
  expect(statements(build)).toEqual([
    ['LocateDatasetsTpchSf10', ['s3:GetBucketLocation'], [data]],
    ['ListDatasetsTpchSf10', ['s3:ListBucket'], [data], { StringLike: { 's3:prefix': ['tpch/sf10/*'] } }],
    ['ReadDatasetsTpchSf10', ['s3:GetObject'], [`${data}/tpch/sf10/*`]],
    ['ReadCatalog', ['glue:GetDatabase', 'glue:GetTable', 'glue:GetTables', 'glue:GetPartition', 'glue:GetPartitions', 'glue:BatchGetPartition', 'glue:GetColumnStatisticsForTable'], tables],
    ['WriteStatistics', ['glue:UpdateTable', 'glue:UpdateColumnStatisticsForTable', 'glue:DeleteColumnStatisticsForTable'], tables],
  ]);
});

test('the rights on as many datasets as are let in fit into one inline policy', () => {
  const project = 'a-project-of-24-letters-';
  const datasets = Array.from({ length: 10 }, (_, index) => ({ prefix: `tpch/sf${index}.001-double`, numeric: 'double' as const }));
  const { policy } = engineStack(({ stack, cluster, datasetBucket }) => {
    new TrinoCluster(stack, 'Trino', { ...place, project, cluster, datasetBucket, roleName: 'trino', datasets });
  }).only('aws_iam_role_policy') as { readonly policy: string };
  const resolved = policy.replace(/\$\{[^}]*\.catalog_id\}/g, '123456789012').replace(/\$\{[^}]*\.name\}/g, 'x'.repeat(`${project}_tpch_sf0_001_double`.length));
  expect(resolved).not.toContain('${');
  expect(resolved.length).toBeGreaterThan(7_000);
  expect(resolved.length).toBeLessThan(10_240);
});
