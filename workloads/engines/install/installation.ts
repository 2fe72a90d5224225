import { createHash } from 'node:crypto';
import type { Dirent } from 'node:fs';
import { lstat, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { isMissing } from '../../dataset/node-errors.js';
import type { Made, Recipe } from './recipe.js';

/** Written last: without it an installation is half made, whatever else lies in its folder. */
const MARKER = 'complete';

const MARKER_SCHEMA = z.object({
  engine: z.string(),
  version: z.string(),
  installedAt: z.string(),
  sizeBytes: z.number(),
  java: z.object({ home: z.string(), version: z.string() }).nullable(),
  verified: z.array(z.string()),
  paths: z.record(z.string(), z.string()),
});

export interface Installation extends Made {
  readonly engine: string;
  readonly version: string;
  readonly installedAt: string;
  readonly sizeBytes: number;
}

/** An engine's folder: its version, and a hash of all it is pinned by, so that another pin never meets what an older one left. */
export async function engineFolder(recipe: Recipe, enginesDir: string): Promise<string> {
  const hash = createHash('sha256').update((await recipe.pinned()).join('\0')).digest('hex').slice(0, 8);
  return join(enginesDir, `${recipe.engine}-${recipe.version}-${hash}`);
}

/** What is installed in a folder; null when nothing is, or only half. */
export async function readInstallation(folder: string): Promise<Installation | null> {
  const text = await readFile(join(folder, MARKER), 'utf8').catch((cause: unknown) => {
    if (isMissing(cause)) return null;
    throw cause;
  });
  if (text === null) return null;
  const parsed = MARKER_SCHEMA.safeParse(jsonOf(text));
  return parsed.success ? parsed.data : null;
}

export async function writeInstallation(folder: string, installation: Installation): Promise<void> {
  await writeFile(join(folder, MARKER), `${JSON.stringify(installation, null, 2)}\n`);
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** What a folder takes on disk: a file with several names once, links not followed, nothing for what is removed while it is counted. */
export async function folderBytes(folder: string): Promise<number> {
  return bytesOf(folder, await readdir(folder, { withFileTypes: true }), new Set());
}

async function bytesOf(folder: string, entries: readonly Dirent[], seen: Set<number>): Promise<number> {
  let bytes = 0;
  for (const entry of entries) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) bytes += await bytesOf(path, await unlessGone(readdir(path, { withFileTypes: true }), []), seen);
    if (!entry.isFile()) continue;
    const file = await unlessGone(lstat(path), null);
    if (file === null || seen.has(file.ino)) continue;
    bytes += file.size;
    seen.add(file.ino);
  }
  return bytes;
}

function unlessGone<T>(looked: Promise<T>, gone: T): Promise<T> {
  return looked.catch((cause: unknown) => {
    if (isMissing(cause)) return gone;
    throw cause;
  });
}
