import { homedir } from 'node:os';
import { join } from 'node:path';

/** Where what can be made again is kept: the datagen environment and datasets made for benchmarks. */
export function cacheFolder(): string {
  const base = process.env.XDG_CACHE_HOME;
  return join(base === undefined || base === '' ? join(homedir(), '.cache') : base, 'flowbench');
}

/** Where engines are installed, a folder each. */
export function enginesFolder(): string {
  return join(cacheFolder(), 'engines');
}
