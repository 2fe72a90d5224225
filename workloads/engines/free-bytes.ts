import { statfsSync } from 'node:fs';

/** What the file system of a folder has left for one who is not root, bytes. */
export function freeBytes(folder: string): number {
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize;
}
