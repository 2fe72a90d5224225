import { DataAwsAvailabilityZones } from '@cdktf/provider-aws/lib/data-aws-availability-zones';
import { DefaultSecurityGroup } from '@cdktf/provider-aws/lib/default-security-group';
import { InternetGateway } from '@cdktf/provider-aws/lib/internet-gateway';
import { Route } from '@cdktf/provider-aws/lib/route';
import { RouteTable } from '@cdktf/provider-aws/lib/route-table';
import { RouteTableAssociation } from '@cdktf/provider-aws/lib/route-table-association';
import { SecurityGroup } from '@cdktf/provider-aws/lib/security-group';
import { Subnet } from '@cdktf/provider-aws/lib/subnet';
import { Vpc } from '@cdktf/provider-aws/lib/vpc';
import { VpcEndpoint } from '@cdktf/provider-aws/lib/vpc-endpoint';
import { Fn, type ITerraformDependable, Op, Token } from 'cdktf';
import { Construct } from 'constructs';
import { DeployChecks } from '../checks/deploy-checks.js';
import { parseRange } from '../../workloads/model/cidr.js';
import { refuse } from '../problems.js';
import { type IBenchNetwork } from './network-ref.js';
import { s3EndpointPolicy } from './s3-endpoint-policy.js';

export interface BenchNetworkProps {
  /** Name of the network, and the beginning of the names within it. */
  readonly name: string;
  readonly region: string;
  /** Block of the network, /16 to /22; default 10.42.0.0/16. A quarter of it goes to each subnet. */
  readonly vpcCidr?: string;
  /** Two zones of the region; default: the first two that it offers and EKS takes. Nodes stand in the first. */
  readonly availabilityZones?: readonly string[];
  /** Buckets that the S3 endpoint lets through, by name; they need not exist. */
  readonly bucketNames: readonly string[];
}

/** An existing network, by its ids. */
export interface BenchNetworkAttributes {
  readonly vpcId: string;
  /** At least two, in two zones. */
  readonly subnetIds: readonly string[];
  /** Default: the first of subnetIds. */
  readonly nodeSubnetId?: string;
  readonly nodeSecurityGroupId: string;
  /** What nodes come after and go before; default: nothing. */
  readonly connectivity?: readonly ITerraformDependable[];
}

const DEFAULT_CIDR = '10.42.0.0/16';
/** Subnet bits: a quarter each, so that a node finds whole /28 blocks for the addresses of its pods. */
const SUBNET_BITS = 2;
const ZONES = 2;
/** Zones, by id, in which EKS puts no control plane. */
const ZONES_WITHOUT_EKS = ['use1-az3', 'usw1-az2', 'cac1-az3'];

/**
 * A network for a cluster that lives for hours: public subnets in two zones, an internet gateway and an S3
 * gateway endpoint, whose traffic costs nothing. No NAT gateway and no elastic address, which would cost by the
 * hour and the byte; a public address per node does (about half a cent an hour). Nothing from the internet
 * reaches a node: its group lets in its own members alone, and the VPC's default group nobody.
 */
export class BenchNetwork extends Construct implements IBenchNetwork {
  readonly vpcId: string;
  readonly subnetIds: readonly string[];
  readonly nodeSubnetId: string;
  readonly nodeSecurityGroupId: string;
  readonly connectivity: readonly ITerraformDependable[];

  constructor(scope: Construct, id: string, props: BenchNetworkProps) {
    super(scope, id);
    refuse(this, problemsOf(props));
    const cidrBlock = props.vpcCidr ?? DEFAULT_CIDR;
    // Without DNS names a node never registers with the cluster.
    const vpc = new Vpc(this, 'Vpc', { cidrBlock, enableDnsSupport: true, enableDnsHostnames: true, tags: { Name: props.name } });
    new DefaultSecurityGroup(this, 'DefaultGroup', { vpcId: vpc.id });
    const zones = props.availabilityZones ?? this.firstZones(props.region);
    const subnets = zones.map((availabilityZone, index) => new Subnet(this, `Public${index}`, {
      vpcId: vpc.id,
      cidrBlock: Fn.cidrsubnet(cidrBlock, SUBNET_BITS, index),
      availabilityZone,
      mapPublicIpOnLaunch: true,
      // A zone that AWS takes out of its offer for a day must not move a network that stands.
      ...(props.availabilityZones === undefined ? { lifecycle: { ignoreChanges: ['availability_zone'] } } : {}),
      tags: { Name: `${props.name}-public-${index}` },
    }));
    this.vpcId = vpc.id;
    this.subnetIds = subnets.map((subnet) => subnet.id);
    this.nodeSubnetId = this.subnetIds[0] ?? '';
    this.nodeSecurityGroupId = this.makeNodeGroup(props.name, vpc.id);
    this.connectivity = this.connect(props, vpc, subnets);
  }

