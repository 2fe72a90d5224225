import { ImageBuilder } from '../../constructs/images/image-builder.js';
import { ImageRepository } from '../../constructs/images/image-repository.js';
import { BUILD_VARIABLES } from '../../workloads/model/image-build.js';
import { awsStack } from '../fixtures/aws-stack.js';

const stack = awsStack((scope) => {
  const repositories = (['flow-worker', 'coordinator'] as const).map((image) => new ImageRepository(scope, image, { project: 'bench', image }));
  new ImageBuilder(scope, 'Builder', { project: 'bench', region: 'us-east-2', repositories, sourceBucketName: 'source' });
});
const project = stack.only('aws_codebuild_project');

describe('the builder of images', () => {
  it('builds with Docker inside, logs to its own group, and keeps nothing', () => {
    expect(project).toMatchObject({
      name: 'bench-images', environment: { privileged_mode: true, type: 'LINUX_CONTAINER', image: 'aws/codebuild/amazonlinux2-x86_64-standard:5.0' },
      artifacts: { type: 'NO_ARTIFACTS' }, logs_config: { cloudwatch_logs: { status: 'ENABLED' } },
    });
    expect(stack.only('aws_cloudwatch_log_group')).toMatchObject({ name: '/bench/images', retention_in_days: 7 });
    expect(stack.only('aws_s3_bucket')).toMatchObject({ bucket: 'source', force_destroy: true });
  });

  it('takes where to push from the variables of each build', () => {
    const { buildspec } = project.source as { buildspec: string };
    const commands = Object.values((JSON.parse(buildspec) as { phases: Record<string, { commands: string[] }> }).phases).flatMap((phase) => phase.commands);
    expect(commands.at(-1)).toBe(`docker push "$${BUILD_VARIABLES.repositoryUrl}:$${BUILD_VARIABLES.imageTag}"`);
    // Terraform would take a brace after a dollar for its own.
    expect(buildspec).not.toContain('${');
  });

  it('may read archives, write its log, and push to the given repositories', () => {
    const { Statement } = JSON.parse(stack.only('aws_iam_role_policy').policy as string) as { Statement: { Sid: string; Action: string[]; Resource: string[] }[] };
    const read = 'ecr:BatchCheckLayerAvailability ecr:BatchGetImage ecr:GetDownloadUrlForLayer';
    const push = `${read} ecr:InitiateLayerUpload ecr:UploadLayerPart ecr:CompleteLayerUpload ecr:PutImage`;
    expect(Statement.map(({ Sid, Action }) => [Sid, Action.join(' ')])).toEqual([
      ['WriteLog', 'logs:CreateLogStream logs:PutLogEvents'],
      ['LocateSourceImages', 's3:GetBucketLocation'], ['ListSourceImages', 's3:ListBucket'], ['ReadSourceImages', 's3:GetObject'],
      ['LoginPushFlowWorker', 'ecr:GetAuthorizationToken'], ['PushFlowWorker', push],
      ['LoginPushCoordinator', 'ecr:GetAuthorizationToken'], ['PushCoordinator', push],
    ]);
    const everywhere = Statement.filter(({ Resource }) => Resource.includes('*')).map(({ Action }) => Action.join(' '));
    expect(new Set(everywhere)).toEqual(new Set(['ecr:GetAuthorizationToken']));
  });

  it('is refused without a repository', () => {
    expect(() => awsStack((scope) => new ImageBuilder(scope, 'Builder', { project: 'bench', region: 'us-east-2', repositories: [], sourceBucketName: 'source' }))).toThrow(/repositories is empty/);
  });
});
