import { GoogleProvider } from '@cdktf/provider-google/lib/provider';
import { type TerraformStack } from 'cdktf';
import { BigQueryResults, type BigQueryResultsProps } from '../../constructs/results/big-query-results.js';
import { ResultsBucket } from '../../constructs/storage/results-bucket.js';
import { RESULT_ROWS_TABLE, RESULT_TABLES, RUN_RECORDS_TABLE } from '../../workloads/model/bigquery-schema.js';
import { awsStack } from '../fixtures/aws-stack.js';
import { builtProgram } from '../fixtures/program-folder.js';
import { statementsOf } from '../infrastructure/iam-policy.js';
import { localOf, roleOf } from '../guardrails/locals.js';
import { type SynthesizedStack } from '../infrastructure/synth.js';

const codeFolder = builtProgram();
const ROLE = 'ematix-flow-bench-results-loader-us-east-2';

function results(changes: Partial<BigQueryResultsProps> = {}, more: (stack: TerraformStack) => void = () => undefined): SynthesizedStack {
  return awsStack((stack) => {
    new GoogleProvider(stack, 'Google', { project: 'some-project' });
    const bucket = new ResultsBucket(stack, 'Bucket', { bucketName: 'results-bucket' });
    new BigQueryResults(stack, 'BigQuery', {
      project: 'ematix-flow-bench', region: 'us-east-2', bucket, projectId: 'some-project', projectNumber: '123456789012', location: 'US', codeFolder, ...changes,
    });
    more(stack);
  });
}

/** Everything in a stack that is or could hold a long-lived key. */
const keysIn = (stack: SynthesizedStack): readonly string[] =>
  stack.addresses().filter((address) => /service_account|access_key|api_key|iam_user|hmac|secret/.test(address.split('.')[0] ?? ''));

const tables = (stack: SynthesizedStack) => Object.values(stack.resources('google_bigquery_table'));
const address = (stack: SynthesizedStack, type: string) => `${type}.${Object.keys(stack.resources(type))[0]}`;

describe('BigQueryResults', () => {
  const stack = results();

  it('makes a table of each contract, partitioned by day and clustered, with the generated schema', () => {
    for (const table of RESULT_TABLES) {
      const made = tables(stack).find((one) => one.table_id === table.tableId);
      expect(JSON.parse(made?.schema as string)).toEqual(JSON.parse(JSON.stringify(table.fields)));
      expect(made).toMatchObject({ time_partitioning: { type: 'DAY', field: table.partitionedBy }, clustering: table.clusteredBy });
    }
    expect([RESULT_ROWS_TABLE.partitionedBy, RUN_RECORDS_TABLE.partitionedBy]).toEqual(['started_at', 'created_at']);
  });

  it('partitions and clusters by columns that the tables have, at most four', () => {
    for (const table of RESULT_TABLES) {
      const names = table.fields.map((field) => field.name);
      expect(names).toEqual(expect.arrayContaining([table.partitionedBy, ...table.clusteredBy, table.key]));
      expect(table.clusteredBy.length).toBeLessThanOrEqual(4);
    }
  });

  it('shows each row once, from the latest object that held it', () => {
    const view = tables(stack).find((one) => one.table_id === 'result_rows');
    expect(view).toMatchObject({ view: { use_legacy_sql: false }, deletion_protection: false });
    expect((view?.view as { query: string }).query).toMatch(/PARTITION BY row_id ORDER BY stored_at DESC.* = 1$/);
  });

  it('protects what was loaded unless told otherwise, and says both explicitly', () => {
    const open = results({ deleteOnDestroy: true });
    const protection = (one: SynthesizedStack) => tables(one).filter((table) => table.schema !== undefined).map((table) => table.deletion_protection);
    expect(stack.only('google_bigquery_dataset').delete_contents_on_destroy).toBe(false);
    expect(protection(stack)).toEqual([true, true]);
    expect(open.only('google_bigquery_dataset').delete_contents_on_destroy).toBe(true);
    expect(protection(open)).toEqual([false, false]);
  });

  it('stops a refused destroy before the identity pool, whose id could not be used again for 30 days', () => {
    const names = Object.entries(stack.resources('google_bigquery_table')).filter(([, table]) => table.schema !== undefined).map(([name]) => name);
    expect(names).toHaveLength(2);
    for (const name of names) {
      expect(stack.dependsOn(`google_bigquery_table.${name}`)).toEqual(
        expect.arrayContaining([address(stack, 'google_iam_workload_identity_pool'), address(stack, 'google_iam_workload_identity_pool_provider')]),
      );
    }
  });

  it('is read by nobody else, unless asked to be public', () => {
    expect(stack.resources('google_bigquery_dataset_iam_member')).toEqual({});
    expect(results({ publicRead: true }).only('google_bigquery_dataset_iam_member')).toMatchObject({ role: 'roles/bigquery.dataViewer', member: 'allAuthenticatedUsers' });
  });

  it('reports every problem of its props at once', () => {
    const build = () => results({ projectNumber: 'some-project', identitySuffix: 'A_b', project: 'gcp-flowbench' });
    expect(build).toThrow(/projectNumber "some-project"/);
    expect(build).toThrow(/identitySuffix "A_b"/);
    expect(build).toThrow(/starts with gcp-/);
    expect(build).toThrow(/test-stack\/BigQuery: /);
  });
});

