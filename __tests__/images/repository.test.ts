import { TerraformOutput } from 'cdktf';
import { ImageRepository } from '../../constructs/images/image-repository.js';
import { PublishedImages } from '../../constructs/images/published-images.js';
import { KnownDatasets } from '../../constructs/storage/known-datasets.js';
import { type OwnImage } from '../../workloads/model/physical-names.js';
import { awsStack, RecordingGrantee } from '../fixtures/aws-stack.js';

const repository = (scope: ConstructorParameters<typeof ImageRepository>[0], image: OwnImage = 'flow-worker') => new ImageRepository(scope, image, { project: 'bench', image });

describe('a repository', () => {
  const stack = awsStack((scope) => repository(scope));

  it('names an image for ever by a tag, scans it, and goes with its images', () => {
    expect(stack.only('aws_ecr_repository')).toMatchObject({
      name: 'bench-flow-worker', image_tag_mutability: 'IMMUTABLE', force_delete: true,
      image_scanning_configuration: { scan_on_push: true }, encryption_configuration: [{ encryption_type: 'AES256' }],
    });
  });

  it('keeps ten images and nothing untagged', () => {
    const { rules } = JSON.parse(stack.only('aws_ecr_lifecycle_policy').policy as string) as { rules: Record<string, unknown>[] };
    expect(rules).toEqual([
      expect.objectContaining({ rulePriority: 1, selection: { tagStatus: 'untagged', countType: 'sinceImagePushed', countUnit: 'days', countNumber: 1 } }),
      expect.objectContaining({ rulePriority: 2, selection: { tagStatus: 'any', countType: 'imageCountMoreThan', countNumber: 10 } }),
    ]);
  });

  it('has a parameter that a plan leaves alone once it was written', () => {
    expect(stack.only('aws_ssm_parameter')).toMatchObject({ name: '/bench/images/flow-worker', type: 'String', value: 'none', lifecycle: { ignore_changes: ['value'] } });
  });

  it('grants pulling and pushing, on itself alone', () => {
    const [puller, pusher] = [new RecordingGrantee(), new RecordingGrantee()];
    awsStack((scope) => {
      const made = repository(scope);
      made.grantPull(puller);
      made.grantPush(pusher);
    });
    const actions = (grantee: RecordingGrantee) => grantee.statements.map((statement) => [statement.sid, statement.actions, statement.resources.length === 1 && statement.resources[0] === '*']);
    const read = ['ecr:BatchCheckLayerAvailability', 'ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'];
    expect(actions(puller)).toEqual([['LoginPullFlowWorker', ['ecr:GetAuthorizationToken'], true], ['PullFlowWorker', read, false]]);
    expect(actions(pusher)).toEqual([
      ['LoginPushFlowWorker', ['ecr:GetAuthorizationToken'], true],
      ['PushFlowWorker', [...read, 'ecr:InitiateLayerUpload', 'ecr:UploadLayerPart', 'ecr:CompleteLayerUpload', 'ecr:PutImage'], false],
    ]);
  });

  it('is refused for an image that is not ours, and for keeping none', () => {
    expect(() => awsStack((scope) => new ImageRepository(scope, 'X', { project: 'bench', image: 'nginx' as OwnImage, keptImages: 0 }))).toThrow(/2 problems:[\s\S]*"nginx" is none of ours[\s\S]*keptImages 0/);
  });
});

describe('what was published and generated', () => {
  const stack = awsStack((scope) => {
    const images = new PublishedImages(scope, 'Images', { project: 'bench' });
    const datasets = new KnownDatasets(scope, 'Datasets', { project: 'bench' });
    new TerraformOutput(scope, 'image', { value: images.reference('coordinator') });
    new TerraformOutput(scope, 'published', { value: images.isPublished('coordinator') });
    new TerraformOutput(scope, 'verified', { value: datasets.isVerified('tpch/sf0.1') });
  });
  const outputs = stack.json.output as Record<string, { value: string }>;

  it('is looked up by path, which finds nothing rather than fails', () => {
    expect(Object.values(stack.data('aws_ssm_parameters_by_path'))).toEqual([
      { path: '/bench/datasets', recursive: true }, { path: '/bench/images', recursive: true },
    ]);
    expect(stack.data('aws_ssm_parameter')).toEqual({});
  });

  it('is "none" where nobody wrote it', () => {
    expect(outputs.image?.value).toMatch(/^\$\{lookup\(zipmap\(data\.aws_ssm_parameters_by_path\.\w+\.names, nonsensitive\(data\.aws_ssm_parameters_by_path\.\w+\.values\)\), "\/bench\/images\/coordinator", "none"\)\}$/);
    expect(outputs.published?.value).toMatch(/"\/bench\/images\/coordinator", "none"\) != "none"/);
    expect(outputs.verified?.value).toMatch(/"\/bench\/datasets\/tpch\/sf0\.1", "none"\) != "none"/);
  });
});
