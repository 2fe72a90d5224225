import { CreateAutoScalingGroupCommand } from '@aws-sdk/client-auto-scaling';
import { CreateBudgetCommand } from '@aws-sdk/client-budgets';
import { CreateLogGroupCommand } from '@aws-sdk/client-cloudwatch-logs';
import { CreateProjectCommand } from '@aws-sdk/client-codebuild';
import {
  AllocateAddressCommand, AssociateRouteTableCommand, AttachInternetGatewayCommand, AuthorizeSecurityGroupEgressCommand, AuthorizeSecurityGroupIngressCommand, CreateInternetGatewayCommand, CreateLaunchTemplateCommand, CreateNatGatewayCommand,
  CreateNetworkInterfaceCommand, CreateRouteCommand, CreateRouteTableCommand, CreateSecurityGroupCommand, CreateSnapshotCommand, CreateSubnetCommand, CreateVolumeCommand,
  CreateVpcCommand, CreateVpcEndpointCommand, type ResourceType, RunInstancesCommand,
} from '@aws-sdk/client-ec2';
import { CreateRepositoryCommand } from '@aws-sdk/client-ecr';
import { CreateClusterCommand, CreateNodegroupCommand } from '@aws-sdk/client-eks';
import { CreateLoadBalancerCommand, CreateTargetGroupCommand } from '@aws-sdk/client-elastic-load-balancing-v2';
import { CreateDatabaseCommand } from '@aws-sdk/client-glue';
import {
  AddRoleToInstanceProfileCommand, AttachRolePolicyCommand, CreateInstanceProfileCommand, CreateOpenIDConnectProviderCommand, CreateRoleCommand, PutRolePolicyCommand,
} from '@aws-sdk/client-iam';
import { CreateKeyCommand } from '@aws-sdk/client-kms';
import { CreateFunctionCommand } from '@aws-sdk/client-lambda';
import { CreateBucketCommand, PutBucketTaggingCommand } from '@aws-sdk/client-s3';
import { CreateScheduleCommand } from '@aws-sdk/client-scheduler';
import { CreateTopicCommand } from '@aws-sdk/client-sns';
import { CreateQueueCommand } from '@aws-sdk/client-sqs';
import { PutParameterCommand } from '@aws-sdk/client-ssm';
import { type CloudClients } from '../../workloads/cloud/inventory/clients.js';
import { type Tags } from '../../workloads/cloud/inventory/resource.js';

/** Things put into an emulated account, by plain calls: what a stack, a crash or somebody else left there. */
export class PlantedAccount {
  constructor(readonly clients: CloudClients) {}

  /** Everything that a phase is made of, one of each kind, all with these tags. */
  async phase(project: string, phase: string, tags: Tags): Promise<{ vpcId: string; subnetId: string; cluster: string }> {
    const cluster = `${project}-${phase}`;
    const { vpcId, subnetId, groupId } = await this.network(cluster, tags);
    const roleArn = await this.role(`${cluster}-stack-node-us-east-2`, tags);
    const launchTemplate = await this.launchTemplate(`${cluster}-worker`, tags);
    await this.clients.eks.send(new CreateClusterCommand({ name: cluster, roleArn, tags, resourcesVpcConfig: { subnetIds: [subnetId] } }));
    await this.clients.eks.send(new CreateNodegroupCommand({
      clusterName: cluster, nodegroupName: 'worker', nodeRole: roleArn, subnets: [subnetId], tags, launchTemplate: { id: launchTemplate }, scalingConfig: { minSize: 1, maxSize: 1, desiredSize: 1 },
    }));
    await this.logGroup(`/aws/eks/${cluster}/cluster`, tags);
    await this.instance(subnetId, tags);
    await this.networkInterface(subnetId, tags, groupId);
    await this.volume(tags);
    await this.clients.iam.send(new CreateOpenIDConnectProviderCommand({ Url: `https://oidc.eks.us-east-2.amazonaws.com/id/${phase}`, ThumbprintList: ['a'.repeat(40)], Tags: pairs(tags) }));
    return { vpcId, subnetId, cluster };
  }

