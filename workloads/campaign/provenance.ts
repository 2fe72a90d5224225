import { execFile } from 'node:child_process';
import { realpathSync } from 'node:fs';
import { cpus, hostname, platform, release, totalmem } from 'node:os';
import { promisify } from 'node:util';
import type { RunRecord } from '../model/run-record.js';

const GIT_TIMEOUT_MS = 10_000;

export type Revision = Pick<RunRecord, 'git_sha' | 'git_dirty' | 'exploratory'>;

/** A run whose code cannot be named exactly is exploratory: it may be looked at, never published. */
const UNKNOWN: Revision = { git_sha: null, git_dirty: null, exploratory: true };

/** The revision of the code under `codeRoot`; unknown where that is not the root of a git work tree. */
export async function revisionOf(codeRoot: string): Promise<Revision> {
  const git = async (...args: string[]): Promise<string> => (await promisify(execFile)('git', ['-C', codeRoot, ...args], { timeout: GIT_TIMEOUT_MS })).stdout.trim();
  try {
    // Installed below somebody else's work tree, git would answer with that one's revision.
    if (realpathSync(await git('rev-parse', '--show-toplevel')) !== realpathSync(codeRoot)) return UNKNOWN;
    const sha = await git('rev-parse', 'HEAD');
    const isDirty = (await git('status', '--porcelain')) !== '';
    return { git_sha: sha, git_dirty: isDirty, exploratory: isDirty };
  } catch {
    return UNKNOWN;
  }
}

/** The machine the coordinator runs on. */
export function hostOf(): RunRecord['host'] {
  const processors = cpus();
  return {
    hostname: hostname(),
    platform: `${platform()} ${release()}`,
    cpus: processors.length,
    cpu_model: processors[0]?.model.trim() ?? 'unknown',
    memory_bytes: totalmem(),
    node_version: process.version,
  };
}

/** Why the run must not be published, one sentence each; empty when it may be. */
export function publicationProblems(record: RunRecord): string[] {
  if (record.git_sha === null || record.git_dirty === null) return [`Run ${record.run_id} is exploratory: the revision of its code is unknown.`];
  if (record.git_dirty || record.exploratory) return [`Run ${record.run_id} is exploratory: its code differed from revision ${record.git_sha.slice(0, 12)}.`];
  return [];
}
