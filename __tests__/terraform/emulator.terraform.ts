import { CodeBuildClient, CreateProjectCommand, StartBuildCommand } from '@aws-sdk/client-codebuild';
import { CreateSubnetCommand, CreateVpcCommand, DescribeSecurityGroupsCommand, EC2Client } from '@aws-sdk/client-ec2';
import { CreateRepositoryCommand, DescribeImagesCommand, ECRClient } from '@aws-sdk/client-ecr';
import {
  AssociateAccessPolicyCommand, CreateAccessEntryCommand, CreateAddonCommand, CreateClusterCommand, DeleteClusterCommand, DescribeAccessEntryCommand,
  DescribeAddonCommand, DescribeClusterCommand, EKSClient, ListAssociatedAccessPoliciesCommand,
} from '@aws-sdk/client-eks';
import { CreateBucketCommand, GetObjectCommand, PutBucketPolicyCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { EMULATOR_ACCOUNT, EMULATOR_CREDENTIALS, startAwsEmulator, type AwsEmulator } from './emulator/emulator.js';

jest.setTimeout(60_000);

const REGION = 'us-east-2';
const ROLE = `arn:aws:iam::${EMULATOR_ACCOUNT}:role/someone`;

describe('the AWS emulator, where plain moto would not do', () => {
  let emulator: AwsEmulator;
  const client = () => ({ endpoint: emulator.endpoint, region: REGION, credentials: EMULATOR_CREDENTIALS });

  beforeAll(async () => { emulator = await startAwsEmulator(); }, 300_000);
  afterAll(() => emulator.stop());
  beforeEach(() => emulator.reset());

  async function makeCluster(): Promise<EKSClient> {
    const ec2 = new EC2Client(client());
    const vpc = await ec2.send(new CreateVpcCommand({ CidrBlock: '10.0.0.0/16' }));
    const subnet = await ec2.send(new CreateSubnetCommand({ VpcId: vpc.Vpc?.VpcId ?? '', CidrBlock: '10.0.1.0/24' }));
    const eks = new EKSClient(client());
    await eks.send(new CreateClusterCommand({ name: 'c', roleArn: ROLE, accessConfig: { authenticationMode: 'API' }, resourcesVpcConfig: { subnetIds: [subnet.Subnet?.SubnetId ?? ''] } }));
    return eks;
  }

  test('keeps what a cluster was given and the security group EKS makes, and takes that away with it', async () => {
    const eks = await makeCluster();
    const { cluster } = await eks.send(new DescribeClusterCommand({ name: 'c' }));
    expect(cluster?.accessConfig?.authenticationMode).toBe('API');
    const group = { Filters: [{ Name: 'group-id', Values: [cluster?.resourcesVpcConfig?.clusterSecurityGroupId ?? ''] }] };
    const ec2 = new EC2Client(client());
    expect((await ec2.send(new DescribeSecurityGroupsCommand(group))).SecurityGroups).toHaveLength(1);
    await eks.send(new DeleteClusterCommand({ name: 'c' }));
    expect((await ec2.send(new DescribeSecurityGroupsCommand(group))).SecurityGroups).toHaveLength(0);
  });

  test('holds add-ons, access entries and their policies', async () => {
    const eks = await makeCluster();
    await eks.send(new CreateAddonCommand({ clusterName: 'c', addonName: 'vpc-cni', tags: { a: 'b' } }));
    expect((await eks.send(new DescribeAddonCommand({ clusterName: 'c', addonName: 'vpc-cni' }))).addon?.tags).toEqual({ a: 'b' });
    await eks.send(new CreateAccessEntryCommand({ clusterName: 'c', principalArn: ROLE }));
    const policyArn = 'arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy';
    await eks.send(new AssociateAccessPolicyCommand({ clusterName: 'c', principalArn: ROLE, policyArn, accessScope: { type: 'cluster' } }));
    expect((await eks.send(new DescribeAccessEntryCommand({ clusterName: 'c', principalArn: ROLE }))).accessEntry?.type).toBe('STANDARD');
    const { associatedAccessPolicies } = await eks.send(new ListAssociatedAccessPoliciesCommand({ clusterName: 'c', principalArn: ROLE }));
    expect(associatedAccessPolicies?.map((policy) => policy.policyArn)).toEqual([policyArn]);
    await expect(eks.send(new DescribeAddonCommand({ clusterName: 'c', addonName: 'coredns' }))).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  });

  test('lets callers over plain http through a policy that denies it on AWS', async () => {
    const s3 = new S3Client({ ...client(), forcePathStyle: true });
    const policy = { Version: '2012-10-17', Statement: [{ Effect: 'Deny', Principal: '*', Action: 's3:*', Resource: ['arn:aws:s3:::bucket/*', 'arn:aws:s3:::bucket'], Condition: { Bool: { 'aws:SecureTransport': 'false' } } }] };
    await s3.send(new CreateBucketCommand({ Bucket: 'bucket', CreateBucketConfiguration: { LocationConstraint: REGION } }));
    await s3.send(new PutBucketPolicyCommand({ Bucket: 'bucket', Policy: JSON.stringify(policy) }));
    await s3.send(new PutObjectCommand({ Bucket: 'bucket', Key: 'k', Body: 'v' }));
    expect(await (await s3.send(new GetObjectCommand({ Bucket: 'bucket', Key: 'k' }))).Body?.transformToString()).toBe('v');
  });

  test('ends a build with the image in the repository that its variables name', async () => {
    const ecr = new ECRClient(client());
    const { repository } = await ecr.send(new CreateRepositoryCommand({ repositoryName: 'p-image' }));
    const codebuild = new CodeBuildClient(client());
    await codebuild.send(new CreateProjectCommand({
      name: 'builder', serviceRole: ROLE, source: { type: 'NO_SOURCE' }, artifacts: { type: 'NO_ARTIFACTS' },
      environment: { type: 'LINUX_CONTAINER', computeType: 'BUILD_GENERAL1_SMALL', image: 'i' },
    }));
    const environmentVariablesOverride = [{ name: 'REPOSITORY_URL', value: repository?.repositoryUri ?? '' }, { name: 'IMAGE_TAG', value: 't1' }];
    await codebuild.send(new StartBuildCommand({ projectName: 'builder', environmentVariablesOverride }));
    const { imageDetails } = await ecr.send(new DescribeImagesCommand({ repositoryName: 'p-image', imageIds: [{ imageTag: 't1' }] }));
    expect(imageDetails?.[0]?.imageDigest).toMatch(/^sha256:[0-9a-f]{64}$/);
  });
});
