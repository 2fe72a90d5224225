import { MAX_PROJECT_LENGTH, STACKS } from '../../workloads/model/physical-names.js';
import { benchConfigSchema, type BenchConfig } from '../../workloads/model/bench-config/schema.js';
import { resourcesOf, type StackJson } from '../infrastructure/graph.js';
import { synthesised } from './stacks-of.js';

/** Most characters that a service takes in the name of each type, and the attribute that holds it (AWS, quotas and API references). */
const LIMITS: Readonly<Record<string, readonly [attribute: string, most: number]>> = {
  aws_budgets_budget: ['name', 100],
  aws_cloudwatch_log_group: ['name', 512],
  aws_codebuild_project: ['name', 150],
  aws_ecr_repository: ['name', 256],
  aws_eks_cluster: ['name', 100],
  aws_eks_node_group: ['node_group_name', 63],
  aws_glue_catalog_database: ['name', 255],
  aws_iam_instance_profile: ['name', 128],
  aws_iam_role: ['name', 64],
  aws_lambda_function: ['function_name', 64],
  aws_launch_template: ['name', 128],
  aws_s3_bucket: ['bucket', 63],
  aws_scheduler_schedule: ['name', 64],
  aws_security_group: ['name', 255],
  aws_sns_topic: ['name', 256],
  aws_sqs_queue: ['name', 80],
  aws_ssm_parameter: ['name', 1_011],
  google_iam_workload_identity_pool: ['workload_identity_pool_id', 32],
};
/** No region's name is longer. */
const LONGEST_REGION = 'ap-southeast-2';
const LONGEST_PROJECT = 'p'.repeat(MAX_PROJECT_LENGTH);

function configFor(project: string, region: string): BenchConfig {
  const google = { projectId: 'bench-results', projectNumber: '123456789012' };
  // A longer project than a configuration may have is planted past its check.
  return { ...benchConfigSchema.parse({ owner: 'you@example.org', adminCidrs: ['203.0.113.4/32'], region, results: { bigQuery: google } }), project };
}

interface Named {
  readonly address: string;
  readonly name: string;
}

/** The names of everything that all stacks make, as they will be: an account's number has twelve digits. */
function namesOf(config: BenchConfig): Named[] {
  return STACKS.flatMap((stack) => resourcesOf(synthesised(stack, config).json as StackJson).flatMap(({ address, type, body }) => {
    const [attribute] = LIMITS[type] ?? [];
    if (attribute === undefined || typeof body[attribute] !== 'string') return [];
    return [{ address: `${stack} ${address}`, name: body[attribute].replace(/\$\{data\.aws_caller_identity\.\w+\.account_id\}/g, '123456789012') }];
  }));
}

const tooLong = (names: readonly Named[]): string[] => names.flatMap(({ address, name }) => {
  const most = LIMITS[address.split(' ')[1]?.split('.')[0] ?? '']?.[1] ?? 0;
  return name.length > most ? [`${address}: ${name} has ${name.length} characters, ${most} at most`] : [];
});

describe('names', () => {
  it('of the longest project in the region with the longest name keep within what each service takes', () => {
    const names = namesOf(configFor(LONGEST_PROJECT, LONGEST_REGION));
    expect(names.length).toBeGreaterThan(50);
    expect(tooLong(names)).toEqual([]);
  });

  it('would be too long for a project that is much longer, which no construct and no configuration takes', () => {
    expect(() => namesOf(configFor('p'.repeat(MAX_PROJECT_LENGTH + 8), LONGEST_REGION))).toThrow(/characters; .* takes at most/);
  });

  it('of roles, which are global, are never the same in two stacks or two regions', () => {
    const roles = ['us-east-2', 'eu-west-1'].flatMap((region) => namesOf(configFor('bench', region)).filter(({ address }) => / aws_iam_(role|instance_profile)\./.test(address)));
    const keys = roles.map(({ address, name }) => `${address.split(' ')[1]?.split('.')[0]} ${name}`);
    expect(keys.length).toBeGreaterThan(30);
    expect(keys.filter((key, index) => keys.indexOf(key) !== index)).toEqual([]);
  });
});
