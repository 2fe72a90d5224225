import { CloudwatchLogGroup } from '@cdktf/provider-aws/lib/cloudwatch-log-group';
import { EksCluster } from '@cdktf/provider-aws/lib/eks-cluster';
import { IamOpenidConnectProvider } from '@cdktf/provider-aws/lib/iam-openid-connect-provider';
import { KmsKey } from '@cdktf/provider-aws/lib/kms-key';
import { Fn } from 'cdktf';
import { Construct } from 'constructs';
import { controlPlaneLogGroup } from '../../workloads/model/physical-names.js';
import { ServiceRole } from '../identity/service-role.js';
import { type BenchClusterProps, CLUSTER_DEFAULTS, clusterRoleName } from './cluster-props.js';

const LOG_TYPES = ['api', 'audit', 'authenticator'];
/** The least that KMS takes. */
const KEY_DELETION_DAYS = 7;

/** A key that outlives the cluster by its waiting period: named, so that nobody takes it for a leftover. */
export interface SecretsKey {
  readonly arn: string;
  readonly deletionWindowDays: number;
}

/**
 * The EKS control plane with what must stand before it and fall after it: its role with the policy attached (a
 * cluster whose role is emptied first leaves network interfaces behind) and its log group (made by EKS itself it
 * would have no retention and no tags). Access goes by the API's entries, and creating it makes nobody its
 * administrator; EKS installs no add-ons of its own.
 */
export class ControlPlane extends Construct {
  readonly cluster: EksCluster;
  readonly secretsKey: SecretsKey | undefined;
  readonly securityGroupId: string;
  readonly oidcProviderArn: string;
  readonly oidcIssuer: string;

  constructor(scope: Construct, id: string, props: BenchClusterProps, version: string) {
    super(scope, id);
    const { clusterName, region, network } = props;
    const role = new ServiceRole(this, 'Role', {
      roleName: clusterRoleName(clusterName, 'control-plane', region),
      description: `Control plane of ${clusterName}`,
      trust: [{ principal: { Service: 'eks.amazonaws.com' }, actions: ['sts:AssumeRole'] }],
      managedPolicies: ['AmazonEKSClusterPolicy'],
    });
    const logs = new CloudwatchLogGroup(this, 'Logs', { name: controlPlaneLogGroup(clusterName), retentionInDays: props.logRetentionDays ?? CLUSTER_DEFAULTS.logRetentionDays });
    this.secretsKey = props.secretsKey === 'customer' ? this.makeKey(clusterName) : undefined;
    this.cluster = new EksCluster(this, 'Cluster', {
      name: clusterName,
      version,
      roleArn: role.roleArn,
      bootstrapSelfManagedAddons: false,
      enabledClusterLogTypes: LOG_TYPES,
      accessConfig: { authenticationMode: 'API', bootstrapClusterCreatorAdminPermissions: false },
      // The service's own default is extended support, at six times the price once standard support ends.
      upgradePolicy: { supportType: 'STANDARD' },
      vpcConfig: {
        subnetIds: [...network.subnetIds],
        // Limits on the public endpoint would keep nodes out too, were there no private one.
        endpointPrivateAccess: true,
        endpointPublicAccess: true,
        publicAccessCidrs: [...props.adminCidrs],
      },
      ...(this.secretsKey === undefined ? {} : { encryptionConfig: { provider: { keyArn: this.secretsKey.arn }, resources: ['secrets'] } }),
      dependsOn: [...role.attachments, logs, ...network.connectivity],
    });
    this.securityGroupId = this.cluster.vpcConfig.clusterSecurityGroupId;
    const issuerUrl = this.cluster.identity.get(0).oidc.get(0).issuer;
    this.oidcIssuer = Fn.trimprefix(issuerUrl, 'https://');
    // No thumbprint: AWS trusts the issuer's certificate by its own authorities.
    this.oidcProviderArn = new IamOpenidConnectProvider(this, 'Oidc', { url: issuerUrl, clientIdList: ['sts.amazonaws.com'] }).arn;
  }

  private makeKey(clusterName: string): SecretsKey {
    const key = new KmsKey(this, 'SecretsKey', { description: `Secrets of ${clusterName}; scheduled for deletion when the cluster is destroyed`, enableKeyRotation: true, deletionWindowInDays: KEY_DELETION_DAYS });
    return { arn: key.arn, deletionWindowDays: KEY_DELETION_DAYS };
  }
}