  /** Kinds that no phase of ours makes, and an account may hold all the same. */
  async strays(subnetId: string, vpcId: string, tags: Tags): Promise<void> {
    const { ec2, autoScaling, loadBalancing, kms } = this.clients;
    const volume = await this.volume(tags);
    await ec2.send(new CreateSnapshotCommand({ VolumeId: volume, TagSpecifications: spec('snapshot', tags) }));
    const address = await ec2.send(new AllocateAddressCommand({ Domain: 'vpc', TagSpecifications: spec('elastic-ip', tags) }));
    await ec2.send(new CreateNatGatewayCommand({ SubnetId: subnetId, AllocationId: address.AllocationId, TagSpecifications: spec('natgateway', tags) }));
    const template = await this.launchTemplate('stray', tags);
    await autoScaling.send(new CreateAutoScalingGroupCommand({
      AutoScalingGroupName: 'stray', MinSize: 0, MaxSize: 0, VPCZoneIdentifier: subnetId, LaunchTemplate: { LaunchTemplateId: template }, Tags: pairs(tags),
    }));
    await loadBalancing.send(new CreateLoadBalancerCommand({ Name: 'stray', Type: 'network', Subnets: [subnetId], Tags: pairs(tags) }));
    await loadBalancing.send(new CreateTargetGroupCommand({ Name: 'stray', Protocol: 'TCP', Port: 80, VpcId: vpcId, Tags: pairs(tags) }));
    await kms.send(new CreateKeyCommand({ Tags: Object.entries(tags).map(([TagKey, TagValue]) => ({ TagKey, TagValue })) }));
  }

  /** What the retained stacks hold. */
  async retained(project: string, tags: Tags): Promise<void> {
    const { ecr, sns, sqs, ssm, glue } = this.clients;
    for (const part of ['data', 'results', 'source']) await this.bucket(`${project}-${part}-123456789012-us-east-2`, tags);
    await ecr.send(new CreateRepositoryCommand({ repositoryName: `${project}-spark`, tags: pairs(tags) }));
    await sns.send(new CreateTopicCommand({ Name: `${project}-alerts`, Tags: pairs(tags) }));
    await sqs.send(new CreateQueueCommand({ QueueName: `${project}-results-loader-failures`, tags }));
    await ssm.send(new PutParameterCommand({ Name: `/${project}/images/spark`, Value: 'none', Type: 'String', Tags: pairs(tags) }));
    await glue.send(new CreateDatabaseCommand({ DatabaseInput: { Name: `${project}_tpch_sf10` }, Tags: tags }));
    const roleArn = await this.role(`${project}-guardrails-janitor-us-east-2`, tags);
    await this.programs(project, roleArn, tags);
    await this.logGroup(`/aws/lambda/${project}-janitor`, tags);
    await this.volume(tags);
  }

  private async programs(project: string, roleArn: string, tags: Tags): Promise<void> {
    const { lambda, scheduler, codeBuild, budgets } = this.clients;
    const program = await lambda.send(new CreateFunctionCommand({
      FunctionName: `${project}-janitor`, Runtime: 'nodejs22.x', Role: roleArn, Handler: 'index.handler', Code: { ZipFile: EMPTY_ZIP }, Tags: tags,
    }));
    await scheduler.send(new CreateScheduleCommand({
      Name: `${project}-janitor`, ScheduleExpression: 'rate(1 hour)', FlexibleTimeWindow: { Mode: 'OFF' }, Target: { Arn: program.FunctionArn ?? '', RoleArn: roleArn },
    }));
    await codeBuild.send(new CreateProjectCommand({
      name: `${project}-images`, serviceRole: roleArn, source: { type: 'NO_SOURCE' }, artifacts: { type: 'NO_ARTIFACTS' },
      environment: { type: 'LINUX_CONTAINER', computeType: 'BUILD_GENERAL1_SMALL', image: 'i' }, tags: Object.entries(tags).map(([key, value]) => ({ key, value })),
    }));
    await budgets.send(new CreateBudgetCommand({
      AccountId: '123456789012', Budget: { BudgetName: `${project}-monthly`, BudgetType: 'COST', TimeUnit: 'MONTHLY', BudgetLimit: { Amount: '20', Unit: 'USD' } }, ResourceTags: pairs(tags),
    }));
  }

