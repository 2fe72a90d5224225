import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { BASE_IMAGES, HTTPFS, THIRD_PARTY_IMAGES } from '../../../images/versions.js';
import { contextPaths, parseDockerfile } from '../../model/dockerfile.js';
import { FlowbenchError } from '../../model/errors.js';
import { EMATIX_IN_IMAGE, MADE_FOR_BUILD, SHIPPED_LOCK, withEmatix, WORKER_PACKAGES } from '../../model/image-build.js';
import { lockOf, type PackageLock, versionsOf } from '../../model/image-lock.js';
import { OWN_IMAGES, type OwnImage } from '../../model/physical-names.js';

/** What an image is built from: relative path → content, sorted by path. */
export type ImageSource = ReadonlyMap<string, Buffer>;

/** Declarations, which no program needs to run. */
const LEFT_OUT = /\.d\.ts$/;
const HASH_CHARS = 12;

export interface ImageVariant {
  /** Revision of the code; null where nobody knows (default null). */
  readonly revision?: string | null;
  /**
   * The worker gets the real ematix-flow too, whose build embeds these texts by file name; null: it is built without
   * (default null). No other image knows of it.
   */
  readonly ematixQueries?: ReadonlyMap<string, string> | null;
}

/** Where a Dockerfile lies in the package: in the sources, and where the build puts it. */
function dockerfilePath(packageRoot: string, image: OwnImage, name = 'Dockerfile'): string | undefined {
  return [['lib', 'images'], ['images']].map((folders) => join(packageRoot, ...folders, image, name)).find((path) => existsSync(path));
}

/** Images that there is something to build from. */
export function buildableImages(packageRoot: string): OwnImage[] {
  return OWN_IMAGES.filter((image) => dockerfilePath(packageRoot, image) !== undefined);
}

/**
 * Everything that the image is built from, read once: what is hashed is what is built. Its Dockerfile decides: the
 * context holds what it copies and nothing else.
 */
