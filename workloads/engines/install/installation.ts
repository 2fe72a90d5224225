import { createHash } from 'node:crypto';
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

/** What a folder takes on disk: a file with several names once, links not followed. */
export async function folderBytes(folder: string): Promise<number> {
  const seen = new Set<number>();
  let bytes = 0;
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const { size, ino } = await lstat(join(entry.parentPath, entry.name));
    if (!seen.has(ino)) bytes += size;
    seen.add(ino);
  }
  return bytes;
}
