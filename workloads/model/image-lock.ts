import { FlowbenchError } from './errors.js';

/** What npm's lock says of one package; more is kept as it is. */
export interface LockedPackage {
  readonly version?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly peerDependenciesMeta?: Readonly<Record<string, { readonly optional?: boolean }>>;
  readonly [more: string]: unknown;
}

/** npm's package-lock.json, version 3: place (`node_modules/a/node_modules/b`) → package; '' is the root. */
export interface PackageLock {
  readonly lockfileVersion: number;
  readonly packages: Readonly<Record<string, LockedPackage>>;
  readonly [more: string]: unknown;
}

const SUPPORTED = 3;
/** Facts that hold for the whole lock's root and not for a part of it. */
const FLAGS = ['dev', 'devOptional', 'peer'] as const;

/**
 * The part of a lock that some of its packages need, optional ones included (they are the binaries of each
 * platform): the same versions at the same places, for a root that depends on those packages and nothing else.
 */
export function lockOf(lock: PackageLock, names: readonly string[], root: Readonly<Record<string, unknown>>): PackageLock {
  if (lock.lockfileVersion !== SUPPORTED) throw new FlowbenchError('configuration', `package-lock.json has version ${lock.lockfileVersion}; version ${SUPPORTED} is known here.`);
  const kept = new Set<string>();
  const open = names.map((name) => placeOf(lock, '', name));
  for (let place = open.pop(); place !== undefined; place = open.pop()) {
    if (kept.has(place)) continue;
    kept.add(place);
    open.push(...neededBy(lock, place));
  }
  const packages = [...kept].sort().map((place): [string, LockedPackage] => [place, withoutFlags(lock.packages[place] ?? {})]);
  return { ...nameAndVersion(root), lockfileVersion: SUPPORTED, requires: true, packages: { '': { ...root, dependencies: versionsOf(lock, names) }, ...Object.fromEntries(packages) } };
}

/** The version of each package at the top of the lock. */
export function versionsOf(lock: PackageLock, names: readonly string[]): Record<string, string> {
  return Object.fromEntries([...names].sort().map((name) => [name, lock.packages[placeOf(lock, '', name)]?.version ?? '']));
}

const nameAndVersion = ({ name, version }: Readonly<Record<string, unknown>>): Record<string, unknown> => ({ name, version });

function neededBy(lock: PackageLock, place: string): string[] {
  const { dependencies = {}, optionalDependencies = {}, peerDependencies = {}, peerDependenciesMeta = {} } = lock.packages[place] ?? {};
  const optional = Object.keys(optionalDependencies);
  const peers = Object.keys(peerDependencies).filter((name) => peerDependenciesMeta[name]?.optional !== true);
  const needed = [...Object.keys(dependencies).filter((name) => !optional.includes(name)), ...peers].map((name) => placeOf(lock, place, name));
  return [...needed, ...optional.flatMap((name) => foundFrom(lock, place, name) ?? [])];
}

function placeOf(lock: PackageLock, from: string, name: string): string {
  const place = foundFrom(lock, from, name);
  if (place !== undefined) return place;
  throw new FlowbenchError('configuration', `package-lock.json has no ${name}, which ${from === '' ? 'an image' : from} needs.`, { remedy: 'Run: npm install.' });
}

/** As Node looks for it: beside the package, then further out. */
function foundFrom(lock: PackageLock, from: string, name: string): string | undefined {
  for (let folder = from; ; folder = folder.includes('/node_modules/') ? folder.slice(0, folder.lastIndexOf('/node_modules/')) : '') {
    const place = folder === '' ? `node_modules/${name}` : `${folder}/node_modules/${name}`;
    if (lock.packages[place] !== undefined) return place;
    if (folder === '') return undefined;
  }
}

function withoutFlags(entry: LockedPackage): LockedPackage {
  return Object.fromEntries(Object.entries(entry).filter(([key]) => !(FLAGS as readonly string[]).includes(key)));
}
