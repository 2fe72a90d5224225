import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { snippetsOf } from '../docs/snippets.js';

/**
 * The infrastructure of another team, as the README shows it: their own providers, backend and network, and of
 * ours a cluster, the Spark operator on it, two buckets, and the tags.
 */
export function foreignApp(): string {
  const snippets = snippetsOf('README.md', readFileSync(join(__dirname, '..', '..', 'README.md'), 'utf8')).filter(({ check }) => check === 'foreign-app');
  if (snippets.length !== 1 || snippets[0] === undefined) throw new Error(`The README has ${snippets.length} examples of an app of somebody else; one is expected.`);
  return snippets[0].text;
}

const COMPILER = { target: 'ES2022', lib: ['ES2022'], strict: true, noEmitOnError: true, esModuleInterop: true, skipLibCheck: false, types: ['node'], outDir: 'out' } as const;

/** The two ways in which TypeScript finds modules for a CommonJS project; cdktf's own template has the older. */
export const RESOLUTIONS = {
  node10: { ...COMPILER, module: 'commonjs', moduleResolution: 'node10' },
  node16: { ...COMPILER, module: 'node16', moduleResolution: 'node16' },
} as const;