  /** An existing network: nothing is made, and its routes are somebody else's to keep. */
  static fromAttributes(scope: Construct, id: string, attributes: BenchNetworkAttributes): IBenchNetwork {
    const { vpcId, subnetIds, nodeSubnetId = subnetIds[0] ?? '', nodeSecurityGroupId, connectivity = [] } = attributes;
    const known = !Token.isUnresolved(subnetIds);
    refuse(new Construct(scope, id), [
      ...(known && subnetIds.length < ZONES ? [`subnetIds has ${subnetIds.length}; a cluster asks for at least ${ZONES}, in ${ZONES} zones.`] : []),
      ...(nodeSubnetId === '' ? ['nodeSubnetId is empty; name the subnet that nodes go into.'] : []),
    ]);
    return { vpcId, subnetIds, nodeSubnetId, nodeSecurityGroupId, connectivity };
  }

  private firstZones(region: string): readonly string[] {
    const offered = new DataAwsAvailabilityZones(this, 'Zones', {
      state: 'available',
      // A local zone or one that the account did not opt into takes no cluster.
      filter: [{ name: 'opt-in-status', values: ['opt-in-not-required'] }],
      excludeZoneIds: ZONES_WITHOUT_EKS,
    });
    new DeployChecks(this, 'Checks').require('TwoZones', Op.gte(Fn.lengthOf(offered.names), ZONES),
      `Region ${region} offers fewer than ${ZONES} availability zones, and an EKS cluster asks for ${ZONES}. Choose another region.`);
    return Array.from({ length: ZONES }, (_, index) => Fn.element(offered.names, index) as string);
  }

  private makeNodeGroup(name: string, vpcId: string): string {
    const everything = { fromPort: 0, toPort: 0, protocol: '-1' };
    // Rules stand in the group itself: one that somebody adds by hand is seen as drift and taken away.
    return new SecurityGroup(this, 'NodeGroup', {
      name: `${name}-node`,
      description: 'Nodes talk to each other and outwards; nothing else talks to them.',
      vpcId,
      ingress: [{ ...everything, selfAttribute: true, description: 'Among nodes' }],
      egress: [{ ...everything, cidrBlocks: ['0.0.0.0/0'], description: 'Cluster, registries, AWS' }],
      revokeRulesOnDelete: true,
      tags: { Name: `${name}-node` },
    }).id;
  }

  private connect(props: BenchNetworkProps, vpc: Vpc, subnets: readonly Subnet[]): readonly ITerraformDependable[] {
    const tags = { Name: props.name };
    const gateway = new InternetGateway(this, 'Gateway', { vpcId: vpc.id, tags });
    const table = new RouteTable(this, 'Routes', { vpcId: vpc.id, tags });
    const route = new Route(this, 'ToInternet', { routeTableId: table.id, destinationCidrBlock: '0.0.0.0/0', gatewayId: gateway.id });
    const associations = subnets.map((subnet, index) => new RouteTableAssociation(this, `Association${index}`, { subnetId: subnet.id, routeTableId: table.id }));
    const endpoint = new VpcEndpoint(this, 'S3', {
      vpcId: vpc.id,
      serviceName: `com.amazonaws.${props.region}.s3`,
      // The other type costs by the hour and the byte.
      vpcEndpointType: 'Gateway',
      routeTableIds: [table.id],
      policy: s3EndpointPolicy(props.region, props.bucketNames),
      tags,
    });
    return [gateway, route, ...associations, endpoint];
  }
}

function problemsOf({ vpcCidr = DEFAULT_CIDR, availabilityZones: zones, region }: BenchNetworkProps): string[] {
  const cidr = parseRange(vpcCidr);
  return [
    ...(cidr === undefined ? [`vpcCidr "${vpcCidr}" is no IPv4 CIDR; write one like ${DEFAULT_CIDR}.`] : []),
    ...(cidr !== undefined && (cidr.bits < 16 || cidr.bits > 22) ? [`vpcCidr "${vpcCidr}" must be a /16 to /22: AWS takes no larger, and a quarter of a smaller one holds too few pods.`] : []),
    ...(cidr !== undefined && !cidr.isExact ? [`vpcCidr "${vpcCidr}" does not begin at the first address of its block.`] : []),
    ...(zones !== undefined && new Set(zones).size !== ZONES ? [`availabilityZones [${zones.join(', ')}] must be two different zones; nodes stand in the first.`] : []),
    ...(zones ?? []).filter((zone) => !Token.isUnresolved(zone) && !zone.startsWith(region)).map((zone) => `availabilityZones names "${zone}", which is no zone of ${region}.`),
  ];
}
