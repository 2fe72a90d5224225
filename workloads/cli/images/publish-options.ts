import { revisionOf } from '../../campaign/provenance.js';
import { embeddedQueries } from '../../engines/install/ematix.js';
import { type BenchConfig } from '../../model/bench-config/schema.js';
import { configurationError } from '../../model/errors.js';
import { nodeShape } from '../../model/node-shapes.js';
import { OWN_IMAGES, type OwnImage } from '../../model/physical-names.js';
import { readBenchConfig } from '../bench-config-file.js';
import { accessIn, loadCloud } from '../cloud.js';
import { packageRoot } from '../version.js';

export interface PublishOptions {
  readonly builder: string;
  readonly image?: readonly string[];
  readonly withEmatix?: boolean;
}

const BUILDERS = ['docker', 'codebuild'] as const;
const PLATFORMS = { x86_64: 'linux/amd64', arm64: 'linux/arm64' } as const;

const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

/** `flowbench images publish`, for the configuration of this folder. */
export async function publishFromHere(options: PublishOptions): Promise<void> {
  const { builder, images, ematixQueries } = checked(options);
  const config = readBenchConfig(process.cwd());
  const { git_sha: revision } = await revisionOf(packageRoot());
  const { publishImages } = await loadCloud();
  await publishImages({ access: accessIn(config.region), project: config.project, packageRoot: packageRoot(), builder, images, platforms: platformsOf(config), revision, ematixQueries, say });
}

/** `flowbench images list`. */
export async function listFromHere(): Promise<void> {
  const config = readBenchConfig(process.cwd());
  const { describePublishedImages } = await loadCloud();
  say(await describePublishedImages(accessIn(config.region), config.project));
}

interface Checked {
  readonly builder: (typeof BUILDERS)[number];
  readonly images: readonly OwnImage[] | undefined;
  readonly ematixQueries: ReadonlyMap<string, string> | null;
}

function checked(options: PublishOptions): Checked {
  const builder = BUILDERS.find((name) => name === options.builder);
  const unknown = (options.image ?? []).filter((name) => !(OWN_IMAGES as readonly string[]).includes(name));
  const problems = [
    ...(builder === undefined ? [`--builder ${options.builder} is neither ${BUILDERS.join(' nor ')}.`] : []),
    ...unknown.map((name) => `--image ${name} is none of ${OWN_IMAGES.join(', ')}.`),
    ...(options.withEmatix === true && options.image?.includes('flow-worker') === false ? ['--with-ematix is for the image flow-worker, which --image leaves out.'] : []),
  ];
  if (builder === undefined || problems.length > 0) throw configurationError(problems);
  const images = options.image === undefined ? undefined : OWN_IMAGES.filter((name) => options.image?.includes(name));
  return { builder, images, ematixQueries: options.withEmatix === true ? embeddedQueries() : null };
}

/** What the nodes of the configuration run. */
function platformsOf({ cluster }: BenchConfig): string[] {
  const architectures = [cluster.nodeType, cluster.systemNodeType].map((type) => nodeShape(type)?.architecture ?? 'x86_64');
  return [...new Set(architectures.map((architecture) => PLATFORMS[architecture]))].sort();
}
