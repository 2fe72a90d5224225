import { CloudWatchLogsClient, GetLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { BatchGetBuildsCommand, type Build, CodeBuildClient, StartBuildCommand } from '@aws-sdk/client-codebuild';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { setTimeout as sleep } from 'node:timers/promises';
import { FlowbenchError } from '../../model/errors.js';
import { BUILD_VARIABLES, SOURCE_PREFIX } from '../../model/image-build.js';
import { imageBuilderName, sourceBucketName } from '../../model/physical-names.js';
import { bucketOptions, type CloudAccess, clientOptions } from '../access.js';
import { type BuildJob, type ImageBuilding } from './publish.js';
import { zipArchive } from './zip-archive.js';

const PAUSE_MS = 5_000;
const NATIVE = 'linux/amd64';
const DEPLOY = 'Deploy it first: cdktf deploy images-stack.';

/** Builds with the CodeBuild project that the images-stack made, from an archive in its bucket. */
export class CodeBuildBuilding implements ImageBuilding {
  private readonly codebuild: CodeBuildClient;
  private readonly logs: CloudWatchLogsClient;

  constructor(
    private readonly access: CloudAccess,
    private readonly project: string,
    private readonly say: (line: string) => void,
    private readonly pauseMs = PAUSE_MS,
  ) {
    this.codebuild = new CodeBuildClient(clientOptions(access));
    this.logs = new CloudWatchLogsClient(clientOptions(access));
  }

  async build(job: BuildJob): Promise<void> {
    if (job.platforms.some((platform) => platform !== NATIVE)) {
      throw new FlowbenchError('configuration', `CodeBuild builds for ${NATIVE} here, and ${job.platforms.join(' and ')} is wanted.`, { remedy: 'Build with --builder docker, or choose nodes of x86_64.' });
    }
    const location = await this.upload(job);
    const id = await this.start(job, location);
    this.say(`Build ${id} of ${job.image} runs; it goes on when you leave, and the same command finds what it pushed.`);
    const ended = await this.follow(id);
    if (ended.buildStatus === 'SUCCEEDED') return;
    throw new FlowbenchError('internal', `The build of ${job.image} ended as ${ended.buildStatus}; its log above says why.`);
  }

  private async upload(job: BuildJob): Promise<string> {
    const { Account } = await new STSClient(clientOptions(this.access)).send(new GetCallerIdentityCommand({}));
    const Bucket = sourceBucketName({ project: this.project, accountId: Account ?? '', region: this.access.region });
    const Key = `${SOURCE_PREFIX}/${job.image}-${job.tag}.zip`;
    try {
      await new S3Client(bucketOptions(this.access)).send(new PutObjectCommand({ Bucket, Key, Body: zipArchive(job.source) }));
    } catch (cause) {
      if (cause instanceof Error && cause.name === 'NoSuchBucket') throw new FlowbenchError('configuration', `There is no bucket ${Bucket} for the sources.`, { remedy: DEPLOY, cause });
      throw cause;
    }
    return `${Bucket}/${Key}`;
  }

  private async start(job: BuildJob, location: string): Promise<string> {
    const projectName = imageBuilderName(this.project);
    const variables = { [BUILD_VARIABLES.repositoryUrl]: job.repositoryUrl, [BUILD_VARIABLES.imageTag]: job.tag };
    try {
      const { build } = await this.codebuild.send(new StartBuildCommand({
        projectName,
        sourceTypeOverride: 'S3',
        sourceLocationOverride: location,
        ...(job.mostMinutes === null ? {} : { timeoutInMinutesOverride: job.mostMinutes }),
        environmentVariablesOverride: Object.entries(variables).map(([name, value]) => ({ name, value, type: 'PLAINTEXT' })),
      }));
      return build?.id ?? '';
    } catch (cause) {
      if (cause instanceof Error && cause.name === 'ResourceNotFoundException') throw new FlowbenchError('configuration', `There is no CodeBuild project ${projectName}.`, { remedy: DEPLOY, cause });
      throw cause;
    }
  }

  private async follow(id: string): Promise<Build> {
    let place: string | undefined;
    for (;;) {
      const { builds } = await this.codebuild.send(new BatchGetBuildsCommand({ ids: [id] }));
      const [build] = builds ?? [];
      if (build === undefined) throw new FlowbenchError('internal', `CodeBuild does not know its build ${id}.`);
      place = await this.repeatLog(build, place);
      if (build.buildStatus !== 'IN_PROGRESS') return build;
      await sleep(this.pauseMs);
    }
  }

  private async repeatLog({ logs }: Build, from: string | undefined): Promise<string | undefined> {
    if (logs?.groupName === undefined || logs.streamName === undefined) return from;
    try {
      const place = { logGroupName: logs.groupName, logStreamName: logs.streamName, startFromHead: true };
      const page = await this.logs.send(new GetLogEventsCommand({ ...place, ...(from === undefined ? {} : { nextToken: from }) }));
      for (const { message } of page.events ?? []) this.say((message ?? '').trimEnd());
      return page.nextForwardToken ?? from;
    } catch (error) {
      // The stream is opened by the first line.
      if (error instanceof Error && error.name === 'ResourceNotFoundException') return from;
      throw error;
    }
  }
}