describe('how the loader gets into Google Cloud', () => {
  const stack = results();
  const role = Object.keys(stack.resources('aws_iam_role'))[0] ?? '';
  const account = localOf(stack, `\${element(split(":", aws_iam_role.${role}.arn), 4)}`);

  it('trusts one role of one account, checked before anything else', () => {
    const provider = stack.only('google_iam_workload_identity_pool_provider');
    expect(provider.aws).toEqual({ account_id: account });
    expect(provider.attribute_condition).toBe(`assertion.arn.startsWith("arn:aws:sts::${account}:assumed-role/\${aws_iam_role.${role}.name}/")`);
    expect(stack.resources('aws_iam_role')[role]).toMatchObject({ name: ROLE });
    expect(provider).not.toHaveProperty('oidc');
  });

  it('maps no whole ARN to the subject, which may be longer than 127 bytes', () => {
    const mapping = stack.only('google_iam_workload_identity_pool_provider').attribute_mapping as Record<string, string>;
    expect(mapping['google.subject']).toBe('assertion.account + "/" + assertion.arn.extract("assumed-role/{role}/")');
    expect(mapping['attribute.aws_role']).toBe('assertion.arn.extract("assumed-role/{role}/")');
  });

  it('grants that one member writing to the two tables and running jobs, and nothing in the dataset', () => {
    const pool = address(stack, 'google_iam_workload_identity_pool');
    const member = `principalSet://iam.googleapis.com/projects/123456789012/locations/global/workloadIdentityPools/\${${pool}.workload_identity_pool_id}/attribute.aws_role/\${aws_iam_role.${role}.name}`;
    const grants = [...Object.values(stack.resources('google_bigquery_table_iam_member')), ...Object.values(stack.resources('google_project_iam_member'))];
    expect(grants.map((grant) => [grant.role, grant.member])).toEqual([
      ['roles/bigquery.dataEditor', member], ['roles/bigquery.dataEditor', member], ['roles/bigquery.jobUser', member],
    ]);
  });

  it('needs no key anywhere; a planted one is found', () => {
    const planted = results({}, (scope) => { scope.addOverride('resource.google_service_account_key', { planted: { service_account_id: 'loader' } }); });
    expect(keysIn(stack)).toEqual([]);
    expect(keysIn(planted)).toEqual(['google_service_account_key.planted']);
  });

  it('tells the function the provider that it asks for tokens', () => {
    const { variables } = stack.only('aws_lambda_function').environment as { variables: Record<string, string> };
    expect(variables).toEqual({
      FLOWBENCH_GOOGLE_PROJECT_ID: 'some-project',
      FLOWBENCH_BIGQUERY_DATASET: 'ematix_flow_bench_results',
      FLOWBENCH_BIGQUERY_LOCATION: 'US',
      FLOWBENCH_GOOGLE_AUDIENCE: '//iam.googleapis.com/projects/123456789012/locations/global/workloadIdentityPools/ematix-flow-bench-v1/providers/aws-loader',
    });
  });
});

