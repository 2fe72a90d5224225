import { imageParameterName, NOT_YET, OWN_IMAGES, type OwnImage } from '../../model/physical-names.js';
import { FlowbenchError } from '../../model/errors.js';
import { buildableImages, type ImageSource, imageSource, imageTag } from './image-source.js';

/** Its build has taken up to two hours on two cores. */
const EMATIX_MINUTES = 180;

export interface BuildJob {
  readonly image: OwnImage;
  /** Without tag. */
  readonly repositoryUrl: string;
  readonly tag: string;
  /** `linux/amd64`, `linux/arm64`. */
  readonly platforms: readonly string[];
  readonly source: ImageSource;
  /** How long it may take; null: as long as the builder lets a build take. */
  readonly mostMinutes: number | null;
}

/** Builds an image and pushes it under its tag. */
export interface ImageBuilding {
  build(job: BuildJob): Promise<void>;
}

/** What of ECR and SSM is needed; a test has its own. */
export interface ImageRegistry {
  /** URL of the repository; undefined where it does not exist. */
  repositoryUrl(image: OwnImage): Promise<string | undefined>;
  /** `sha256:…` of a tag; undefined where nothing was pushed under it. */
  digestOf(image: OwnImage, tag: string): Promise<string | undefined>;
  /** undefined where the parameter does not exist. */
  parameter(name: string): Promise<string | undefined>;
  setParameter(name: string, value: string): Promise<void>;
}

export interface PublishRequest {
  readonly project: string;
  /** Folder of the installed package. */
  readonly packageRoot: string;
  /** Undefined: every one that can be built. */
  readonly images: readonly OwnImage[] | undefined;
  readonly platforms: readonly string[];
  /** Revision of the code, null where nobody knows. */
  readonly revision: string | null;
  /** Texts that the build of ematix-flow embeds, for a worker that has it too; null: without (the default of the command). */
  readonly ematixQueries: ReadonlyMap<string, string> | null;
  readonly say: (line: string) => void;
}

/** Builds what is not there yet, and writes the reference by digest of each image where the stacks read it. */
export async function publish(request: PublishRequest, registry: ImageRegistry, builder: ImageBuilding): Promise<void> {
  const buildable = buildableImages(request.packageRoot);
  const images = request.images ?? buildable;
  const sources = images.map((image) => ({ image, source: imageSource(request.packageRoot, image, request) }));
  const places = await requireRepositories(request.project, images, registry);
  for (const { image, source } of sources) {
    const tag = imageTag(source, request.platforms, request.revision);
    const repositoryUrl = places.get(image) ?? '';
    const mostMinutes = image === 'flow-worker' && request.ematixQueries !== null ? EMATIX_MINUTES : null;
    const digest = await digestOf({ image, source, tag, repositoryUrl, platforms: request.platforms, mostMinutes }, request, registry, builder);
    const reference = `${repositoryUrl}@${digest}`;
    await registry.setParameter(imageParameterName(request.project, image), reference);
    request.say(`${image}: ${reference}`);
  }
  const leftOut = OWN_IMAGES.filter((image) => !buildable.includes(image));
  if (request.images === undefined && leftOut.length > 0) request.say(`Left out, as they have no Dockerfile yet: ${leftOut.join(', ')}.`);
}

async function digestOf(job: BuildJob, { say }: PublishRequest, registry: ImageRegistry, builder: ImageBuilding): Promise<string> {
  const present = await registry.digestOf(job.image, job.tag);
  if (present !== undefined) {
    say(`${job.image}:${job.tag} is in the repository already.`);
    return present;
  }
  say(`Building ${job.image}:${job.tag} for ${job.platforms.join(' and ')}`);
  await builder.build(job);
  const pushed = await registry.digestOf(job.image, job.tag);
  if (pushed !== undefined) return pushed;
  throw new FlowbenchError('internal', `${job.image}:${job.tag} was built, and the repository does not hold it.`);
}

/** Everything that is missing at once, before minutes go into a build. */
async function requireRepositories(project: string, images: readonly OwnImage[], registry: ImageRegistry): Promise<ReadonlyMap<OwnImage, string>> {
  const places = new Map<OwnImage, string>();
  const missing: string[] = [];
  for (const image of images) {
    const url = await registry.repositoryUrl(image);
    if (url === undefined) missing.push(`a repository for ${image}`);
    else places.set(image, url);
    const parameter = imageParameterName(project, image);
    if ((await registry.parameter(parameter)) === undefined) missing.push(`the parameter ${parameter}`);
  }
  if (missing.length === 0) return places;
  throw new FlowbenchError('configuration', `The account has no place for the images: ${missing.join(', ')}.`, { remedy: 'Deploy it first: cdktf deploy images-stack.' });
}

export interface PublishedImage {
  readonly image: OwnImage;
  /** Undefined: its place was not deployed; `none`: not published. */
  readonly reference: string | undefined;
}

export async function listPublished(project: string, registry: Pick<ImageRegistry, 'parameter'>): Promise<PublishedImage[]> {
  return Promise.all(OWN_IMAGES.map(async (image) => ({ image, reference: await registry.parameter(imageParameterName(project, image)) })));
}

/** One line per image. */
export function publishedTable(images: readonly PublishedImage[]): string {
  const width = Math.max(...images.map(({ image }) => image.length));
  const said = (reference: string | undefined): string => {
    if (reference === undefined) return 'no place for it: deploy images-stack';
    return reference === NOT_YET ? 'not published' : reference;
  };
  return images.map(({ image, reference }) => `${image.padEnd(width)}  ${said(reference)}`).join('\n');
}
