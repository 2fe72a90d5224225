import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

const ASSEMBLE = join(__dirname, '..', '..', 'tools', 'assemble-image.mjs');

/** What an image says of itself. */
export interface ImageConfig {
  readonly env: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
  readonly user: string;
  readonly workingDir: string;
  readonly entrypoint: readonly string[];
}

/** Puts an image's files into a folder, from the built project or from another package. */
export async function assembleImage(image: 'flow-worker' | 'coordinator', folder: string, options: { readonly package?: string; readonly cache?: string } = {}): Promise<ImageConfig> {
  await promisify(execFile)(process.execPath, [ASSEMBLE, image, folder, ...Object.entries(options).flatMap(([name, value]) => [`--${name}`, value])]);
  return JSON.parse(readFileSync(`${folder}.json`, 'utf8')) as ImageConfig;
}
