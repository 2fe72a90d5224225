import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { BASE_IMAGES } from '../../images/versions.js';
import { publishFromHere } from '../../workloads/cli/images/publish-options.js';
import { DockerBuilding } from '../../workloads/cloud/images/docker-building.js';
import { imageSource, imageTag } from '../../workloads/cloud/images/image-source.js';
import { type BuildJob, type ImageBuilding, type ImageRegistry, listPublished, publish, publishedTable } from '../../workloads/cloud/images/publish.js';
import { zipArchive } from '../../workloads/cloud/images/zip-archive.js';
import { type PackageLock } from '../../workloads/model/image-lock.js';
import { type OwnImage } from '../../workloads/model/physical-names.js';

const folders: string[] = [];
function tempFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'flowbench-test-'));
  folders.push(folder);
  return folder;
}
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

const FILES = {
  'package.json': JSON.stringify({ name: 'flowbench', version: '1.0.0', bin: { 'flow-worker': 'bin/flow-worker.js' }, dependencies: { zod: '4.0.0' }, devDependencies: { cdktf: '0.21.0' }, scripts: { prepare: 'x' } }),
  'lib/images/package-lock.json': JSON.stringify({ lockfileVersion: 3, packages: Object.fromEntries(['zod', '@duckdb/node-bindings', 'apache-arrow'].map((name) => [`node_modules/${name}`, { version: '4.0.0' }])) }),
  'bin/flowbench.js': 'start',
  'lib/flow-worker.js': 'worker',
  'lib/workloads/cli/flowbench.js': 'cli',
  'lib/workloads/cli/flowbench.d.ts': 'types',
  'lib/workloads/tpch/sample/sf0.01/a.parquet': 'data',
  'lib/images/versions.js': 'versions',
  'lib/constructs/index.js': 'constructs',
  'lib/images/flow-worker/Dockerfile': 'FROM ${NODE_IMAGE}\nCOPY package.json package-lock.json lib/flow-worker.js ./\n',
  'lib/images/flow-worker/ematix.Dockerfile': 'FROM ${RUST_IMAGE} AS ematix\nCOPY ematix-queries ./queries\nCOPY lib/images/versions.js ./\n',
  'lib/images/coordinator/Dockerfile': 'FROM ${PYTHON_IMAGE}\nCOPY httpfs-requirements.txt ./\nFROM ${NODE_IMAGE}\nCOPY package.json package-lock.json ./\nCOPY bin ./bin\nCOPY lib/images/versions.js ./lib/images/versions.js\nCOPY lib/flow-worker.js ./lib/\nCOPY lib/workloads ./lib/workloads\nUSER 1000\n',
};

const TEXTS: ReadonlyMap<string, string> = new Map([['q01.sql', 'select 1'], ['q02.sql', 'select 2']]);

function installed(changes: Readonly<Record<string, string>> = {}): string {
  const root = tempFolder();
  for (const [path, content] of Object.entries({ ...FILES, ...changes })) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  }
  return root;
}

/** Repositories where a tag names one image for ever. */
class FakeRegistry implements ImageRegistry, ImageBuilding {
  readonly pushed = new Map<string, string>();
  readonly parameters = new Map<string, string>();
  readonly jobs: BuildJob[] = [];

  constructor(private readonly images: readonly OwnImage[] = ['flow-worker', 'coordinator']) {
    for (const image of images) this.parameters.set(`/bench/images/${image}`, 'none');
  }
  repositoryUrl(image: OwnImage): Promise<string | undefined> {
    return Promise.resolve(this.images.includes(image) ? `registry.example/bench-${image}` : undefined);
  }
  digestOf(image: OwnImage, tag: string): Promise<string | undefined> {
    return Promise.resolve(this.pushed.get(`${image}:${tag}`));
  }
  parameter(name: string): Promise<string | undefined> {
    return Promise.resolve(this.parameters.get(name));
  }
  setParameter(name: string, value: string): Promise<void> {
    this.parameters.set(name, value);
    return Promise.resolve();
  }
  build(job: BuildJob): Promise<void> {
    this.jobs.push(job);
    this.pushed.set(`${job.image}:${job.tag}`, `sha256:${this.jobs.length}`);
    return Promise.resolve();
  }
}

interface Wanted {
  readonly images?: readonly OwnImage[];
  readonly builder?: ImageBuilding;
  readonly ematixQueries?: ReadonlyMap<string, string>;
}

