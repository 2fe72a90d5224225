// Which revision of the code is built: an installed package or an image has no work tree to ask.
import { execFileSync } from 'node:child_process';
import { realpathSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Both null where the folder is not the root of a git work tree: below somebody else's, git would answer with that one's. */
function revisionOf(root) {
  const git = (...args) => execFileSync('git', ['-C', root, ...args], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  try {
    if (realpathSync(git('rev-parse', '--show-toplevel')) !== realpathSync(root)) return { git_sha: null, git_dirty: null };
    return { git_sha: git('rev-parse', 'HEAD'), git_dirty: git('status', '--porcelain') !== '' };
  } catch {
    return { git_sha: null, git_dirty: null };
  }
}

/** Writes it into lib/, which must be there. */
export function writeRevision(root) {
  writeFileSync(join(root, 'lib', 'revision.json'), `${JSON.stringify(revisionOf(root))}\n`);
}
