import { zipSync, type ZipOptions } from 'fflate';

/** 1 January 1980, the earliest that an archive knows: the same files make the same archive on any day. */
const ALWAYS: ZipOptions = { mtime: new Date(1980, 0, 1), os: 3, attrs: (0o100644 << 16) >>> 0 };

/** A zip archive of files given as path → content, as CodeBuild and Lambda take it; the same for the same files. */
export function zipArchive(files: ReadonlyMap<string, Uint8Array>): Uint8Array {
  return zipSync(Object.fromEntries([...files].map(([path, content]) => [path, [content, ALWAYS]])));
}