function run(registry: FakeRegistry, packageRoot: string, { images, builder = registry, ematixQueries }: Wanted = {}): { readonly done: Promise<void>; readonly said: string[] } {
  const said: string[] = [];
  const request = { project: 'bench', packageRoot, images, platforms: ['linux/amd64'], revision: 'abcdef0123456789', ematixQueries: ematixQueries ?? null, say: (line: string) => said.push(line) };
  return { done: publish(request, registry, builder), said };
}

describe('publishing', () => {
  it('builds every image that can be built, tells the stacks the digests, and names what it left out', async () => {
    const registry = new FakeRegistry();
    const { done, said } = run(registry, installed());
    await done;
    expect(registry.jobs.map(({ image }) => image)).toEqual(['flow-worker', 'coordinator']);
    expect(Object.fromEntries(registry.parameters)).toEqual({
      '/bench/images/flow-worker': 'registry.example/bench-flow-worker@sha256:1',
      '/bench/images/coordinator': 'registry.example/bench-coordinator@sha256:2',
    });
    expect(said.at(-1)).toBe('Left out, as they have no Dockerfile yet: spark, daft.');
  });

  it('does not push again what is there, and still tells its digest', async () => {
    const registry = new FakeRegistry();
    const root = installed();
    await run(registry, root, { images: ['coordinator'] }).done;
    registry.parameters.set('/bench/images/coordinator', 'none');
    const { done, said } = run(registry, root, { images: ['coordinator'] });
    await done;
    expect(registry.jobs).toHaveLength(1);
    expect(said[0]).toMatch(/^coordinator:abcdef012345-[0-9a-f]{12} is in the repository already\.$/);
    expect(registry.parameters.get('/bench/images/coordinator')).toBe('registry.example/bench-coordinator@sha256:1');
  });

  it('says plainly that an image has no Dockerfile yet', async () => {
    await expect(run(new FakeRegistry(), installed(), { images: ['spark'] }).done).rejects.toThrow(/^spark has no Dockerfile yet/);
  });

  it('names everything that was not deployed, before it builds anything', async () => {
    const registry = new FakeRegistry([]);
    await expect(run(registry, installed()).done).rejects.toThrow(/a repository for flow-worker, the parameter \/bench\/images\/flow-worker, a repository for coordinator, the parameter \/bench\/images\/coordinator/);
    expect(registry.jobs).toEqual([]);
  });

  it('tells no digest of what did not arrive', async () => {
    const registry = new FakeRegistry();
    await expect(run(registry, installed(), { images: ['coordinator'], builder: { build: () => Promise.resolve() } }).done).rejects.toThrow(/was built, and the repository does not hold it/);
    expect(registry.parameters.get('/bench/images/coordinator')).toBe('none');
  });

  it('asks for a build of the package first', async () => {
    const root = installed();
    rmSync(join(root, 'lib', 'flow-worker.js'));
    await expect(run(new FakeRegistry(), root).done).rejects.toThrow(/has no lib\/flow-worker\.js: the package is not built/);
  });

  it('builds the worker with ematix-flow only when asked, under another tag and with the time that it takes', async () => {
    const registry = new FakeRegistry();
    const root = installed();
    await run(registry, root).done;
    await run(registry, root, { ematixQueries: TEXTS }).done;
    expect(registry.jobs.map(({ image, mostMinutes, source }) => [image, mostMinutes, source.has('ematix-queries/q01.sql')])).toEqual([['flow-worker', null, false], ['coordinator', null, false], ['flow-worker', 180, true]]);
    expect(new Set(registry.jobs.map(({ tag }) => tag)).size).toBe(3);
  });

  it('is refused with ematix-flow for images that do not hold it', async () => {
    await expect(publishFromHere({ builder: 'docker', image: ['coordinator'], withEmatix: true })).rejects.toThrow('--with-ematix is for the image flow-worker, which --image leaves out.');
  });

  it('is listed with what is not published and what has no place', async () => {
    const registry = new FakeRegistry();
    registry.parameters.set('/bench/images/coordinator', 'r@sha256:1');
    expect(publishedTable(await listPublished('bench', registry)).split('\n')).toEqual([
      'flow-worker  not published', 'coordinator  r@sha256:1', 'spark        no place for it: deploy images-stack', 'daft         no place for it: deploy images-stack',
    ]);
  });
});

