import { execFileSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type SourceTree } from './checker.js';

export const PROJECT_ROOT = join(__dirname, '..', '..');
const TEXT_FILE = /(\.(ts|js|mjs|cjs|json|md|sql|css|py|sh|svg|html|yml|yaml|txt)|(^|\/)(\.ci\/run|\.npmrc|\.gitignore|\.editorconfig|LICENSE))$/;
const MAX_TEXT_BYTES = 2_000_000;

/** Every text file git tracks or would track, so that a file is checked before it is committed. */
export function projectTree(): SourceTree {
  const listed = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '-z'], { cwd: PROJECT_ROOT, encoding: 'utf8' });
  const tree = new Map<string, string>();
  for (const path of listed.split('\0')) {
    if (!TEXT_FILE.test(path)) continue;
    const stat = statSync(join(PROJECT_ROOT, path), { throwIfNoEntry: false });
    if (stat?.isFile() === true && stat.size <= MAX_TEXT_BYTES) tree.set(path, readFileSync(join(PROJECT_ROOT, path), 'utf8'));
  }
  return tree;
}
