// Compiles the programs into lib/ and puts the files they read at run time beside them.
import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { assembleDatagen, bundleCloud, bundleDoors, bundleFunctions, bundleWorker, packPrograms } from './bundle.mjs';
import { writeRevision } from './revision.mjs';
import { writeShippedLock } from './shipped-lock.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');

rmSync(join(root, 'lib'), { recursive: true, force: true });
execFileSync(process.execPath, [tsc, '-p', join(root, 'tsconfig.build.json')], { stdio: 'inherit', cwd: root });
for (const part of ['workloads', 'constructs', 'images']) {
  cpSync(join(root, part), join(root, 'lib', part), { recursive: true, filter: (source) => !source.endsWith('.ts') });
}

const [worker] = await Promise.all([bundleWorker(), bundleCloud(), bundleDoors(), bundleFunctions()]);
assembleDatagen();
await packPrograms();
writeRevision(root);
writeShippedLock();

const scratch = mkdtempSync(join(tmpdir(), 'flowbench-build-'));
try {
  const codeCache = join(root, 'images', 'worker-code-cache.cjs');
  const sample = join(root, 'lib', 'workloads', 'tpch', 'sample', 'sf0.01');
  execFileSync(process.execPath, [codeCache, worker, join(scratch, 'partial.parquet'), sample], { stdio: ['ignore', 'ignore', 'inherit'] });
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