describe('what an image is built from', () => {
  const source = imageSource(installed(), 'coordinator');

  const text = (path: string, of = source): string => of.get(path)?.toString() ?? '';

  it('is what its Dockerfile copies, and nothing else', () => {
    expect([...source.keys()]).toEqual(['Dockerfile', 'bin/flowbench.js', 'httpfs-requirements.txt', 'lib/flow-worker.js', 'lib/images/versions.js', 'lib/workloads/cli/flowbench.js', 'lib/workloads/tpch/sample/sf0.01/a.parquet', 'package-lock.json', 'package.json']);
    expect([...imageSource(installed(), 'flow-worker').keys()]).toEqual(['Dockerfile', 'lib/flow-worker.js', 'package-lock.json', 'package.json']);
  });

  it('installs what is shipped, and for the worker only the packages that its one file loads', () => {
    expect(JSON.parse(text('package.json'))).toEqual({ name: 'flowbench', version: '1.0.0', private: true, bin: { 'flow-worker': 'bin/flow-worker.js' }, dependencies: { zod: '4.0.0' } });
    const worker = imageSource(installed(), 'flow-worker');
    expect(JSON.parse(text('package.json', worker))).toMatchObject({ dependencies: { '@duckdb/node-bindings': '4.0.0', 'apache-arrow': '4.0.0' } });
    expect(Object.keys((JSON.parse(text('package-lock.json', worker)) as PackageLock).packages)).toEqual(['', 'node_modules/@duckdb/node-bindings', 'node_modules/apache-arrow']);
  });

  it('has of ematix-flow, for the worker and where it is asked for, the stages before its own, the texts, and the program', () => {
    const worker = imageSource(installed(), 'flow-worker', { ematixQueries: TEXTS });
    expect([...worker.keys()]).toEqual(['Dockerfile', 'ematix-queries/q01.sql', 'ematix-queries/q02.sql', 'lib/flow-worker.js', 'lib/images/versions.js', 'package-lock.json', 'package.json']);
    expect(text('ematix-queries/q02.sql', worker)).toBe('select 2');
    const lines = text('Dockerfile', worker).trimEnd().split('\n');
    expect(lines.filter((line) => /^(ARG|FROM)/.test(line))).toEqual([
      `ARG NODE_IMAGE=node:${BASE_IMAGES.node.tag}@${BASE_IMAGES.node.digest}`, `ARG RUST_IMAGE=rust:${BASE_IMAGES.rust.tag}@${BASE_IMAGES.rust.digest}`,
      'FROM ${RUST_IMAGE} AS ematix', 'FROM ${NODE_IMAGE}',
    ]);
    expect(lines.at(-2)).toBe('COPY --from=ematix /build/target/release/flow /opt/flowbench/ematix/flow');
    expect(lines.at(-1)).toContain(`base.name="node:${BASE_IMAGES.node.tag}"`);
    expect(imageSource(installed(), 'coordinator', { ematixQueries: TEXTS })).toEqual(source);
  });

  it('asks for a build of the package where the stages of ematix-flow are not there', () => {
    const root = installed();
    rmSync(join(root, 'lib/images/flow-worker/ematix.Dockerfile'));
    expect(() => imageSource(root, 'flow-worker', { ematixQueries: TEXTS })).toThrow(/has no ematix\.Dockerfile: the package is not built/);
  });

  it('fetches the extension by version and content, for each platform', () => {
    expect(text('httpfs-requirements.txt')).toMatch(/^duckdb-extension-httpfs==1\.5\.5 --hash=sha256:[0-9a-f]{64} --hash=sha256:[0-9a-f]{64}\n$/);
  });

  it('stands on the base images of the table of versions, and says what it is', () => {
    const [node, python, ...rest] = text('Dockerfile').trimEnd().split('\n');
    expect(node).toBe(`ARG NODE_IMAGE=node:${BASE_IMAGES.node.tag}@${BASE_IMAGES.node.digest}`);
    expect(python).toBe(`ARG PYTHON_IMAGE=python:${BASE_IMAGES.python.tag}@${BASE_IMAGES.python.digest}`);
    expect(rest.at(-1)).toBe(`LABEL org.opencontainers.image.version="1.0.0" org.opencontainers.image.base.name="node:${BASE_IMAGES.node.tag}" org.opencontainers.image.base.digest="${BASE_IMAGES.node.digest}"`);
    expect(text('Dockerfile', imageSource(installed(), 'coordinator', { revision: 'abc' }))).toContain(' org.opencontainers.image.revision="abc" ');
  });

  it('gives a tag that changes with content, platform and revision, and with nothing else', () => {
    const tag = (root: string, platforms: readonly string[] = ['linux/amd64'], revision: string | null = 'abc') => imageTag(imageSource(root, 'coordinator'), platforms, revision);
    const plain = tag(installed());
    expect(tag(installed({ 'lib/constructs/index.js': 'changed' }))).toBe(plain);
    expect(new Set([plain, tag(installed({ 'lib/flow-worker.js': 'changed' })), tag(installed(), ['linux/arm64']), tag(installed(), ['linux/amd64'], null)]).size).toBe(4);
    expect(tag(installed(), ['linux/amd64'], null)).toMatch(/^unknown-[0-9a-f]{12}$/);
  });

  it('makes an archive that unzip takes, the same on any day', () => {
    const folder = tempFolder();
    const archive = zipArchive(source);
    writeFileSync(join(folder, 'source.zip'), archive);
    execFileSync('unzip', ['-q', 'source.zip', '-d', 'out'], { cwd: folder });
    for (const [path, content] of source) expect(readFileSync(join(folder, 'out', path))).toEqual(content);
    expect(zipArchive(source)).toEqual(archive);
  });
});

