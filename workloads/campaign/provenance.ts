import { execFile } from 'node:child_process';
import { readFileSync, realpathSync } from 'node:fs';
import { cpus, hostname, platform, release, totalmem } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import * as z from 'zod';
import type { RunRecord } from '../model/run-record.js';

const GIT_TIMEOUT_MS = 10_000;

export type Revision = Pick<RunRecord, 'git_sha' | 'git_dirty' | 'exploratory'>;

/** A run whose code cannot be named exactly is exploratory: it may be looked at, never published. */
const UNKNOWN: Revision = { git_sha: null, git_dirty: null, exploratory: true };

const builtSchema = z.strictObject({ git_sha: z.string().regex(/^[0-9a-f]{40,64}$/), git_dirty: z.boolean() });

/**
 * The revision of the code under `codeRoot`: of its git work tree, or the one that the build wrote down where
 * there is no such tree (an installed package, an image). Unknown where neither tells it.
 */
export async function revisionOf(codeRoot: string): Promise<Revision> {
  return (await treeRevision(codeRoot)) ?? builtRevision(codeRoot) ?? UNKNOWN;
}

async function treeRevision(codeRoot: string): Promise<Revision | null> {
  const git = async (...args: string[]): Promise<string> => (await promisify(execFile)('git', ['-C', codeRoot, ...args], { timeout: GIT_TIMEOUT_MS })).stdout.trim();
  try {
    // Installed below somebody else's work tree, git would answer with that one's revision.
    if (realpathSync(await git('rev-parse', '--show-toplevel')) !== realpathSync(codeRoot)) return null;
    const sha = await git('rev-parse', 'HEAD');
    const isDirty = (await git('status', '--porcelain')) !== '';
    return { git_sha: sha, git_dirty: isDirty, exploratory: isDirty };
  } catch {
    return null;
  }
}

/** Written by tools/revision.mjs. */
function builtRevision(codeRoot: string): Revision | null {
  try {
    const built = builtSchema.parse(JSON.parse(readFileSync(join(codeRoot, 'lib', 'revision.json'), 'utf8')));
    return { ...built, exploratory: built.git_dirty };
  } catch {
    return null;
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
