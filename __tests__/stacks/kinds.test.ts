import { LISTERS } from '../../workloads/cloud/inventory/take-inventory.js';
import { type ResourceKind } from '../../workloads/cloud/inventory/resource.js';
import { resourcesOf } from '../infrastructure/graph.js';
import { carrierOf } from '../infrastructure/taggable.js';
import { everythingOf, EVERY_STACK } from './every-stack.js';

/** What of the account's inventory shows a leftover of each type that a stack makes; or why none has to. */
const FOUND_AS: Readonly<Record<string, ResourceKind | { readonly because: string }>> = {
  aws_budgets_budget: 'budget',
  aws_ce_anomaly_monitor: { because: 'free of charge, and only with its stack' },
  aws_ce_anomaly_subscription: { because: 'free of charge, and only with its stack' },
  aws_cloudwatch_log_group: 'log-group',
  aws_codebuild_project: 'build-project',
  aws_default_security_group: 'security-group',
  aws_ecr_repository: 'ecr-repository',
  aws_eks_access_entry: { because: 'goes with its cluster' },
  aws_eks_addon: { because: 'goes with its cluster' },
  aws_eks_cluster: 'eks-cluster',
  aws_eks_node_group: 'eks-node-group',
  aws_glue_catalog_database: 'glue-database',
  aws_iam_instance_profile: 'instance-profile',
  aws_iam_openid_connect_provider: 'oidc-provider',
  aws_iam_role: 'iam-role',
  aws_internet_gateway: 'internet-gateway',
  aws_kms_key: 'kms-key',
  aws_lambda_function: 'function',
  aws_launch_template: 'launch-template',
  aws_route_table: 'route-table',
  aws_s3_bucket: 'bucket',
  aws_s3_object: { because: 'goes with its bucket, which is data' },
  aws_scheduler_schedule: 'schedule',
  aws_security_group: 'security-group',
  aws_sns_topic: 'topic',
  aws_sqs_queue: 'queue',
  aws_ssm_parameter: 'parameter',
  aws_subnet: 'subnet',
  aws_vpc: 'vpc',
  aws_vpc_endpoint: 'vpc-endpoint',
};

const typesMade = (): string[] => [...new Set(EVERY_STACK.flatMap((name) => resourcesOf(everythingOf(name)).map(({ type }) => type)))].filter((type) => type.startsWith('aws_')).sort();

describe('what the stacks make', () => {
  it('would be found in the account, were it left there', () => {
    const unknown = typesMade().filter((type) => (carrierOf(type) !== 'nothing' || type === 'aws_scheduler_schedule') && FOUND_AS[type] === undefined);
    expect(unknown).toEqual([]);
  });

  it('has a lister for each kind', () => {
    const listed = new Set<string>(LISTERS.map(({ kind }) => kind));
    const kinds = Object.values(FOUND_AS).filter((found) => typeof found === 'string');
    expect(kinds.filter((kind) => !listed.has(kind))).toEqual([]);
  });

  it('is all that this table speaks of', () => {
    const made = typesMade();
    expect(Object.keys(FOUND_AS).filter((type) => !made.includes(type))).toEqual([]);
  });
});