  async network(name: string, tags: Tags): Promise<{ vpcId: string; subnetId: string; groupId: string }> {
    const { ec2 } = this.clients;
    const named = { ...tags, Name: name };
    const VpcId = (await ec2.send(new CreateVpcCommand({ CidrBlock: '10.42.0.0/16', TagSpecifications: spec('vpc', named) }))).Vpc?.VpcId ?? '';
    const SubnetId = (await ec2.send(new CreateSubnetCommand({ VpcId, CidrBlock: '10.42.0.0/20', TagSpecifications: spec('subnet', tags) }))).Subnet?.SubnetId ?? '';
    const InternetGatewayId = (await ec2.send(new CreateInternetGatewayCommand({ TagSpecifications: spec('internet-gateway', tags) }))).InternetGateway?.InternetGatewayId ?? '';
    await ec2.send(new AttachInternetGatewayCommand({ VpcId, InternetGatewayId }));
    const RouteTableId = (await ec2.send(new CreateRouteTableCommand({ VpcId, TagSpecifications: spec('route-table', tags) }))).RouteTable?.RouteTableId ?? '';
    await ec2.send(new CreateRouteCommand({ RouteTableId, DestinationCidrBlock: '0.0.0.0/0', GatewayId: InternetGatewayId }));
    await ec2.send(new AssociateRouteTableCommand({ RouteTableId, SubnetId }));
    await ec2.send(new CreateVpcEndpointCommand({ VpcId, ServiceName: 'com.amazonaws.us-east-2.s3', VpcEndpointType: 'Gateway', RouteTableIds: [RouteTableId], TagSpecifications: spec('vpc-endpoint', tags) }));
    const groups = await Promise.all(['nodes', 'control'].map(async (part) =>
      (await ec2.send(new CreateSecurityGroupCommand({ VpcId, GroupName: `${name}-${part}`, Description: part, TagSpecifications: spec('security-group', tags) }))).GroupId ?? ''));
    const [nodes = '', control = ''] = groups;
    // Each lets the other in: neither can be deleted as it stands.
    const rule = (GroupId: string) => [{ IpProtocol: 'tcp', FromPort: 443, ToPort: 443, UserIdGroupPairs: [{ GroupId }] }];
    await ec2.send(new AuthorizeSecurityGroupIngressCommand({ GroupId: nodes, IpPermissions: rule(control) }));
    await ec2.send(new AuthorizeSecurityGroupIngressCommand({ GroupId: control, IpPermissions: rule(nodes) }));
    await ec2.send(new AuthorizeSecurityGroupEgressCommand({ GroupId: control, IpPermissions: rule(nodes) }));
    return { vpcId: VpcId, subnetId: SubnetId, groupId: nodes };
  }

