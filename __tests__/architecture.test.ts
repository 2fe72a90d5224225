import { check, RULE_NAMES, type SourceTree } from './architecture/checker.js';
import { projectTree } from './architecture/project-tree.js';
import { PLANTED_FAULTS } from './fixtures/architecture/planted.js';

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