describe('the loader', () => {
  const stack = results();

  it('reads what lies under runs/, writes its log and keeps what failed, and may do nothing else', () => {
    const statements = statementsOf(stack, ROLE);
    expect(statements.flatMap((one) => one.Action).sort()).toEqual([
      'logs:CreateLogStream', 'logs:PutLogEvents', 's3:GetBucketLocation', 's3:GetObject', 's3:ListBucket', 'sqs:SendMessage',
    ]);
    const reading = statements.filter((one) => one.Action.includes('s3:GetObject')).flatMap((one) => one.Resource);
    expect(reading).toEqual([expect.stringMatching(/\/runs\/\*$/)]);
    expect(statements.flatMap((one) => one.Resource)).not.toContain('*');
  });

  it('has its log group before it runs, and cannot make another after it is gone', () => {
    const [group] = Object.keys(stack.resources('aws_cloudwatch_log_group'));
    expect(stack.only('aws_cloudwatch_log_group')).toMatchObject({ name: '/aws/lambda/ematix-flow-bench-results-loader', retention_in_days: 30 });
    expect(stack.dependsOn(address(stack, 'aws_lambda_function'))).toEqual(
      expect.arrayContaining([`aws_cloudwatch_log_group.${group}`, address(stack, 'aws_iam_role_policy')]),
    );
    expect(statementsOf(stack, ROLE).flatMap((one) => one.Action)).not.toContain('logs:CreateLogGroup');
  });

  it('is called by this bucket of this account alone, once the bucket may', () => {
    const permission = stack.only('aws_lambda_permission');
    expect(permission).toMatchObject({ principal: 's3.amazonaws.com', source_account: localOf(stack, `\${element(split(":", aws_iam_role.${roleOf(stack, ROLE)}.arn), 4)}`) });
    expect(permission.source_arn).toMatch(/aws_s3_bucket\..*\.arn/);
    expect(stack.dependsOn(address(stack, 'aws_s3_bucket_notification'))).toEqual([address(stack, 'aws_lambda_permission')]);
  });

  it('hears of result rows and run records, and of no object twice', () => {
    const functions = stack.only('aws_s3_bucket_notification').lambda_function as { filter_prefix: string; filter_suffix: string; events: string[] }[];
    expect(functions.map((one) => [one.filter_prefix, one.filter_suffix, one.events])).toEqual([
      ['runs/', '.ndjson', ['s3:ObjectCreated:*']], ['runs/', '/run.json', ['s3:ObjectCreated:*']],
    ]);
  });

  it('repeats a failed call twice, then keeps its event for two weeks', () => {
    const queue = address(stack, 'aws_sqs_queue');
    expect(stack.only('aws_lambda_function_event_invoke_config')).toMatchObject({ maximum_retry_attempts: 2, destination_config: { on_failure: { destination: `\${${queue}.arn}` } } });
    expect(stack.only('aws_sqs_queue')).toMatchObject({ message_retention_seconds: 14 * 86_400, sqs_managed_sse_enabled: true });
  });

  it('has the same code hash at each synthesis', () => {
    const hash = (one: SynthesizedStack) => one.only('aws_lambda_function').source_code_hash;
    expect(hash(results())).toBe(hash(stack));
    expect(hash(stack)).toMatch(/^[0-9A-F]{32}$/);
  });

  it('is refused without its bundle, with what to do', () => {
    expect(() => results({ codeFolder: '/nowhere' })).toThrow(/codeFolder "\/nowhere" holds no index\.js\. Build the package first: npm run build\./);
  });
});
