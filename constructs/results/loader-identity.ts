import { IamWorkloadIdentityPool } from '@cdktf/provider-google/lib/iam-workload-identity-pool';
import { IamWorkloadIdentityPoolProvider } from '@cdktf/provider-google/lib/iam-workload-identity-pool-provider';
import { type ITerraformDependable } from 'cdktf';
import { Construct } from 'constructs';

export interface LoaderIdentityProps {
  /** Id of the Google Cloud project. */
  readonly projectId: string;
  /** Its number, which names of pools and members are made of. */
  readonly projectNumber: string;
  readonly poolId: string;
  /** Account and name of the one role that is let in. */
  readonly awsAccountId: string;
  readonly awsRoleName: string;
}

/** Name of the provider within its pool. */
const PROVIDER_ID = 'aws-loader';

/**
 * Lets one AWS role into Google Cloud without a key: whoever holds the role signs a request to AWS that proves
 * who it is, and Google exchanges it for an access token of an hour. The condition is checked before anything
 * else, so that another role of the same account gets no token, whatever it was granted.
 *
 * The subject is not the whole ARN of the session, as it is by default: with the names used here it can be
 * longer than the 127 bytes that Google takes, and every login would fail.
 */
export class LoaderIdentity extends Construct {
  /** The one member that rights are granted to. */
  readonly member: string;
  readonly ready: readonly ITerraformDependable[];

  constructor(scope: Construct, id: string, props: LoaderIdentityProps) {
    super(scope, id);
    const pool = new IamWorkloadIdentityPool(this, 'Pool', {
      project: props.projectId,
      workloadIdentityPoolId: props.poolId,
      displayName: 'flowbench results',
      description: 'The loader of results, an AWS Lambda function.',
    });
    const provider = new IamWorkloadIdentityPoolProvider(this, 'Provider', {
      project: props.projectId,
      workloadIdentityPoolId: pool.workloadIdentityPoolId,
      workloadIdentityPoolProviderId: PROVIDER_ID,
      displayName: 'AWS role of the loader',
      aws: { accountId: props.awsAccountId },
      attributeMapping: {
        'google.subject': 'assertion.account + "/" + assertion.arn.extract("assumed-role/{role}/")',
        'attribute.aws_role': 'assertion.arn.extract("assumed-role/{role}/")',
      },
      attributeCondition: `assertion.arn.startsWith("arn:aws:sts::${props.awsAccountId}:assumed-role/${props.awsRoleName}/")`,
    });
    this.member = `principalSet:${poolName(props.projectNumber, pool.workloadIdentityPoolId)}/attribute.aws_role/${props.awsRoleName}`;
    this.ready = [pool, provider];
  }
}

/** What a token is asked for: the full name of the provider. */
export function audienceOf(projectNumber: string, poolId: string): string {
  return `${poolName(projectNumber, poolId)}/providers/${PROVIDER_ID}`;
}

function poolName(projectNumber: string, poolId: string): string {
  return `//iam.googleapis.com/projects/${projectNumber}/locations/global/workloadIdentityPools/${poolId}`;
}
