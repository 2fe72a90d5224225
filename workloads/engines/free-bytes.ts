import { statfs } from 'node:fs/promises';

/** What the file system of a folder has left for one who is not root, bytes. */
export async function freeBytes(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}
