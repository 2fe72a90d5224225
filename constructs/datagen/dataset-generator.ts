import { CloudwatchLogGroup } from '@cdktf/provider-aws/lib/cloudwatch-log-group';
import { IamInstanceProfile } from '@cdktf/provider-aws/lib/iam-instance-profile';
import { LaunchTemplate } from '@cdktf/provider-aws/lib/launch-template';
import { S3Object } from '@cdktf/provider-aws/lib/s3-object';
import { Fn } from 'cdktf';
import { Construct } from 'constructs';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { MACHINE_IMAGE_PARAMETER } from '../../images/versions.js';
import { GENERATOR_DISK, generatorSize, PROGRAM_PREFIX } from '../../workloads/model/generator-size.js';
import { datasetParameterName, datasetParameterPath, datasetPrefix, generatorLogGroup, generatorName, iamName } from '../../workloads/model/physical-names.js';
import { ServiceRole } from '../identity/service-role.js';
import { BenchNetwork } from '../network/bench-network.js';
import { type IBenchNetwork } from '../network/network-ref.js';
import { LateParameter } from '../parameters/late-parameter.js';
import { refuse } from '../problems.js';
import { programArchive } from '../program-archive.js';
import { programFolder } from '../programs.js';
import { type DatasetBucket } from '../storage/dataset-bucket.js';
import { machineBody, type MachineScriptProps, machineVariables } from './machine-script.js';

const LOG_DAYS = 14;

export interface GeneratedDataset {
  readonly scaleFactor: number;
  readonly numeric: 'decimal' | 'double';
}

export interface DatasetGeneratorProps {
  readonly project: string;
  readonly region: string;
  /** Where datasets go, and the program that makes them lies. */
  readonly bucket: DatasetBucket;
  /** Datasets it may make: its machines may write below their prefixes and nowhere else. */
  readonly datasets: readonly GeneratedDataset[];
  /** Where machines stand; they reach the internet for packages, and nothing reaches them (default: a network of its own, which costs nothing). */
  readonly network?: IBenchNetwork;
  /** Days that the log of a machine stays (default 14). */
  readonly logRetentionDays?: number;
  /** Folder of the program (default: the package's own, made by the build). */
  readonly programFolder?: string;
}

/**
 * What a machine needs that makes a dataset in the account: `flowbench datagen --target ec2` starts one from the
 * launch template per dataset, and it ends itself. Nothing of it costs while no machine runs, and a machine
 * that came and went is no drift: Terraform never knew it.
 */
export class DatasetGenerator extends Construct {
  readonly launchTemplateName: string;
  readonly role: ServiceRole;

  constructor(scope: Construct, id: string, props: DatasetGeneratorProps) {
    super(scope, id);
    const folder = props.programFolder ?? programFolder('datagen');
    refuse(this, problemsOf(props, folder));
    const logGroup = new CloudwatchLogGroup(this, 'Log', { name: generatorLogGroup(props.project), retentionInDays: props.logRetentionDays ?? LOG_DAYS });
    const program = shipProgram(this, props.bucket, folder);
    this.role = machineRole(this, props, logGroup.arn);
    const roleName = iamName(props.project, 'datagen', 'machine', props.region);
    const profile = new IamInstanceProfile(this, 'Profile', { name: roleName, role: this.role.roleName });
    const network = props.network ?? new BenchNetwork(this, 'Network', { name: generatorName(props.project), region: props.region, bucketNames: [props.bucket.bucketName] });
    this.launchTemplateName = launchTemplate(this, props, { network, profileName: profile.name }, {
      region: props.region,
      bucketName: props.bucket.bucketName,
      programKey: program.key,
      logGroupName: logGroup.name,
      parameterPath: datasetParameterPath(props.project),
    }).name;
  }
}

