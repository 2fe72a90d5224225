import { EcrLifecyclePolicy } from '@cdktf/provider-aws/lib/ecr-lifecycle-policy';
import { EcrRepository } from '@cdktf/provider-aws/lib/ecr-repository';
import { Construct } from 'constructs';
import { imageParameterName, imageRepositoryName, OWN_IMAGES, type OwnImage } from '../../workloads/model/physical-names.js';
import { type IGrantee } from '../identity/grantee.js';
import { LateParameter } from '../parameters/late-parameter.js';
import { refuse } from '../problems.js';

const KEPT_IMAGES = 10;
const UNTAGGED_DAYS = 1;

export interface ImageRepositoryProps {
  readonly project: string;
  readonly image: OwnImage;
  /** How many images stay (default 10). */
  readonly keptImages?: number;
}

const READ = ['ecr:BatchCheckLayerAvailability', 'ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'] as const;
const WRITE = ['ecr:InitiateLayerUpload', 'ecr:UploadLayerPart', 'ecr:CompleteLayerUpload', 'ecr:PutImage'] as const;

/**
 * The repository of one image, and the parameter that holds its reference by digest once it is published. A tag
 * names one image for ever, each is scanned when pushed, and a destroy takes the images along: they can be built again.
 */
export class ImageRepository extends Construct {
  readonly image: OwnImage;
  readonly repositoryName: string;
  readonly repositoryUrl: string;
  readonly repositoryArn: string;
  readonly parameter: LateParameter;

  constructor(scope: Construct, id: string, props: ImageRepositoryProps) {
    super(scope, id);
    const keptImages = props.keptImages ?? KEPT_IMAGES;
    refuse(this, [...imageProblems(props.image), ...keptProblems(keptImages)]);
    const repository = new EcrRepository(this, 'Resource', {
      name: imageRepositoryName(props.project, props.image),
      imageTagMutability: 'IMMUTABLE',
      imageScanningConfiguration: { scanOnPush: true },
      encryptionConfiguration: [{ encryptionType: 'AES256' }],
      forceDelete: true,
    });
    new EcrLifecyclePolicy(this, 'Lifecycle', { repository: repository.name, policy: JSON.stringify({ rules: lifecycleRules(keptImages) }) });
    this.image = props.image;
    this.repositoryName = repository.name;
    this.repositoryUrl = repository.repositoryUrl;
    this.repositoryArn = repository.arn;
    this.parameter = new LateParameter(this, 'Reference', {
      name: imageParameterName(props.project, props.image),
      description: `Reference by digest of the published image ${props.image}`,
      label: this.label,
    });
  }

  /** Pull the image. Actions: ecr:GetAuthorizationToken, which takes no resource, and three that read this repository. */
  grantPull(grantee: IGrantee): void {
    this.grant(grantee, 'Pull', READ);
  }

  /** Pull and push the image: {@link grantPull}'s and four actions that write to this repository. */
  grantPush(grantee: IGrantee): void {
    this.grant(grantee, 'Push', [...READ, ...WRITE]);
  }

  private grant(grantee: IGrantee, what: string, actions: readonly string[]): void {
    grantee.addToPolicy({ sid: `Login${what}${this.label}`, actions: ['ecr:GetAuthorizationToken'], resources: ['*'] });
    grantee.addToPolicy({ sid: `${what}${this.label}`, actions, resources: [this.repositoryArn] });
  }

  private get label(): string {
    return this.image.split('-').map((word) => word.slice(0, 1).toUpperCase() + word.slice(1)).join('');
  }
}

function lifecycleRules(keptImages: number): unknown[] {
  return [
    {
      rulePriority: 1,
      description: 'untagged images go after a day',
      selection: { tagStatus: 'untagged', countType: 'sinceImagePushed', countUnit: 'days', countNumber: UNTAGGED_DAYS },
      action: { type: 'expire' },
    },
    {
      rulePriority: 2,
      description: `the newest ${keptImages} images stay`,
      selection: { tagStatus: 'any', countType: 'imageCountMoreThan', countNumber: keptImages },
      action: { type: 'expire' },
    },
  ];
}

function imageProblems(image: string): string[] {
  return (OWN_IMAGES as readonly string[]).includes(image) ? [] : [`image "${image}" is none of ours; take one of ${OWN_IMAGES.join(', ')}.`];
}

function keptProblems(keptImages: number): string[] {
  return Number.isInteger(keptImages) && keptImages >= 1 ? [] : [`keptImages ${keptImages} would delete what runs; take a whole number from 1.`];
}
