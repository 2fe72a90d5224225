import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { revisionOf } from '../../workloads/campaign/provenance.js';
import { PROJECT_ROOT } from '../architecture/project-tree.js';
import { scratchFolder } from '../fixtures/campaigns.js';

const scratch = scratchFolder();
const tree = join(scratch, 'tree');

function git(...args: readonly string[]): string {
  return execFileSync('git', ['-C', tree, '-c', 'user.name=Tester', '-c', 'user.email=tester@example.org', ...args]).toString().trim();
}

/** What is installed after the build has written down the revision of `source`: its lib/ alone. */
function builtFrom(source: string): string {
  mkdirSync(join(source, 'lib'), { recursive: true });
  const program = `import(${JSON.stringify(pathToFileURL(join(PROJECT_ROOT, 'tools', 'revision.mjs')).href)}).then(({ writeRevision }) => writeRevision(${JSON.stringify(source)}))`;
  execFileSync(process.execPath, ['--eval', program]);
  const installed = mkdtempSync(join(scratch, 'installed-'));
  cpSync(join(source, 'lib'), join(installed, 'lib'), { recursive: true });
  return installed;
}

beforeAll(() => {
  mkdirSync(join(tree, 'node_modules', 'flowbench'), { recursive: true });
  git('init', '-q');
  writeFileSync(join(tree, 'a.txt'), 'a');
  writeFileSync(join(tree, '.gitignore'), 'node_modules/\nlib/\n');
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

  it('is what the build wrote down where there is no work tree: of a clean one publishable, of a dirty one exploratory', async () => {
    const sha = git('rev-parse', 'HEAD');
    expect(await revisionOf(builtFrom(tree))).toEqual({ git_sha: sha, git_dirty: true, exploratory: true });
    rmSync(join(tree, 'new.txt'));
    expect(await revisionOf(builtFrom(tree))).toEqual({ git_sha: sha, git_dirty: false, exploratory: false });
  });

  it('is unknown when the build did not know it either, or when what it wrote is damaged', async () => {
    const below = join(tree, 'node_modules', 'flowbench');
    expect(await revisionOf(builtFrom(below))).toEqual({ git_sha: null, git_dirty: null, exploratory: true });
    const damaged = builtFrom(tree);
    writeFileSync(join(damaged, 'lib', 'revision.json'), '{"git_sha":"');
    expect(await revisionOf(damaged)).toEqual({ git_sha: null, git_dirty: null, exploratory: true });
  });

  it('is never that of somebody else\'s tree in which flowbench is installed', async () => {
    expect(await revisionOf(join(tree, 'node_modules', 'flowbench'))).toEqual({ git_sha: null, git_dirty: null, exploratory: true });
  });
});