describe.each(['flow-worker', 'coordinator'] as const)('the Dockerfile of %s', (image) => {
  const text = readFileSync(join(__dirname, '..', '..', 'images', image, 'Dockerfile'), 'utf8');

  it('runs as the user that the pods ask for, with the commands they call', () => {
    expect(text).toMatch(/^USER 1000:1000$/m);
    expect(text).toContain('/usr/local/bin/flow-worker');
    expect(text.match(/^FROM .*/gm)).toEqual(['FROM ${NODE_IMAGE} AS dependencies', 'FROM ${PYTHON_IMAGE} AS httpfs', 'FROM ${NODE_IMAGE} AS compiled', 'FROM ${NODE_IMAGE}']);
  });

  it('keeps optional packages, which the binaries of the database are', () => {
    expect(text).toMatch(/npm ci --omit=dev --omit=peer --ignore-scripts /);
  });
});

describe('building with Docker', () => {
  const job: BuildJob = { image: 'coordinator', repositoryUrl: 'registry.example/bench-coordinator', tag: 'a-b', platforms: ['linux/amd64'], mostMinutes: null, source: new Map([['Dockerfile', Buffer.from('FROM x')]]) };
  const login = () => Promise.resolve({ userName: 'AWS', password: 'secret' });

  /** A docker that writes down what it was asked, and fails where told. */
  function docker(failing: string): { readonly command: string; readonly asked: () => string[] } {
    const folder = tempFolder();
    const command = join(folder, 'docker');
    writeFileSync(command, `#!/bin/sh\necho "$@" >>"${folder}/asked"\n[ "$1" = login ] && cat >"${folder}/password"\nfor last; do :; done\n[ -f "$last/Dockerfile" ] && echo "found $(cat "$last/Dockerfile")"\ncase "$*" in ${failing}) echo "it broke" >&2; exit 1;; esac\nexit 0\n`);
    chmodSync(command, 0o755);
    return { command, asked: () => (existsSync(join(folder, 'asked')) ? readFileSync(join(folder, 'asked'), 'utf8').trim().split('\n') : []) };
  }

  it('logs in without the password on the command line, and pushes one manifest', async () => {
    const { command, asked } = docker('never');
    const said: string[] = [];
    await new DockerBuilding(login, (line) => said.push(line), command).build(job);
    expect(asked().slice(0, 3)).toEqual(['version --format {{.Server.Version}}', 'buildx version', 'login --username AWS --password-stdin registry.example']);
    expect(asked()[3]).toMatch(/^buildx build --push --pull --provenance=false --sbom=false --platform linux\/amd64 --tag registry\.example\/bench-coordinator:a-b \S+$/);
    expect(readFileSync(join(dirname(command), 'password'), 'utf8')).toBe('secret');
    expect(said).toEqual(['found FROM x']);
  });

  it.each([
    ['version\\ *', /Docker could not reach its engine \(exit code 1\): it broke/],
    ['"buildx version"', /Docker could not find buildx/],
    ['login*', /Docker could not log in to registry\.example/],
    ['"buildx build"*', /Docker could not build coordinator/],
  ])('says what Docker could not do (%s)', async (failing, message) => {
    await expect(new DockerBuilding(login, () => undefined, docker(failing).command).build(job)).rejects.toThrow(message);
  });

  it('says that Docker is not there', async () => {
    await expect(new DockerBuilding(login, () => undefined, join(tempFolder(), 'docker')).build(job)).rejects.toThrow(/Docker cannot be started/);
  });
});
