// Programs as single files: what is started often starts faster, and what is shipped brings no packages along.
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const source = (...path) => join(root, 'workloads', ...path);
const compiled = (...path) => join(root, 'lib', ...path);

// Messages in 60 languages, a quarter of the bundle; English, the default, is imported by itself.
const withoutLocales = {
  name: 'without-locales',
  setup({ onLoad }) {
    onLoad({ filter: /zod[\\/]v4[\\/]locales[\\/]index\.js$/ }, () => ({ contents: 'export {};' }));
  },
};

function bundle(entry, outfile, options = {}) {
  return build({
    entryPoints: [entry],
    outfile,
    bundle: true,
    platform: 'node',
    target: 'node20',
    minifySyntax: true,
    minifyWhitespace: true,
    legalComments: 'none',
    plugins: [withoutLocales],
    logLevel: 'warning',
    ...options,
  });
}

// A worker that reads and writes this machine alone must not compile an SDK twice its size.
const doorToS3Outside = {
  name: 'door-to-s3-outside',
  setup({ onResolve }) {
    onResolve({ filter: /^\.\/sdk\.js$/ }, ({ path, resolveDir }) =>
      resolve(resolveDir, path) === source('storage', 's3', 'sdk.js') ? { path: './workloads/storage/s3/sdk.js', external: true } : undefined);
  },
};

/** One file instead of 400: a worker process is started per work unit, and loading modules was half its start. */
export async function bundleWorker() {
  const outfile = compiled('flow-worker.js');
  await bundle(source('cli', 'flow-worker.ts'), outfile, {
    // A native addon cannot be bundled, and Arrow is loaded only for Arrow output.
    external: ['@duckdb/node-bindings', 'apache-arrow'],
    plugins: [doorToS3Outside, withoutLocales],
    supported: { 'dynamic-import': false },
  });
  return outfile;
}

// The rest of our own code stays where it is: an error must be of the same class on both sides of the bundle.
const ownCodeOutside = (folder) => ({
  name: 'own-code-outside',
  setup({ onResolve }) {
    onResolve({ filter: /^\.\.?\// }, ({ path, resolveDir }) => {
      const target = resolve(resolveDir, path);
      const isOurs = !relative(root, target).startsWith('node_modules');
      return isOurs && relative(folder, target).startsWith('..') ? { path: relative(folder, target), external: true } : undefined;
    });
  },
});

/** The AWS, Google and Kubernetes clients are built in, so that an install of the commands needs none of them. */
export async function bundleCloud() {
  const folder = compiled('workloads', 'cloud');
  rmSync(folder, { recursive: true, force: true });
  await bundle(source('cloud', 'index.ts'), join(folder, 'index.js'), { minifyIdentifiers: true, plugins: [ownCodeOutside(source('cloud')), withoutLocales] });
}

/** The doors to SDKs: a module of ours that gives what a package has, without code of ours, so that it may be built in. */
const DOORS = [join('kubernetes', 'api', 'sdk'), join('storage', 's3', 'sdk')];

/** Each door with its package built in takes the place of what the compiler made of it. */
export async function bundleDoors() {
  for (const door of DOORS) await bundle(source(`${door}.ts`), compiled('workloads', `${door}.js`), { minifyIdentifiers: true });
}

/** Lambda functions: a folder each, which is their archive. */
export async function bundleFunctions() {
  await bundle(source('cloud', 'janitor', 'lambda.ts'), compiled('programs', 'janitor', 'index.js'), { minifyIdentifiers: true });
  await bundle(source('cloud', 'loader', 'lambda.ts'), compiled('programs', 'results-loader', 'index.js'), { minifyIdentifiers: true });
}

/** What a machine installs to make a dataset: the commands and their dependencies, without the sample. */
export function assembleDatagen() {
  const folder = compiled('programs', 'datagen');
  mkdirSync(folder, { recursive: true });
  cpSync(join(root, 'bin'), join(folder, 'bin'), { recursive: true });
  const isNeeded = (path) => !/[\\/]workloads[\\/]cloud([\\/]|$)|[\\/]sample([\\/]|$)|\.d\.ts$/.test(path);
  for (const part of ['workloads', 'images']) cpSync(compiled(part), join(folder, 'lib', part), { recursive: true, filter: isNeeded });
  const { name, version, license, engines, bin, dependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify({ name, version, license, private: true, engines, bin, dependencies }, null, 2)}\n`);
}

/** Each program as one archive beside its folder: the infrastructure ships it, and packing it at each synthesis is slow. */
export async function packPrograms() {
  const packer = compiled('zip-archive.cjs');
  await bundle(source('cloud', 'images', 'zip-archive.ts'), packer);
  const { zipArchive } = createRequire(import.meta.url)(packer);
  rmSync(packer);
  for (const program of ['janitor', 'results-loader', 'datagen']) {
    const folder = compiled('programs', program);
    const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name)).sort();
    writeFileSync(`${folder}.zip`, zipArchive(new Map(files.map((file) => [relative(folder, file).replaceAll('\\', '/'), readFileSync(file)]))));
  }
}
