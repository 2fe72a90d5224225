import { EksNodeGroup } from '@cdktf/provider-aws/lib/eks-node-group';
import { LaunchTemplate } from '@cdktf/provider-aws/lib/launch-template';
import { type ITerraformDependable, Token } from 'cdktf';
import { Construct } from 'constructs';
import { NODE_AMI_TYPES } from '../../images/versions.js';
import { nodeShape } from '../../workloads/model/node-shapes.js';
import { type IBenchNetwork } from '../network/network-ref.js';
import { POOL_LABEL, type Pool, SYSTEM_TAINT } from './cluster-ref.js';

export interface NodePoolProps {
  readonly pool: Pool;
  /** For names. */
  readonly clusterName: string;
  /** The cluster's own attributes, so that nodes come after it. */
  readonly clusterNameAttribute: string;
  readonly clusterSecurityGroupId: string;
  readonly network: IBenchNetwork;
  readonly roleArn: string;
  readonly instanceType: string;
  readonly size: number;
  readonly volumeGib: number;
  readonly releaseVersion?: string;
  /** What nodes come after, and go before. */
  readonly after: readonly ITerraformDependable[];
}

/** Root device of Amazon Linux 2023. */
const ROOT_DEVICE = '/dev/xvda';

/**
 * A fixed number of equal machines in one subnet, so that no byte between them crosses a zone and no scaler adds
 * noise or is left behind. The launch template is ours: tags of a node group reach neither its machines nor their
 * volumes, and pods must not reach the machine's own credentials (tokens, one hop). The autoscaling group behind
 * it is EKS's own: it costs nothing, goes with the node group, and is found by the `eks:cluster-name` it carries.
 */
export class NodePool extends Construct {
  readonly group: EksNodeGroup;

  constructor(scope: Construct, id: string, props: NodePoolProps) {
    super(scope, id);
    const name = `${props.clusterName}-${props.pool}`;
    const template = this.makeTemplate(name, props);
    this.group = new EksNodeGroup(this, 'Group', {
      clusterName: props.clusterNameAttribute,
      nodeGroupName: name,
      nodeRoleArn: props.roleArn,
      subnetIds: [props.network.nodeSubnetId],
      amiType: NODE_AMI_TYPES[nodeShape(props.instanceType)?.architecture ?? 'x86_64'],
      capacityType: 'ON_DEMAND',
      instanceTypes: [props.instanceType],
      scalingConfig: { desiredSize: props.size, minSize: props.size, maxSize: props.size },
      updateConfig: { maxUnavailable: 1 },
      launchTemplate: { id: template.id, version: Token.asString(template.latestVersion) },
      labels: { [POOL_LABEL]: props.pool },
      ...(props.pool === 'system' ? { taint: [{ key: SYSTEM_TAINT.key, value: SYSTEM_TAINT.value, effect: 'NO_SCHEDULE' }] } : {}),
      ...(props.releaseVersion === undefined ? {} : { releaseVersion: props.releaseVersion }),
      dependsOn: [...props.after],
    });
  }

  private makeTemplate(name: string, props: NodePoolProps): LaunchTemplate {
    return new LaunchTemplate(this, 'Template', {
      name,
      updateDefaultVersion: true,
      // Groups here and no network interface: with one of its own a machine gets no public address by itself.
      vpcSecurityGroupIds: [props.clusterSecurityGroupId, props.network.nodeSecurityGroupId],
      metadataOptions: { httpEndpoint: 'enabled', httpTokens: 'required', httpPutResponseHopLimit: 1 },
      blockDeviceMappings: [{ deviceName: ROOT_DEVICE, ebs: { volumeType: 'gp3', volumeSize: props.volumeGib, encrypted: 'true', deleteOnTermination: 'true' } }],
      tagSpecifications: [{ resourceType: 'instance', tags: { Name: name } }],
    });
  }
}
