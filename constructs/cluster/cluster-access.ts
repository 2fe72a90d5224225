import { DataAwsCallerIdentity } from '@cdktf/provider-aws/lib/data-aws-caller-identity';
import { DataAwsIamSessionContext } from '@cdktf/provider-aws/lib/data-aws-iam-session-context';
import { EksAccessEntry } from '@cdktf/provider-aws/lib/eks-access-entry';
import { EksAccessPolicyAssociation } from '@cdktf/provider-aws/lib/eks-access-policy-association';
import { Fn, type ITerraformDependable, Op } from 'cdktf';
import { Construct } from 'constructs';
import { type DeployChecks } from '../checks/deploy-checks.js';

const ADMINISTRATOR = 'arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy';

export interface ClusterAccessProps {
  /** The cluster's own attribute, so that entries come after it. */
  readonly clusterName: string;
  /** Empty: the role of whoever deploys. Then whoever deploys next takes the entry over. */
  readonly principalArns: readonly string[];
  readonly checks: DeployChecks;
}

/**
 * Who administers a cluster. What is put inside it depends on the associations: without them a chart is installed
 * before anybody may, and its removal is refused after nobody may any more.
 */
export class ClusterAccess extends Construct {
  readonly associations: readonly ITerraformDependable[];

  constructor(scope: Construct, id: string, props: ClusterAccessProps) {
    super(scope, id);
    const principals: readonly (readonly [string, string])[] = props.principalArns.length === 0
      ? [['Deployer', this.deployer(props.checks)]]
      : props.principalArns.map((arn, index) => [/^[\w:/+=,.@-]+$/.test(arn) ? arn.replace(/[^A-Za-z0-9]+/g, '-') : `Principal${index}`, arn]);
    this.associations = principals.map(([name, principalArn]) => {
      const entry = new EksAccessEntry(this, name, { clusterName: props.clusterName, principalArn, type: 'STANDARD' });
      return new EksAccessPolicyAssociation(this, `${name}-admin`, { clusterName: props.clusterName, principalArn: entry.principalArn, policyArn: ADMINISTRATOR, accessScope: { type: 'cluster' } });
    });
  }

  /** A session of an assumed role has an ARN of its own, which no access entry knows: its role's is meant. */
  private deployer(checks: DeployChecks): string {
    const caller = new DataAwsCallerIdentity(this, 'Caller');
    const { issuerArn } = new DataAwsIamSessionContext(this, 'Session', { arn: caller.arn });
    checks.require('DeployerIsNotRoot', Op.not(Fn.endswith(issuerArn, ':root')), 'The credentials are those of the root user, whom EKS gives no access entry. Deploy as a role or user, or set adminPrincipalArns.');
    return issuerArn;
  }
}
