import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PROJECT_ROOT, projectTree } from './architecture/project-tree.js';
import { readFacts } from './architecture/source-file.js';

interface PackageJson {
  readonly engines: { readonly node: string };
  readonly bin: Readonly<Record<string, string>>;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
  readonly peerDependencies: Readonly<Record<string, string>>;
  readonly peerDependenciesMeta: Readonly<Record<string, { readonly optional?: boolean }>>;
}

const packageJson = JSON.parse(readFileSync(join(PROJECT_ROOT, 'package.json'), 'utf8')) as PackageJson;
const tree = projectTree();

/** `@scope/name/deep/path.js` → `@scope/name`. */
function packageOf(specifier: string): string {
  return specifier.split('/').slice(0, specifier.startsWith('@') ? 2 : 1).join('/');
}

/** What the build puts a package's code into: everything below cloud/, and the doors to the SDKs. */
const BUILT_IN = /^workloads\/(cloud\/|storage\/s3\/sdk\.ts$|kubernetes\/api\/sdk\.ts$)/;

function importedPackages(wanted: (path: string) => boolean, which: 'values' | 'all' = 'all'): Set<string> {
  const packages = new Set<string>();
  for (const [path, text] of tree) {
    if (!wanted(path) || !path.endsWith('.ts')) continue;
    for (const { specifier, typeOnly } of readFacts(path, text).imports) {
      if (typeOnly && which === 'values') continue;
      if (!specifier.startsWith('.') && !specifier.startsWith('node:')) packages.add(packageOf(specifier));
    }
  }
  return packages;
}

