import { type Construct } from 'constructs';
import { ImageBuilder, ImageRepository } from '../constructs/index.js';
import { type BenchConfig } from '../workloads/model/bench-config/schema.js';
import { OWN_IMAGES, sourceBucketName } from '../workloads/model/physical-names.js';
import { BenchStack } from './bench-stack.js';

/** Where our images are kept, and where they can be built without a Docker of one's own. Retained. */
export class ImagesStack extends BenchStack {
  constructor(scope: Construct, config: BenchConfig) {
    super(scope, 'images-stack', config);
    const { project, region } = this.place;
    const repositories = OWN_IMAGES.map((image) => new ImageRepository(this, image, { project, image }));
    const builder = new ImageBuilder(this, 'Builder', { project, region, repositories, sourceBucketName: sourceBucketName(this.place) });
    this.say('image_builder', builder.projectName, 'CodeBuild project of "flowbench images publish --builder codebuild".');
    this.say('repositories', Object.fromEntries(repositories.map(({ image, repositoryUrl }) => [image, repositoryUrl])), 'Repository of each image.');
  }
}
