/** Every kind of thing that is looked for, with the words a person reads. */
export const RESOURCE_KINDS = {
  'eks-cluster': 'EKS cluster',
  'eks-node-group': 'EKS node group',
  'auto-scaling-group': 'Auto Scaling group',
  instance: 'EC2 instance',
  volume: 'EBS volume',
  snapshot: 'EBS snapshot',
  'load-balancer': 'load balancer',
  'target-group': 'target group',
  'nat-gateway': 'NAT gateway',
  'elastic-ip': 'Elastic IP',
  'network-interface': 'network interface',
  'vpc-endpoint': 'VPC endpoint',
  'security-group': 'security group',
  'internet-gateway': 'internet gateway',
  'route-table': 'route table',
  subnet: 'subnet',
  vpc: 'VPC',
  'launch-template': 'launch template',
  'log-group': 'log group',
  'instance-profile': 'instance profile',
  'iam-role': 'IAM role',
  'oidc-provider': 'OIDC provider',
  'kms-key': 'KMS key',
  'glue-database': 'Glue database',
  'ecr-repository': 'ECR repository',
  bucket: 'S3 bucket',
  schedule: 'schedule',
  function: 'Lambda function',
  topic: 'SNS topic',
  queue: 'SQS queue',
  parameter: 'SSM parameter',
  'build-project': 'CodeBuild project',
  budget: 'budget',
} as const;
export type ResourceKind = keyof typeof RESOURCE_KINDS;

export type Tags = Readonly<Record<string, string>>;

/** One thing that exists in the account, as its service describes it. */
export interface FoundResource {
  readonly kind: ResourceKind;
  /** What the service deletes it by. */
  readonly id: string;
  readonly arn?: string | undefined;
  /** Its own name, or its Name tag. */
  readonly name?: string | undefined;
  readonly tags: Tags;
  readonly createdAtMs?: number | undefined;
  readonly vpcId?: string | undefined;
  /** Ids (or ARNs, or names) of what it uses: those cannot go before it. */
  readonly uses?: readonly string[] | undefined;
  /** Set when it is already on its way out, in the service's words. */
  readonly leaving?: string | undefined;
  /** What a person wants to know beside the name: state, size, attachment. */
  readonly detail?: string | undefined;
  /** Facts of its kind, for a deletion or an estimate. */
  readonly facts?: Readonly<Record<string, string>> | undefined;
}

/** `Key`/`Value` pairs of most services as a map; pairs without a key are none. */
export function tagMap(pairs: readonly { readonly Key?: string | undefined; readonly Value?: string | undefined }[] | undefined): Tags {
  return Object.fromEntries((pairs ?? []).flatMap(({ Key, Value }) => (Key === undefined ? [] : [[Key, Value ?? '']])));
}
