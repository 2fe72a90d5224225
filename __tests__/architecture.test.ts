import { execFileSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { check, RULE_NAMES, type SourceTree } from './architecture/checker.js';
import { PLANTED_FAULTS } from './fixtures/architecture/planted.js';

const ROOT = join(__dirname, '..');
const TEXT_FILE = /(\.(ts|js|mjs|cjs|json|md|sql|css|py|sh|svg|html|yml|yaml|txt)|(^|\/)(\.ci\/run|\.npmrc|\.gitignore|\.editorconfig|LICENSE))$/;
const MAX_TEXT_BYTES = 2_000_000;

/** Everything git tracks or would track, so that a file is checked before it is committed. */
function projectTree(): SourceTree {
  const listed = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '-z'], { cwd: ROOT, encoding: 'utf8' });
  const tree = new Map<string, string>();
  for (const path of listed.split('\0')) {
    if (!TEXT_FILE.test(path)) continue;
    const stat = statSync(join(ROOT, path), { throwIfNoEntry: false });
    if (stat?.isFile() === true && stat.size <= MAX_TEXT_BYTES) tree.set(path, readFileSync(join(ROOT, path), 'utf8'));
  }
  return tree;
}

function treeOf(files: Readonly<Record<string, string>>): SourceTree {
  return new Map(Object.entries(files));
}

describe('the project keeps its architecture', () => {
  const tree = projectTree();

  it('is really looked at', () => {
    expect(tree.has('workloads/model/work-unit.ts')).toBe(true);
    expect(tree.has('package.json')).toBe(true);
  });

  it('breaks no rule', () => {
    expect(check(tree).map(({ rule, where, what }) => `${rule}: ${where} ${what}`)).toEqual([]);
  });
});

describe('every rule can be broken', () => {
  it.each(PLANTED_FAULTS.map((fault) => [fault.rule, fault.title, fault] as const))('%s flags %s', (rule, _title, fault) => {
    expect(check(treeOf(fault.bad)).map((violation) => violation.rule)).toEqual([rule]);
  });

  it.each(PLANTED_FAULTS.map((fault) => [fault.rule, fault.title, fault] as const))('%s passes the sound twin of %s', (_rule, _title, fault) => {
    expect(check(treeOf(fault.sound))).toEqual([]);
  });

  it('has a planted fault', () => {
    const planted = new Set(PLANTED_FAULTS.map((fault) => fault.rule));
    expect(RULE_NAMES.filter((rule) => !planted.has(rule))).toEqual([]);
  });
});
