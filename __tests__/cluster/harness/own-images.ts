import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type ProcessImage } from '../process-kubelet/images.js';
import { imageReference } from './phase-manifests.js';

const ASSEMBLE = join(__dirname, '..', '..', '..', 'tools', 'assemble-image.mjs');
const IMAGES = ['flow-worker', 'coordinator'] as const;
/** Where programs of an image are put: the base system's own folder is the machine's. */
const PROGRAMS = '/image/bin';

/**
 * The images of α as files: what their Dockerfiles put beside the base, from the packed project alone. Needs a
 * built project.
 */
export async function ownImages(folder: string): Promise<[string, ProcessImage][]> {
  const found: [string, ProcessImage][] = [];
  for (const image of IMAGES) {
    const place = join(folder, image);
    await promisify(execFile)(process.execPath, [ASSEMBLE, image, place]);
    found.push([imageReference(image), imageIn(place)]);
  }
  return found;
}

function imageIn(place: string): ProcessImage {
  const { env, workingDir, entrypoint } = JSON.parse(readFileSync(`${place}.json`, 'utf8')) as { env: Record<string, string>; workingDir: string; entrypoint: string[] };
  const folders = readdirSync(place).filter((name) => name !== 'usr').map((name) => ({ from: join(place, name), at: `/${name}`, writable: false }));
  const programs = join(place, 'usr', 'local', 'bin');
  return {
    mounts: [...folders, ...(existsSync(programs) ? [{ from: programs, at: PROGRAMS, writable: false }] : [])],
    environment: { ...env, PATH: PROGRAMS },
    entrypoint,
    workingDir,
  };
}
