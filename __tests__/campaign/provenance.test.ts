import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { revisionOf } from '../../workloads/campaign/provenance.js';
import { scratchFolder } from '../fixtures/campaigns.js';

const scratch = scratchFolder();
const tree = join(scratch, 'tree');

function git(...args: readonly string[]): string {
  return execFileSync('git', ['-C', tree, '-c', 'user.name=Tester', '-c', 'user.email=tester@example.org', ...args]).toString().trim();
}

beforeAll(() => {
  mkdirSync(join(tree, 'node_modules', 'flowbench'), { recursive: true });
  git('init', '-q');
  writeFileSync(join(tree, 'a.txt'), 'a');
  writeFileSync(join(tree, '.gitignore'), 'node_modules/\n');
  git('add', '.');
  git('commit', '-q', '-m', 'first');
});

describe('the revision of the code', () => {
  it('is its commit, publishable, for a clean tree', async () => {
    expect(await revisionOf(tree)).toEqual({ git_sha: git('rev-parse', 'HEAD'), git_dirty: false, exploratory: false });
  });

  it('is exploratory for a changed file, and for one that is not under version control', async () => {
    writeFileSync(join(tree, 'a.txt'), 'changed');
    expect(await revisionOf(tree)).toMatchObject({ git_dirty: true, exploratory: true });
    git('checkout', '-q', 'a.txt');
    writeFileSync(join(tree, 'new.txt'), 'new');
    expect(await revisionOf(tree)).toMatchObject({ git_dirty: true, exploratory: true });
  });

  it('is unknown where there is no work tree', async () => {
    expect(await revisionOf(scratch)).toEqual({ git_sha: null, git_dirty: null, exploratory: true });
  });

  it('is never that of somebody else\'s tree in which flowbench is installed', async () => {
    expect(await revisionOf(join(tree, 'node_modules', 'flowbench'))).toEqual({ git_sha: null, git_dirty: null, exploratory: true });
  });
});
