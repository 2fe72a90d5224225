import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { BASE_IMAGES } from '../../../images/versions.js';
import { OWN_IMAGES, type OwnImage } from '../../model/physical-names.js';
import { FlowbenchError } from '../../model/errors.js';

/** What an image is built from: relative path → content, sorted by path. */
export type ImageSource = ReadonlyMap<string, Buffer>;

/** What of the package the programs need at run time; declarations, samples and what is shipped elsewhere stay behind. */
const PROGRAM_PARTS = ['bin', 'lib/flow-worker.js', 'lib/workloads', 'lib/images'] as const;
const LEFT_OUT = /\.d\.ts$|(^|\/)sample(\/|$)|(^|\/)Dockerfile$/;
const HASH_CHARS = 12;

/** Where the Dockerfile of an image lies in the package: in the sources, and where the build puts it. */
function dockerfilePath(packageRoot: string, image: OwnImage): string | undefined {
  return [['lib', 'images'], ['images']].map((folders) => join(packageRoot, ...folders, image, 'Dockerfile')).find((path) => existsSync(path));
}

/** Images that there is something to build from. */
export function buildableImages(packageRoot: string): OwnImage[] {
  return OWN_IMAGES.filter((image) => dockerfilePath(packageRoot, image) !== undefined);
}

/** Everything that the image is built from, read once: what is hashed is what is built. */
export function imageSource(packageRoot: string, image: OwnImage): ImageSource {
  const dockerfile = dockerfilePath(packageRoot, image);
  if (dockerfile === undefined) {
    throw new FlowbenchError('configuration', `${image} has no Dockerfile yet: nothing is built for it.`, {
      remedy: `Publish ${buildableImages(packageRoot).join(' or ')}, or all that can be built by leaving --image out.`,
    });
  }
  const { node } = BASE_IMAGES;
  const files = PROGRAM_PARTS.flatMap((part) => filesBelow(packageRoot, part)).filter((path) => !LEFT_OUT.test(path));
  const missing = PROGRAM_PARTS.filter((part) => !files.some((path) => path === part || path.startsWith(`${part}/`)));
  if (missing.length > 0) {
    throw new FlowbenchError('configuration', `${packageRoot} has no ${missing.join(', ')}: the package is not built.`, { remedy: 'Run: npm run build.' });
  }
  const entries: [string, Buffer][] = [
    ['Dockerfile', Buffer.from(`ARG NODE_IMAGE=${node.repository}:${node.tag}\n${readFileSync(dockerfile, 'utf8')}`)],
    ['package.json', Buffer.from(productionPackage(packageRoot))],
    ...files.map((path): [string, Buffer] => [path, readFileSync(join(packageRoot, path))]),
  ];
  return new Map(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Relative paths with forward slashes. */
function filesBelow(root: string, path: string): string[] {
  if (!existsSync(join(root, path))) return [];
  if (!statSync(join(root, path)).isDirectory()) return [path];
  return readdirSync(join(root, path)).flatMap((name) => filesBelow(root, `${path}/${name}`));
}

/** Without scripts, peers and what only development needs. */
function productionPackage(packageRoot: string): string {
  const { name, version, license, engines, bin, dependencies } = JSON.parse(readFileSync(join(packageRoot, 'package.json'), 'utf8')) as Record<string, unknown>;
  return `${JSON.stringify({ name, version, license, private: true, engines, bin, dependencies }, null, 2)}\n`;
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