  /** A role with everything that keeps a role from being deleted. */
  async role(name: string, tags: Tags): Promise<string> {
    const { iam } = this.clients;
    const trust = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Principal: { Service: 'ec2.amazonaws.com' }, Action: 'sts:AssumeRole' }] };
    const role = await iam.send(new CreateRoleCommand({ RoleName: name, AssumeRolePolicyDocument: JSON.stringify(trust), Tags: pairs(tags) }));
    const policy = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: 's3:ListBucket', Resource: 'arn:aws:s3:::x' }] };
    await iam.send(new PutRolePolicyCommand({ RoleName: name, PolicyName: 'granted', PolicyDocument: JSON.stringify(policy) }));
    await iam.send(new AttachRolePolicyCommand({ RoleName: name, PolicyArn: 'arn:aws:iam::aws:policy/AmazonEKSWorkerNodePolicy' }));
    await iam.send(new CreateInstanceProfileCommand({ InstanceProfileName: name, Tags: pairs(tags) }));
    await iam.send(new AddRoleToInstanceProfileCommand({ InstanceProfileName: name, RoleName: name }));
    return role.Role?.Arn ?? '';
  }

  async launchTemplate(name: string, tags: Tags): Promise<string> {
    const made = await this.clients.ec2.send(new CreateLaunchTemplateCommand({ LaunchTemplateName: name, LaunchTemplateData: { InstanceType: 'm5.xlarge', ImageId: IMAGE }, TagSpecifications: spec('launch-template', tags) }));
    return made.LaunchTemplate?.LaunchTemplateId ?? '';
  }

  async volume(tags: Tags): Promise<string> {
    return (await this.clients.ec2.send(new CreateVolumeCommand({ AvailabilityZone: 'us-east-2a', Size: 1, TagSpecifications: spec('volume', tags) }))).VolumeId ?? '';
  }

  async networkInterface(SubnetId: string, tags: Tags, group?: string): Promise<string> {
    const made = await this.clients.ec2.send(new CreateNetworkInterfaceCommand({ SubnetId, TagSpecifications: spec('network-interface', tags), ...(group === undefined ? {} : { Groups: [group] }) }));
    return made.NetworkInterface?.NetworkInterfaceId ?? '';
  }

  async instance(SubnetId: string | undefined, tags: Tags): Promise<string> {
    const made = await this.clients.ec2.send(new RunInstancesCommand({
      ImageId: IMAGE, MinCount: 1, MaxCount: 1, InstanceType: 'm5.xlarge', TagSpecifications: spec('instance', tags),
      ...(SubnetId === undefined ? {} : { NetworkInterfaces: [{ DeviceIndex: 0, SubnetId, DeleteOnTermination: true }] }),
    }));
    return made.Instances?.[0]?.InstanceId ?? '';
  }

  async logGroup(logGroupName: string, tags: Tags): Promise<void> {
    await this.clients.logs.send(new CreateLogGroupCommand({ logGroupName, ...(Object.keys(tags).length === 0 ? {} : { tags }) }));
  }

  async bucket(Bucket: string, tags: Tags): Promise<void> {
    await this.clients.s3.send(new CreateBucketCommand({ Bucket, CreateBucketConfiguration: { LocationConstraint: 'us-east-2' } }));
    if (Object.keys(tags).length > 0) await this.clients.s3.send(new PutBucketTaggingCommand({ Bucket, Tagging: { TagSet: pairs(tags) } }));
  }

  /** The group that EKS makes for a cluster, with a tag of its own and none of ours. */
  async eksGroup(VpcId: string, cluster: string): Promise<string> {
    const made = await this.clients.ec2.send(new CreateSecurityGroupCommand({
      VpcId, GroupName: `eks-cluster-sg-${cluster}-1`, Description: 'EKS created security group', TagSpecifications: spec('security-group', { [`kubernetes.io/cluster/${cluster}`]: 'owned' }),
    }));
    return made.GroupId ?? '';
  }
}

/** End of central directory, and nothing before it. */
const EMPTY_ZIP = Buffer.from(`504b0506${'00'.repeat(18)}`, 'hex');
/** An image that the emulator knows. */
const IMAGE = 'ami-0c55b159cbfafe1f0';

const pairs = (tags: Tags): { Key: string; Value: string }[] => Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
const spec = (ResourceType: ResourceType, tags: Tags) => (Object.keys(tags).length === 0 ? [] : [{ ResourceType, Tags: pairs(tags) }]);