export function imageSource(packageRoot: string, image: OwnImage, variant: ImageVariant = {}): ImageSource {
  const queries = image === 'flow-worker' ? variant.ematixQueries ?? null : null;
  const dockerfile = dockerfilePath(packageRoot, image);
  if (dockerfile === undefined) {
    throw new FlowbenchError('configuration', `${image} has no Dockerfile yet: nothing is built for it.`, {
      remedy: `Publish ${buildableImages(packageRoot).join(' or ')}, or all that can be built by leaving --image out.`,
    });
  }
  const facts = JSON.parse(readFileSync(join(packageRoot, 'package.json'), 'utf8')) as PackageFacts;
  const own = readFileSync(dockerfile, 'utf8');
  const text = wholeDockerfile(queries === null ? own : withEmatix(ematixStages(packageRoot), own), facts, variant.revision ?? null);
  const paths = contextPaths(parseDockerfile(text));
  const isWithin = (file: string, path: string): boolean => file === path || file.startsWith(`${path}/`);
  const texts = [...(queries ?? [])].map(([name, query]): [string, string] => [`${EMATIX_IN_IMAGE.queries}/${name}`, query]);
  const made = [...madeForBuild(packageRoot, image, facts), ...texts].filter(([file]) => paths.some((path) => isWithin(file, path)));
  const copied = paths.filter((path) => !made.some(([file]) => isWithin(file, path))).map((path) => ({ path, files: filesBelow(packageRoot, path).filter((file) => !LEFT_OUT.test(file)) }));
  const missing = copied.filter(({ files }) => files.length === 0).map(({ path }) => path);
  if (missing.length > 0) throw notBuilt(packageRoot, missing);
  const entries: [string, Buffer][] = [
    ['Dockerfile', Buffer.from(text)],
    ...made.map(([path, content]): [string, Buffer] => [path, Buffer.from(content)]),
    ...copied.flatMap(({ files }) => files).map((path): [string, Buffer] => [path, readFileSync(join(packageRoot, path))]),
  ];
  return new Map(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** The stages that build ematix-flow. */
function ematixStages(packageRoot: string): string {
  const path = dockerfilePath(packageRoot, 'flow-worker', EMATIX_IN_IMAGE.dockerfile);
  if (path === undefined) throw notBuilt(packageRoot, [EMATIX_IN_IMAGE.dockerfile]);
  return readFileSync(path, 'utf8');
}

interface PackageFacts {
  readonly version: string;
  readonly bin: Readonly<Record<string, string>>;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly [more: string]: unknown;
}

/** The values of its ARGs before the text, and after it the labels that are known only now. */
function wholeDockerfile(text: string, { version }: PackageFacts, revision: string | null): string {
  const names = Array.from(text.matchAll(/^FROM \$\{(\w+)_IMAGE\}/gm), ([, name = '']) => name);
  // The last is what the image itself stands on.
  const base = baseImage(names.at(-1) ?? '');
  const labels = { version, revision, 'base.name': `${base.repository}:${base.tag}`, 'base.digest': isConfirmed(base) ? base.digest : null };
  const known = Object.entries(labels).flatMap(([name, value]) => (value === null ? [] : [`org.opencontainers.image.${name}="${value}"`]));
  const args = [...new Set(names)].sort().map((name) => `ARG ${name}_IMAGE=${reference(baseImage(name))}`);
  return `${args.join('\n')}\n${text}LABEL ${known.join(' ')}\n`;
}

interface BaseImage {
  readonly repository: string;
  readonly tag: string;
  readonly digest: string;
}

const BASES: Readonly<Record<string, BaseImage>> = { ...BASE_IMAGES, ray: THIRD_PARTY_IMAGES.ray };

/** By the name of its ARG: `NODE` of NODE_IMAGE. */
function baseImage(name: string): BaseImage {
  const image = BASES[name.toLowerCase()];
  if (image === undefined) throw new FlowbenchError('internal', `The table of versions has no image for ${name}_IMAGE, which a Dockerfile stands on.`);
  return image;
}

const isConfirmed = ({ digest }: BaseImage): boolean => digest.startsWith('sha256:');
const reference = (image: BaseImage): string => `${image.repository}:${image.tag}${isConfirmed(image) ? `@${image.digest}` : ''}`;

function madeForBuild(packageRoot: string, image: OwnImage, facts: PackageFacts): [string, string][] {
  const lockPath = join(packageRoot, SHIPPED_LOCK);
  if (!existsSync(lockPath)) throw notBuilt(packageRoot, [SHIPPED_LOCK]);
  const shipped = JSON.parse(readFileSync(lockPath, 'utf8')) as PackageLock;
  const names = image === 'flow-worker' ? WORKER_PACKAGES : Object.keys(facts.dependencies);
  const { name, version, license, engines, bin } = facts;
  const root = { name, version, license, engines, bin: image === 'flow-worker' ? { 'flow-worker': bin['flow-worker'] } : bin };
  return [
    [MADE_FOR_BUILD.packageJson, json({ ...root, private: true, dependencies: versionsOf(shipped, names) })],
    [MADE_FOR_BUILD.lock, json(lockOf(shipped, names, root))],
    [MADE_FOR_BUILD.httpfs, `${HTTPFS.package}==${HTTPFS.version} ${Object.values(HTTPFS.wheels).map((hash) => `--hash=${hash}`).join(' ')}\n`],
  ];
}

const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;

function notBuilt(packageRoot: string, missing: readonly string[]): FlowbenchError {
  return new FlowbenchError('configuration', `${packageRoot} has no ${missing.join(', ')}: the package is not built.`, { remedy: 'Run: npm run build.' });
}

/** Relative paths with forward slashes. */
function filesBelow(root: string, path: string): string[] {
  if (!existsSync(join(root, path))) return [];
  if (!statSync(join(root, path)).isDirectory()) return [path];
  return readdirSync(join(root, path)).flatMap((name) => filesBelow(root, `${path}/${name}`));
}

/** Writes the source into an empty folder. */
export function writeSource(source: ImageSource, folder: string): void {
  for (const [path, content] of source) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
}

/**
 * `1a2b3c4d5e6f-0f1e2d3c4b5a`: revision and content. Tags are immutable, so the same content is never pushed twice,
 * and what differs never has the same tag, even when it was not committed.
 */
export function imageTag(source: ImageSource, platforms: readonly string[], revision: string | null): string {
  const hash = createHash('sha256').update(platforms.join(','));
  for (const [path, content] of source) hash.update(`\n${path}\n${content.length}\n`).update(content);
  return `${revision === null ? 'unknown' : revision.slice(0, HASH_CHARS)}-${hash.digest('hex').slice(0, HASH_CHARS)}`;
}