/** The program as one archive; its name changes with its content, so that a machine never starts an older one. */
function shipProgram(scope: Construct, bucket: DatasetBucket, folder: string): S3Object {
  const archive = programArchive(scope, 'Program', folder);
  return new S3Object(scope, 'ProgramObject', {
    bucket: bucket.bucketName,
    key: `${PROGRAM_PREFIX}/${archive.assetHash}.zip`,
    source: archive.path,
    dependsOn: [...bucket.protection],
  });
}

function machineRole(scope: Construct, props: DatasetGeneratorProps, logGroupArn: string): ServiceRole {
  const role = new ServiceRole(scope, 'Role', {
    roleName: iamName(props.project, 'datagen', 'machine', props.region),
    description: 'Machines that make datasets',
    trust: [{ principal: { Service: 'ec2.amazonaws.com' }, actions: ['sts:AssumeRole'] }],
  });
  role.addToPolicy({ sid: 'WriteLog', actions: ['logs:CreateLogStream', 'logs:DescribeLogStreams', 'logs:PutLogEvents'], resources: [logGroupArn, `${logGroupArn}:*`] });
  props.bucket.grantRead(role, PROGRAM_PREFIX);
  for (const { scaleFactor, numeric } of props.datasets) {
    const prefix = datasetPrefix(scaleFactor, numeric);
    props.bucket.grantRead(role, prefix);
    props.bucket.grantWrite(role, prefix);
    const label = prefix.replace(/[^a-z0-9]/g, '');
    new LateParameter(scope, `Id-${label}`, {
      name: datasetParameterName(props.project, prefix),
      description: `Id of the verified dataset under ${prefix}`,
      label,
    }).grantWrite(role);
  }
  return role;
}

interface Surroundings {
  readonly network: IBenchNetwork;
  readonly profileName: string;
}

/** Sized for the largest dataset; a machine for a smaller one is started with less. */
function launchTemplate(scope: Construct, props: DatasetGeneratorProps, surroundings: Surroundings, script: MachineScriptProps): LaunchTemplate {
  const size = generatorSize(Math.max(...props.datasets.map(({ scaleFactor }) => scaleFactor)));
  return new LaunchTemplate(scope, 'LaunchTemplate', {
    name: generatorName(props.project),
    description: 'Makes one dataset, then ends itself',
    // Looked up by EC2 at each start: reading it here would have to succeed for a destroy too.
    imageId: `resolve:ssm:${MACHINE_IMAGE_PARAMETER}`,
    instanceType: size.instanceType,
    instanceInitiatedShutdownBehavior: 'terminate',
    updateDefaultVersion: true,
    iamInstanceProfile: { name: surroundings.profileName },
    metadataOptions: { httpEndpoint: 'enabled', httpTokens: 'required', httpPutResponseHopLimit: 1, instanceMetadataTags: 'enabled' },
    blockDeviceMappings: [{
      deviceName: GENERATOR_DISK.device,
      ebs: { volumeSize: size.diskGib, volumeType: GENERATOR_DISK.volumeType, throughput: GENERATOR_DISK.throughputMibPerS, encrypted: 'true', deleteOnTermination: 'true' },
    }],
    networkInterfaces: [{
      deviceIndex: 0,
      associatePublicIpAddress: 'true',
      deleteOnTermination: 'true',
      subnetId: surroundings.network.nodeSubnetId,
      securityGroups: [surroundings.network.nodeSecurityGroupId],
    }],
    userData: Fn.base64encode(Fn.join('', [...machineVariables(script), Fn.base64decode(Buffer.from(machineBody()).toString('base64'))])),
    dependsOn: [...surroundings.network.connectivity],
  });
}

function problemsOf(props: DatasetGeneratorProps, folder: string): string[] {
  return [
    ...(props.datasets.length === 0 ? ['datasets is empty: there would be nothing to make. Give at least one.'] : []),
    ...(existsSync(join(folder, 'package.json')) ? [] : [`the program is not in ${folder}. Make it with "npm run build", or install the package again.`]),
  ];
}
