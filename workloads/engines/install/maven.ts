import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { FlowbenchError } from '../../model/errors.js';
import type { Site } from './recipe.js';
import { findProgram, otherContent, runStep } from './tool-step.js';

export interface Artifact {
  readonly group: string;
  readonly artifact: string;
  readonly version: string;
  readonly type: string;
  readonly sha256: string;
}

const REMEDY = 'Maven needs access to Maven Central, or to a mirror configured for it; the same command continues where it stopped.';

/** The engine's own repository of Maven: a download that was interrupted goes on there, and nothing of it stays in the user's. */
export function mavenFolder(site: Site): string {
  return join(site.folder, 'maven');
}

/** Fetches the artifacts of a pom into a folder, each checked by its content, unless they are there. Answers their files. */
export async function fetchArtifacts(pom: string, artifacts: readonly Artifact[], folder: string, site: Site): Promise<string[]> {
  const files = artifacts.map((artifact) => join(folder, fileName(artifact)));
  const sums = await Promise.all(files.map(async (file) => sha256Of(file).catch(() => null)));
  if (artifacts.every(({ sha256 }, index) => sums[index] === sha256)) return files;
  await resolve(pom, artifacts, site);
  await mkdir(folder, { recursive: true });
  for (const artifact of artifacts) await takeChecked(artifact, join(folder, fileName(artifact)), site);
  return files;
}

async function resolve(pom: string, artifacts: readonly Artifact[], site: Site): Promise<void> {
  const mvn = await findProgram('mvn', site.environment.PATH);
  if (mvn === null) {
    throw new FlowbenchError('tool_missing', `${site.engine} is fetched by Maven, and there is no mvn on the PATH.`, { remedy: 'Install Maven (Debian and Ubuntu: apt install maven), then repeat the command.' });
  }
  await runStep({
    command: mvn, signal: site.signal, remedy: REMEDY, what: `fetch ${artifacts.map(nameOf).join(' and ')}`,
    args: ['--batch-mode', '--quiet', '--strict-checksums', '--file', pom, `-Dmaven.repo.local=${mavenFolder(site)}`, 'dependency:resolve'],
  });
}

async function takeChecked(artifact: Artifact, file: string, site: Site): Promise<void> {
  const { group, artifact: name, version } = artifact;
  const kept = join(mavenFolder(site), ...group.split('.'), name, version);
  const fetched = join(kept, fileName(artifact));
  const sha256 = await sha256Of(fetched);
  if (sha256 === artifact.sha256) return rename(fetched, file);
  // Else Maven would believe it the next time.
  await rm(kept, { recursive: true, force: true });
  throw otherContent(`${nameOf(artifact)} has the SHA-256 ${sha256}, and ${artifact.sha256} is pinned.`);
}

const fileName = ({ artifact, version, type }: Artifact): string => `${artifact}-${version}.${type}`;

export function nameOf({ group, artifact, version }: Artifact): string {
  return `${group}:${artifact}:${version}`;
}

export async function sha256Of(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
}
