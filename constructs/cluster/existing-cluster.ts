import { DataAwsCallerIdentity } from '@cdktf/provider-aws/lib/data-aws-caller-identity';
import { DataAwsEksCluster } from '@cdktf/provider-aws/lib/data-aws-eks-cluster';
import { DataAwsEksClusters } from '@cdktf/provider-aws/lib/data-aws-eks-clusters';
import { Fn, type ITerraformDependable, propertyAccess, Token } from 'cdktf';
import { Construct } from 'constructs';
import { DeployChecks } from '../checks/deploy-checks.js';
import { type IBenchCluster } from './cluster-ref.js';

export interface ExistingClusterProps {
  readonly clusterName: string;
  /** EC2 type of its workers, and how many there are: what pods are sized by. */
  readonly nodeType: string;
  readonly systemNodeType: string;
  readonly workers: number;
}

/** Where a client goes that must find nothing. An empty address would send it to the cluster of a local kubeconfig. */
const NOWHERE_HOST = 'cluster-not-found.invalid';
const NOWHERE = `https://${NOWHERE_HOST}`;

/**
 * A cluster that somebody else made, found by name in the region of the provider. A deploy stops when it is not
 * there; a plan of a destroy does not, and takes placeholders for what it cannot know.
 */
export class ExistingCluster extends Construct implements IBenchCluster {
  readonly clusterName: string;
  readonly endpoint: string;
  readonly certificateAuthority: string;
  readonly oidcProviderArn: string;
  readonly oidcIssuer: string;
  readonly nodeType: string;
  readonly systemNodeType: string;
  readonly workers: number;
  readonly readiness: readonly ITerraformDependable[];

  constructor(scope: Construct, id: string, props: ExistingClusterProps) {
    super(scope, id);
    const { clusterName } = props;
    const names = new DataAwsEksClusters(this, 'Clusters');
    const isThere: unknown = Fn.contains(names.names, clusterName);
    // Looking up by name what is not there is an error; looking up nothing is not.
    const found = new DataAwsEksCluster(this, 'Cluster', { name: clusterName, count: Token.asNumber(Fn.conditional(isThere, 1, 0)) });
    const attribute = (path: readonly (string | number)[], otherwise: string): string => Token.asString(Fn.try([propertyAccess(found.fqn, [0, ...path]), otherwise]));
    this.clusterName = clusterName;
    this.endpoint = attribute(['endpoint'], NOWHERE);
    this.certificateAuthority = attribute(['certificate_authority', 0, 'data'], '');
    this.oidcIssuer = Fn.trimprefix(attribute(['identity', 0, 'oidc', 0, 'issuer'], NOWHERE), 'https://');
    const { accountId } = new DataAwsCallerIdentity(this, 'Account');
    this.oidcProviderArn = `arn:aws:iam::${accountId}:oidc-provider/${this.oidcIssuer}`;
    this.nodeType = props.nodeType;
    this.systemNodeType = props.systemNodeType;
    this.workers = props.workers;
    this.readiness = [new DeployChecks(this, 'Checks').require('ClusterExists', Token.asAny(isThere),
      `There is no EKS cluster ${clusterName} in the region of the provider. Deploy it first, or correct the name.`)];
  }
}
