import { readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { contextPaths, parseDockerfile } from '../../workloads/model/dockerfile.js';

const ROOT = join(__dirname, '..', '..');
/** The build puts what is no TypeScript below lib/ as it is. */
const inSources = (path: string): string => join(ROOT, path.replace(/^lib\//, ''));

/** Modules of ours that the Python programs of an image import, and that it does not copy. */
export function missingModules(dockerfile: string): string[] {
  const copied = contextPaths(parseDockerfile(dockerfile)).filter((path) => path.endsWith('.py'));
  const ours = [...new Set(copied.map((path) => dirname(path)))].flatMap((folder) => readdirSync(inSources(folder)));
  const imported = copied.flatMap((path) => Array.from(readFileSync(inSources(path), 'utf8').matchAll(/^\s*(?:from|import) (\w+)\b/gm), ([, module = '']) => `${module}.py`));
  return [...new Set(imported)].filter((name) => ours.includes(name) && !copied.some((path) => basename(path) === name)).sort();
}
