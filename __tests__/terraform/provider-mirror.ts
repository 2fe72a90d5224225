import { execFile } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { TERRAFORM } from '../../images/versions.js';
import { cacheFolder } from '../../workloads/cli/cache-folder.js';
import { withFileLock } from '../../workloads/dataset/file-lock.js';

/** Terraform's name of its own registry, and of the folder that a mirror of it has on top. */
const REGISTRY = 'registry.terraform.io';
/** Names a folder that holds a mirror, or is the mirror's top folder itself. */
const MIRROR_VARIABLE = 'FLOWBENCH_TERRAFORM_MIRROR';
const GO_BUILD_MS = 10 * 60 * 1000;
const SEARCH_DEPTH = 4;
const NOT_SEARCHED = new Set(['proc', 'sys', 'dev', 'run', 'tmp', 'node_modules', '.git']);

interface Provider {
  readonly name: string;
  readonly version: string;
}
const AWS: Provider = { name: 'hashicorp/aws', version: TERRAFORM.awsVerified };
const TIME: Provider = { name: 'hashicorp/time', version: TERRAFORM.time };

/**
 * A Terraform CLI configuration with which the aws and time providers are found without a download where this
 * machine has them: aws in a mirror, time built from its source once. What is not there Terraform downloads.
 *
 * @param file where the configuration is written
 */
export async function writeCliConfiguration(file: string): Promise<void> {
  const awsMirror = findMirror(AWS);
  const timeMirror = findMirror(TIME) ?? (await buildTimeProvider().catch(() => null));
  const mirrors = [{ provider: AWS, folder: awsMirror }, { provider: TIME, folder: timeMirror }];
  const local = mirrors.flatMap(({ provider, folder }) => (folder === null ? [] : [{ provider, folder }]));
  const addresses = (providers: readonly Provider[]): string => JSON.stringify(providers.map(({ name }) => `${REGISTRY}/${name}`));
  const blocks = local.map(({ provider, folder }) => `  filesystem_mirror {\n    path    = ${JSON.stringify(folder)}\n    include = ${addresses([provider])}\n  }\n`);
  const direct = `  direct {\n    exclude = ${addresses(local.map(({ provider }) => provider))}\n  }\n`;
  await writeFile(file, `disable_checkpoint = true\nprovider_installation {\n${blocks.join('')}${direct}}\n`);
}

/** The folder above a mirror's top folder that has the provider for this platform; null: there is none. */
export function findMirror(provider: Provider): string | null {
  const given = process.env[MIRROR_VARIABLE];
  const candidates = given === undefined || given === '' ? mirrorFolders() : [given, join(given, '..')];
  return candidates.find((folder) => holds(folder, provider)) ?? null;
}

function holds(folder: string, { name, version }: Provider): boolean {
  const versions = join(folder, REGISTRY, name);
  const packed = `terraform-provider-${name.split('/')[1]}_${version}_${platform()}.zip`;
  return existsSync(join(versions, version, platform())) || existsSync(join(versions, packed));
}

/** Folders that Terraform itself looks into come first, then what a look at the upper folders of the disk finds. */
function mirrorFolders(): string[] {
  const usual = [join(homedir(), '.terraform.d', 'plugins'), '/usr/local/share/terraform/plugins', '/usr/share/terraform/plugins', timeMirrorFolder()];
  return [...usual, ...foldersWithMirror('/', SEARCH_DEPTH)];
}

function foldersWithMirror(folder: string, depth: number): string[] {
  const names = subfolders(folder);
  if (names.includes(REGISTRY)) return [folder];
  return depth <= 1 ? [] : names.filter((name) => !NOT_SEARCHED.has(name)).flatMap((name) => foldersWithMirror(join(folder, name), depth - 1));
}

function subfolders(folder: string): string[] {
  try {
    return readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory()).map(({ name }) => name);
  } catch {
    return [];
  }
}

function platform(): string {
  const architecture = process.arch === 'x64' ? 'amd64' : process.arch;
  return `${process.platform}_${architecture}`;
}

function timeMirrorFolder(): string {
  return join(cacheFolder(), 'terraform-mirror');
}

/** The time provider is small and in Go's module proxy: where Go is, it is built once into a mirror of our own. */
async function buildTimeProvider(): Promise<string> {
  const mirror = timeMirrorFolder();
  const folder = join(mirror, REGISTRY, TIME.name, TIME.version, platform());
  await mkdir(mirror, { recursive: true });
  await withFileLock(join(mirror, 'time.lock'), { what: 'The mirror of the time provider', waitMs: GO_BUILD_MS }, async () => {
    if (existsSync(folder)) return;
    const unfinished = join(mirror, 'unfinished');
    await rm(unfinished, { recursive: true, force: true });
    const env = { ...process.env, GOBIN: unfinished, GOFLAGS: '-buildvcs=false' };
    await promisify(execFile)('go', ['install', `github.com/${TIME.name.replace('/', '/terraform-provider-')}@v${TIME.version}`], { env, timeout: GO_BUILD_MS });
    await rename(join(unfinished, 'terraform-provider-time'), join(unfinished, `terraform-provider-time_v${TIME.version}`));
    await mkdir(join(folder, '..'), { recursive: true });
    await rename(unfinished, folder);
  });
  return mirror;
}
