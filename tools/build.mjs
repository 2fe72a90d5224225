// Compiles the programs into lib/ and puts the files they read at run time beside them.
import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');

rmSync(join(root, 'lib'), { recursive: true, force: true });
execFileSync(process.execPath, [tsc, '-p', join(root, 'tsconfig.build.json')], { stdio: 'inherit', cwd: root });
cpSync(join(root, 'workloads'), join(root, 'lib', 'workloads'), {
  recursive: true,
  filter: (source) => !source.endsWith('.ts'),
});

// Messages in 60 languages, a quarter of the bundle; English, the default, is imported by itself.
const withoutLocales = {
  name: 'without-locales',
  setup({ onLoad }) {
    onLoad({ filter: /zod[\\/]v4[\\/]locales[\\/]index\.js$/ }, () => ({ contents: 'export {};' }));
  },
};

const bundle = join(root, 'lib', 'flow-worker.js');

// One file instead of 400: a worker process is started per work unit, and loading modules was half its start.
await build({
  entryPoints: [join(root, 'workloads', 'cli', 'flow-worker.ts')],
  outfile: bundle,
  bundle: true,
  platform: 'node',
  target: 'node20',
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: 'none',
  // A native addon cannot be bundled, and Arrow is loaded only for Arrow output.
  external: ['@duckdb/node-bindings', 'apache-arrow'],
  supported: { 'dynamic-import': false },
  plugins: [withoutLocales],
  logLevel: 'warning',
});

const scratch = mkdtempSync(join(tmpdir(), 'flowbench-build-'));
try {
  const codeCache = join(root, 'tools', 'worker-code-cache.cjs');
  const sample = join(root, 'lib', 'workloads', 'tpch', 'sample', 'sf0.01');
  execFileSync(process.execPath, [codeCache, bundle, join(scratch, 'partial.parquet'), sample], { stdio: ['ignore', 'ignore', 'inherit'] });
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
