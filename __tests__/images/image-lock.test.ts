import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { WORKER_PACKAGES } from '../../workloads/model/image-build.js';
import { lockOf, type PackageLock, versionsOf } from '../../workloads/model/image-lock.js';

const packages = {
  'node_modules/a': { version: '1.0.0', dependencies: { shared: '^1.0.0' }, optionalDependencies: { 'a-linux': '1.0.0', 'a-gone': '1.0.0' }, peerDependencies: { peer: '1', maybe: '1' }, peerDependenciesMeta: { maybe: { optional: true } } },
  'node_modules/a-linux': { version: '1.0.0', optional: true, os: ['linux'] },
  'node_modules/a/node_modules/shared': { version: '1.5.0', dependencies: { deep: '*' } },
  'node_modules/shared': { version: '2.0.0' },
  'node_modules/deep': { version: '3.0.0', dependencies: { a: '*' }, devOptional: true },
  'node_modules/peer': { version: '1.0.0', peer: true },
  'node_modules/maybe': { version: '1.0.0', dev: true },
  'node_modules/typescript': { version: '5.0.0', dev: true },
};
const lock: PackageLock = { lockfileVersion: 3, packages };

describe('the lock of a part', () => {
  it('holds what its packages need from where they look for it, with the binaries of every platform, and no more', () => {
    const part = lockOf(lock, ['a'], { name: 'x', version: '1.2.3' });
    expect(Object.keys(part.packages)).toEqual(['', 'node_modules/a', 'node_modules/a-linux', 'node_modules/a/node_modules/shared', 'node_modules/deep', 'node_modules/peer']);
    expect(part.packages['']).toEqual({ name: 'x', version: '1.2.3', dependencies: { a: '1.0.0' } });
    expect(part.packages['node_modules/deep']).toEqual({ version: '3.0.0', dependencies: { a: '*' } });
    expect(part).toMatchObject({ name: 'x', version: '1.2.3', lockfileVersion: 3 });
  });

  it('is refused when a package is not in the whole', () => {
    expect(() => lockOf(lock, ['b'], {})).toThrow(/has no b, which an image needs/);
    expect(() => lockOf({ lockfileVersion: 3, packages: { 'node_modules/a': { dependencies: { b: '1' } } } }, ['a'], {})).toThrow(/has no b, which node_modules\/a needs/);
  });

  it('is refused when the whole is written in another way', () => {
    expect(() => lockOf({ lockfileVersion: 1, packages: {} }, [], {})).toThrow(/has version 1; version 3 is known/);
  });
});

describe('the lock of this package', () => {
  const root = join(__dirname, '..', '..');
  const read = (name: string): unknown => JSON.parse(readFileSync(join(root, name), 'utf8'));
  const whole = read('package-lock.json') as PackageLock;
  const { dependencies } = read('package.json') as { dependencies: Record<string, string> };

  it('is cut to the shipped dependencies in the versions that package.json pins', () => {
    expect(versionsOf(whole, Object.keys(dependencies))).toEqual(Object.fromEntries(Object.entries(dependencies).sort()));
    const shipped = Object.keys(lockOf(whole, Object.keys(dependencies), {}).packages);
    const forDevelopment = Object.entries(whole.packages).filter(([, entry]) => entry.dev === true).map(([place]) => place);
    expect(shipped.filter((place) => forDevelopment.includes(place))).toEqual([]);
    expect(shipped).toEqual(expect.arrayContaining(['node_modules/@duckdb/node-bindings-linux-x64', 'node_modules/@duckdb/node-bindings-linux-arm64']));
  });

  it('has a content for every package, so that a registry cannot give another', () => {
    const { packages: shipped } = lockOf(whole, Object.keys(dependencies), {});
    expect(Object.entries(shipped).filter(([place, { integrity }]) => place !== '' && typeof integrity !== 'string')).toEqual([]);
  });

  it('gives the worker what its one file is built without', () => {
    const bundle = readFileSync(join(root, 'tools', 'bundle.mjs'), 'utf8');
    const outside = /external: \[([^\]]+)\]/.exec(bundle)?.[1]?.match(/[\w@/.-]+/g)?.filter((name) => !name.startsWith('.'));
    expect(outside).toEqual([...WORKER_PACKAGES]);
  });
});
