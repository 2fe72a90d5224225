import { type CloudAccess } from '../access.js';
import { explained } from '../aws-failure.js';
import { CodeBuildBuilding } from './codebuild-building.js';
import { DockerBuilding } from './docker-building.js';
import { EcrRegistry } from './ecr-registry.js';
import { listPublished, publish, publishedTable, type PublishRequest } from './publish.js';

export type Builder = 'docker' | 'codebuild';

/** Builds and pushes images with the builder chosen, and tells the stacks their digests. */
export async function publishImages(request: PublishRequest & { readonly access: CloudAccess; readonly builder: Builder }): Promise<void> {
  const registry = new EcrRegistry(request.access, request.project);
  const building = request.builder === 'docker'
    ? new DockerBuilding(() => registry.login(), request.say)
    : new CodeBuildBuilding(request.access, request.project, request.say);
  await explained(publish(request, registry, building));
}

/** A table of the images and what the stacks run of them. */
export async function describePublishedImages(access: CloudAccess, project: string): Promise<string> {
  return publishedTable(await explained(listPublished(project, new EcrRegistry(access, project))));
}
