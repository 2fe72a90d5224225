import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

const ROOT = join(__dirname, '..', '..', '..');

/** What the engines' packages are pinned by: versions and contents, beside the images that are made of the same. */
export const LOCKS = {
  sparkBuild: join(ROOT, 'images', 'spark', 'build-requirements.txt'),
  spark: join(ROOT, 'images', 'spark', 'requirements.txt'),
  sparkJars: join(ROOT, 'images', 'spark', 'pom.xml'),
  daft: join(ROOT, 'images', 'daft', 'requirements.txt'),
  trino: join(__dirname, 'locks', 'trino-pom.xml'),
  java17: join(__dirname, 'locks', 'java-17.txt'),
  java25: join(__dirname, 'locks', 'java-25.txt'),
} as const;

export async function textsOf(files: readonly string[]): Promise<string[]> {
  return Promise.all(files.map(async (file) => readFile(file, 'utf8')));
}
