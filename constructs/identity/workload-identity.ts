import { type ITerraformDependable } from 'cdktf';
import { Construct } from 'constructs';
import { type IBenchCluster } from '../cluster/cluster-ref.js';
import { refuse } from '../problems.js';
import { type IGrantee, type PolicyStatement } from './grantee.js';
import { ServiceRole } from './service-role.js';

/** What the token of a service account is made out to when it is exchanged for AWS credentials. */
const AUDIENCE = 'sts.amazonaws.com';
const DNS_LABEL = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;

export interface WorkloadIdentityProps {
  readonly cluster: IBenchCluster;
  readonly namespace: string;
  readonly serviceAccountName: string;
  /** Name of the role; IAM is global, so it holds stack and region (model/physical-names iamName). */
  readonly roleName: string;
  readonly description: string;
}

/**
 * AWS rights of one service account in one namespace of one cluster, by IAM roles for service accounts: the
 * lowest common denominator of the engines' SDKs (EKS Pod Identity is unknown to Spark 3.5's).
 *
 * The trust policy names both subject and audience. Without the subject every pod of the cluster could take the
 * role; without the audience a token made out to somebody else would do. The pod needs no token of the
 * Kubernetes API for it: EKS mounts one of its own, made out to AWS.
 */
export class WorkloadIdentity extends Construct implements IGrantee {
  readonly roleArn: string;
  readonly roleName: string;
  readonly namespace: string;
  readonly serviceAccountName: string;
  /** For the service account's metadata: this is what makes EKS hand its pods the role. */
  readonly annotations: Readonly<Record<string, string>>;
  private readonly role: ServiceRole;

  constructor(scope: Construct, id: string, props: WorkloadIdentityProps) {
    super(scope, id);
    refuse(this, problemsOf(props));
    const { oidcIssuer, oidcProviderArn } = props.cluster;
    this.namespace = props.namespace;
    this.serviceAccountName = props.serviceAccountName;
    this.role = new ServiceRole(this, 'Role', {
      roleName: props.roleName,
      description: props.description,
      trust: [
        {
          principal: { Federated: oidcProviderArn },
          actions: ['sts:AssumeRoleWithWebIdentity'],
          conditions: {
            StringEquals: {
              [`${oidcIssuer}:sub`]: `system:serviceaccount:${props.namespace}:${props.serviceAccountName}`,
              [`${oidcIssuer}:aud`]: AUDIENCE,
            },
          },
        },
      ],
    });
    this.roleArn = this.role.roleArn;
    this.roleName = this.role.roleName;
    this.annotations = { 'eks.amazonaws.com/role-arn': this.roleArn };
  }

  /** What pods that use the role must depend on, so that they never start before their rights. */
  get rights(): readonly ITerraformDependable[] {
    return this.role.rights;
  }

  addToPolicy(statement: PolicyStatement): void {
    this.role.addToPolicy(statement);
  }
}

function problemsOf(props: WorkloadIdentityProps): string[] {
  const names = { namespace: props.namespace, serviceAccountName: props.serviceAccountName };
  return Object.entries(names)
    .filter(([, name]) => !DNS_LABEL.test(name))
    .map(([prop, name]) => `${prop} "${name}" is no name in Kubernetes, and a wildcard would let others in; write one such as flow-worker.`);
}
