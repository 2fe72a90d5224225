// The lock of what an install of the package needs, for the build of images: development, which is most of ours, left out.
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');

/** Writes it into lib/, from where images are built. */
export function writeShippedLock() {
  const compiled = createRequire(import.meta.url);
  const { lockOf } = compiled(join(root, 'lib', 'workloads', 'model', 'image-lock.js'));
  const { SHIPPED_LOCK } = compiled(join(root, 'lib', 'workloads', 'model', 'image-build.js'));
  const read = (name) => JSON.parse(readFileSync(join(root, name), 'utf8'));
  const { name, version, dependencies } = read('package.json');
  writeFileSync(join(root, SHIPPED_LOCK), `${JSON.stringify(lockOf(read('package-lock.json'), Object.keys(dependencies), { name, version }), null, 2)}\n`);
}