describe('package.json', () => {
  it('pins every dependency to one version', () => {
    const versions = Object.entries({ ...packageJson.dependencies, ...packageJson.devDependencies });
    expect(versions.filter(([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version))).toEqual([]);
  });

  it('asks for a Node that every dependency runs on', () => {
    expect(packageJson.engines.node).toBe('>=20.19.0');
  });

  it('declares what the programs import, as dependencies and not for development only', () => {
    const used = [...importedPackages((path) => /^(workloads|images)\//.test(path) && !BUILT_IN.test(path), 'values')];
    expect(used.filter((name) => packageJson.dependencies[name] === undefined)).toEqual([]);
  });

  it('declares what is built into the commands and functions of a cloud or cluster for development only: an install needs none of it', () => {
    const used = [...importedPackages((path) => BUILT_IN.test(path))].filter((name) => packageJson.dependencies[name] === undefined);
    expect(used.length).toBeGreaterThan(10);
    expect(used.filter((name) => packageJson.devDependencies[name] === undefined)).toEqual([]);
  });

  it('declares what the constructs import as peers that an install may leave out', () => {
    const used = [...importedPackages((path) => path.startsWith('constructs/'))].filter((name) => packageJson.dependencies[name] === undefined);
    expect(used.sort()).toEqual(Object.keys(packageJson.peerDependencies).sort());
    expect(used.filter((name) => packageJson.peerDependenciesMeta[name]?.optional !== true)).toEqual([]);
    const told = /`npm install flowbench ([^`]+)`/.exec(tree.get('README.md') ?? '')?.[1]?.split(' ') ?? [];
    expect(told.sort()).toEqual(used.sort());
    expect(used.filter((name) => packageJson.devDependencies[name] === undefined)).toEqual([]);
  });

  it('imports Node modules by their node: name', () => {
    expect([...importedPackages(() => true)].filter((name) => builtinModules.includes(name))).toEqual([]);
  });

  it('declares no dependency that the programs do not import', () => {
    const used = importedPackages((path) => path.startsWith('workloads/'));
    expect(Object.keys(packageJson.dependencies).filter((name) => !used.has(name))).toEqual([]);
  });

  it('declares no development dependency that nothing names', () => {
    const text = [...tree].filter(([path]) => path !== 'package-lock.json').map(([path, content]) => (path === 'package.json' ? scriptsOf(content) : content)).join('\n');
    const named = (name: string): boolean => text.includes(name) || (name.startsWith('@types/') && text.includes(name.slice('@types/'.length))) || name === '@swc/core';
    expect(Object.keys(packageJson.devDependencies).filter((name) => !named(name))).toEqual([]);
  });
});

function scriptsOf(content: string): string {
  return JSON.stringify((JSON.parse(content) as { scripts: unknown }).scripts);
}

/** The worker as one file, with V8's code cache of it: made by the build from many sources. */
const BUNDLES = [
  'lib/flow-worker.js', 'lib/flow-worker.js.cache', 'lib/workloads/cloud/index.js',
  'lib/revision.json',
  'lib/programs/datagen.zip', 'lib/images/package-lock.json', ...['janitor', 'results-loader'].flatMap((name) => [`lib/programs/${name}.zip`, `lib/programs/${name}/index.js`]),
];

/** What the build makes of a tracked file, as names in the package. */
function compiled(path: string): string[] {
  if (!/^(workloads\/(?!cloud\/)|images\/|constructs\/)/.test(path) || path.endsWith('.d.ts')) return [];
  if (path.endsWith('.ts')) return [`lib/${path.replace(/\.ts$/, '.js')}`, `lib/${path.replace(/\.ts$/, '.d.ts')}`];
  return [`lib/${path}`];
}

/** What a machine installs to make a dataset: the commands, without types and sample. */
function datagenProgram(files: readonly string[]): string[] {
  const needed = files.filter((path) => /^lib\/(workloads|images)\//.test(path) && !/\.d\.ts$|\/sample\//.test(path));
  return ['bin/flow-worker.js', 'bin/flowbench.js', 'package.json', ...needed].map((path) => `lib/programs/datagen/${path}`);
}

describe('the packed package', () => {
  let folder: string;
  let packed: readonly string[];

  beforeAll(() => {
    // `npm test` builds first; the pack itself must not build again, or it would not be what was tested.
    if (!existsSync(join(PROJECT_ROOT, 'lib'))) throw new Error('lib/ is not built: run npm run build.');
    folder = mkdtempSync(join(tmpdir(), 'flowbench-pack-'));
    const output = execFileSync('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder], { cwd: PROJECT_ROOT, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
    const [report] = JSON.parse(output) as { filename: string; files: { path: string }[] }[];
    packed = report?.files.map(({ path }) => path) ?? [];
    execFileSync('tar', ['-xzf', join(folder, report?.filename ?? ''), '-C', folder]);
    symlinkSync(join(PROJECT_ROOT, 'node_modules'), join(folder, 'package', 'node_modules'));
  }, 60_000);

  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  it('holds the programs, the licence and the README', () => {
    expect(packed).toEqual(expect.arrayContaining(['package.json', 'README.md', 'LICENSE', 'bin/flowbench.js', 'bin/flow-worker.js', 'lib/workloads/cli/flowbench.js']));
  });

  it('holds every compiled source and every file the programs read, and nothing left over from an earlier build', () => {
    const expected = tracked().flatMap(compiled);
    expect(packed.filter((path) => path.startsWith('lib/')).sort()).toEqual([...expected, ...datagenProgram(expected), ...BUNDLES].sort());
  });

  it('holds no test, no source and no configuration of ours', () => {
    const allowed = /^(package\.json|README\.md|LICENSE|bin\/[^/]+\.js|lib\/(workloads|images|constructs|programs)\/|lib\/revision\.json$|lib\/flow-worker\.js(\.cache)?$)/;
    expect(packed.filter((path) => !allowed.test(path) || /__tests__|\.test\.|(?<!\.d)\.ts$/.test(path))).toEqual([]);
  });

  it.each(Object.entries(packageJson.bin))('has %s as a program that can be run', (_name, path) => {
    const file = join(folder, 'package', path);
    expect(readFileSync(file, 'utf8')).toMatch(/^#!\/usr\/bin\/env node\n/);
    expect(statSync(file).mode & 0o111).not.toBe(0);
  });

  it('runs from where it was unpacked, with its sample beside it', () => {
    const elsewhere = join(folder, 'elsewhere');
    mkdirSync(elsewhere);
    const run = (...args: string[]): string =>
      execFileSync(process.execPath, [join(folder, 'package', 'bin', 'flowbench.js'), ...args], { cwd: elsewhere, encoding: 'utf8' });
    expect(run('--help')).toContain('Usage: flowbench');
    expect(run('doctor')).toContain('The main job can run');
    expect(readdirSync(elsewhere)).toEqual([]);
    const unit = ['--query', 'Q6', '--tpch-dir', join(folder, 'package', 'lib', 'workloads', 'tpch', 'sample', 'sf0.01'), '--row-group-range', '0:3'];
    execFileSync(process.execPath, [join(folder, 'package', 'bin', 'flow-worker.js'), ...unit, '--output', join(elsewhere, 'x.parquet')]);
    expect(readdirSync(elsewhere)).toContain('x.parquet');
  });
});

/** Like the tree, but of every file, text or not. */
function tracked(): string[] {
  return execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '-z'], { cwd: PROJECT_ROOT, encoding: 'utf8' })
    .split('\0')
    .filter((path) => path !== '' && existsSync(join(PROJECT_ROOT, path)));
}
