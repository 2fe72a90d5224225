import { CloudwatchLogGroup } from '@cdktf/provider-aws/lib/cloudwatch-log-group';
import { CodebuildProject } from '@cdktf/provider-aws/lib/codebuild-project';
import { Construct } from 'constructs';
import { CODEBUILD_IMAGE } from '../../images/versions.js';
import { SOURCE_PREFIX } from '../../workloads/model/image-build.js';
import { iamName, imageBuilderLogGroup, imageBuilderName } from '../../workloads/model/physical-names.js';
import { ServiceRole } from '../identity/service-role.js';
import { refuse } from '../problems.js';
import { SourceBucket } from '../storage/source-bucket.js';
import { type ImageRepository } from './image-repository.js';

const LOG_DAYS = 7;
const BUILD_MINUTES = 60;
const QUEUED_MINUTES = 30;

export interface ImageBuilderProps {
  readonly project: string;
  readonly region: string;
  /** The repositories it may push to. */
  readonly repositories: readonly ImageRepository[];
  /** Name of the bucket of source archives, which is made here (model/physical-names sourceBucketName). */
  readonly sourceBucketName: string;
  /** Days that the log of a build stays (default 7). */
  readonly logRetentionDays?: number;
}

/**
 * Builds images where no Docker is at hand: a CodeBuild project that takes a source archive from its bucket.
 * It costs nothing until a build runs. Docker inside needs privileged mode; what a build may do outside of its
 * machine is read the archive, write its log, and push to the given repositories.
 */
export class ImageBuilder extends Construct {
  readonly projectName: string;
  readonly sourceBucket: SourceBucket;
  readonly role: ServiceRole;

  constructor(scope: Construct, id: string, props: ImageBuilderProps) {
    super(scope, id);
    refuse(this, props.repositories.length === 0 ? ['repositories is empty: there would be nothing to build for. Give at least one.'] : []);
    this.sourceBucket = new SourceBucket(this, 'Source', { bucketName: props.sourceBucketName });
    const logGroup = new CloudwatchLogGroup(this, 'Log', { name: imageBuilderLogGroup(props.project), retentionInDays: props.logRetentionDays ?? LOG_DAYS });
    this.role = new ServiceRole(this, 'Role', {
      roleName: iamName(props.project, 'images', 'builder', props.region),
      description: 'Builds the images from source archives',
      trust: [{ principal: { Service: 'codebuild.amazonaws.com' }, actions: ['sts:AssumeRole'] }],
    });
    this.role.addToPolicy({ sid: 'WriteLog', actions: ['logs:CreateLogStream', 'logs:PutLogEvents'], resources: [`${logGroup.arn}:*`] });
    this.sourceBucket.grantRead(this.role, SOURCE_PREFIX);
    for (const repository of props.repositories) repository.grantPush(this.role);
    this.projectName = new CodebuildProject(this, 'Project', {
      name: imageBuilderName(props.project),
      description: 'Builds one image from a source archive and pushes it',
      serviceRole: this.role.roleArn,
      buildTimeout: BUILD_MINUTES,
      queuedTimeout: QUEUED_MINUTES,
      // Each build names its own archive; this one is never read.
      source: { type: 'S3', location: `${this.sourceBucket.bucketName}/${SOURCE_PREFIX}/none.zip`, buildspec: buildSpec() },
      artifacts: { type: 'NO_ARTIFACTS' },
      environment: { type: 'LINUX_CONTAINER', computeType: 'BUILD_GENERAL1_MEDIUM', image: CODEBUILD_IMAGE, privilegedMode: true },
      logsConfig: { cloudwatchLogs: { status: 'ENABLED', groupName: logGroup.name } },
    }).name;
  }
}

/** JSON is YAML too. The variables come with each build. */
function buildSpec(): string {
  return JSON.stringify({
    version: '0.2',
    phases: {
      pre_build: { commands: ['aws ecr get-login-password | docker login --username AWS --password-stdin "$REPOSITORY_URL"'] },
      build: { commands: ['docker build --pull --file Dockerfile --tag "$REPOSITORY_URL:$IMAGE_TAG" .'] },
      post_build: { commands: ['if [ "$CODEBUILD_BUILD_SUCCEEDING" != 1 ]; then exit 1; fi', 'docker push "$REPOSITORY_URL:$IMAGE_TAG"'] },
    },
  });
}
