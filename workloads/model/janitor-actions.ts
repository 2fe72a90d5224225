/**
 * What the janitor may call, as its role grants it and its code calls it; a test holds the two together.
 * Names are IAM's (`service:Action`).
 */

/** Names of the environment variables that the infrastructure hands the janitor. */
export const JANITOR_ENVIRONMENT = {
  project: 'FLOWBENCH_PROJECT',
  /** `report` or `enforce`. */
  mode: 'FLOWBENCH_JANITOR_MODE',
  region: 'FLOWBENCH_REGION',
  /** Topic that each report with something in it is published on. */
  topicArn: 'FLOWBENCH_ALERTS_TOPIC_ARN',
} as const;

/** Looking, on everything: a list is a list of the account, and most of these calls take no resource. */
export const JANITOR_READS = [
  'autoscaling:DescribeAutoScalingGroups',
  'budgets:ListTagsForResource', 'budgets:ViewBudget',
  'codebuild:BatchGetProjects', 'codebuild:ListProjects',
  'ec2:DescribeAddresses', 'ec2:DescribeInstances', 'ec2:DescribeInternetGateways', 'ec2:DescribeLaunchTemplates', 'ec2:DescribeNatGateways',
  'ec2:DescribeNetworkInterfaces', 'ec2:DescribeRouteTables', 'ec2:DescribeSecurityGroups', 'ec2:DescribeSnapshots', 'ec2:DescribeSubnets',
  'ec2:DescribeVolumes', 'ec2:DescribeVpcEndpoints', 'ec2:DescribeVpcs',
  'ecr:DescribeRepositories', 'ecr:ListTagsForResource',
  'eks:DescribeCluster', 'eks:DescribeNodegroup', 'eks:ListClusters', 'eks:ListNodegroups',
  'elasticloadbalancing:DescribeLoadBalancers', 'elasticloadbalancing:DescribeTags', 'elasticloadbalancing:DescribeTargetGroups',
  'glue:GetDatabases', 'glue:GetTags',
  'iam:GetInstanceProfile', 'iam:GetOpenIDConnectProvider', 'iam:ListAttachedRolePolicies', 'iam:ListInstanceProfiles', 'iam:ListInstanceProfilesForRole',
  'iam:ListOpenIDConnectProviders', 'iam:ListRolePolicies', 'iam:ListRoleTags', 'iam:ListRoles',
  'kms:DescribeKey', 'kms:ListAliases', 'kms:ListKeys', 'kms:ListResourceTags',
  'lambda:ListFunctions', 'lambda:ListTags',
  'logs:DescribeLogGroups', 'logs:ListTagsForResource',
  's3:GetBucketTagging', 's3:ListAllMyBuckets',
  'scheduler:ListSchedules',
  'sns:ListTagsForResource', 'sns:ListTopics',
  'sqs:ListQueueTags', 'sqs:ListQueues',
  'ssm:DescribeParameters', 'ssm:ListTagsForResource',
] as const;

/** One kind of thing the janitor may delete: with what, and what its ARN looks like after `arn:<partition>:`. */
export interface JanitorDeletion {
  /** Letters and digits; the statement of the policy. */
  readonly sid: string;
  readonly actions: readonly string[];
  /** `<region>` and `<account>` stand for the deployment's own. */
  readonly arns: readonly string[];
}

/** Deleting: granted only in mode `enforce`, and only on what carries this project's tags as ephemeral. */
export const JANITOR_DELETIONS: readonly JanitorDeletion[] = [
  { sid: 'DeleteClusters', actions: ['eks:DeleteCluster', 'eks:DeleteNodegroup'], arns: ['eks:<region>:<account>:cluster/*', 'eks:<region>:<account>:nodegroup/*'] },
  { sid: 'TerminateInstances', actions: ['ec2:TerminateInstances'], arns: ['ec2:<region>:<account>:instance/*'] },
  // Snapshots have no account in their ARN.
  { sid: 'DeleteDisks', actions: ['ec2:DeleteSnapshot', 'ec2:DeleteVolume'], arns: ['ec2:<region>::snapshot/*', 'ec2:<region>:<account>:volume/*'] },
  {
    sid: 'DeleteNetworks',
    actions: [
      'ec2:DeleteInternetGateway', 'ec2:DeleteNatGateway', 'ec2:DeleteNetworkInterface', 'ec2:DeleteRouteTable', 'ec2:DeleteSecurityGroup', 'ec2:DeleteSubnet',
      'ec2:DeleteVpc', 'ec2:DeleteVpcEndpoints', 'ec2:DetachInternetGateway', 'ec2:DisassociateRouteTable', 'ec2:ReleaseAddress',
      'ec2:RevokeSecurityGroupEgress', 'ec2:RevokeSecurityGroupIngress',
    ],
    arns: [
      'internet-gateway', 'natgateway', 'network-interface', 'route-table', 'security-group', 'subnet', 'vpc', 'vpc-endpoint', 'elastic-ip',
    ].map((kind) => `ec2:<region>:<account>:${kind}/*`),
  },
  { sid: 'DeleteLaunchTemplates', actions: ['ec2:DeleteLaunchTemplate'], arns: ['ec2:<region>:<account>:launch-template/*'] },
  {
    sid: 'DeleteLoadBalancers',
    actions: ['elasticloadbalancing:DeleteLoadBalancer', 'elasticloadbalancing:DeleteTargetGroup'],
    arns: ['elasticloadbalancing:<region>:<account>:loadbalancer/*', 'elasticloadbalancing:<region>:<account>:targetgroup/*'],
  },
  { sid: 'DeleteScalingGroups', actions: ['autoscaling:DeleteAutoScalingGroup'], arns: ['autoscaling:<region>:<account>:autoScalingGroup:*:autoScalingGroupName/*'] },
  { sid: 'DeleteLogGroups', actions: ['logs:DeleteLogGroup'], arns: ['logs:<region>:<account>:log-group:*'] },
  {
    sid: 'DeleteRoles',
    actions: ['iam:DeleteRole', 'iam:DeleteRolePolicy', 'iam:DetachRolePolicy'],
    arns: ['iam::<account>:role/*'],
  },
  {
    sid: 'DeleteInstanceProfiles',
    actions: ['iam:DeleteInstanceProfile', 'iam:RemoveRoleFromInstanceProfile'],
    arns: ['iam::<account>:instance-profile/*'],
  },
  { sid: 'DeleteOidcProviders', actions: ['iam:DeleteOpenIDConnectProvider'], arns: ['iam::<account>:oidc-provider/*'] },
  { sid: 'ScheduleKeyDeletion', actions: ['kms:ScheduleKeyDeletion'], arns: ['kms:<region>:<account>:key/*'] },
];
