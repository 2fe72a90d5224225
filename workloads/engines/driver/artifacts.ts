import { mkdir, readdir } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { isS3Uri, joinUri } from '../../model/storage-uri.js';
import { storageOf } from '../../storage/storage-of.js';

/** Where a driver leaves files that are kept beside the rows: there at once, or here until they are put to S3. */
export class Artifacts {
  private readonly kept = new Set<string>();

  private constructor(
    /** Of this machine; null where nothing is kept. */
    readonly folder: string | null,
    private readonly uri: string | undefined,
  ) {}

  static async prepare(uri: string | undefined, scratchDir: string): Promise<Artifacts> {
    if (uri === undefined) return new Artifacts(null, undefined);
    const folder = isS3Uri(uri) ? join(scratchDir, 'artifacts') : resolve(uri);
    await mkdir(folder, { recursive: true });
    return new Artifacts(folder, uri);
  }

  /** A file that the driver named, as a reader finds it; an address stays as it is. */
  linkTo(name: string | null): string | undefined {
    if (name === null) return undefined;
    return name.includes('://') || this.uri === undefined ? name : joinUri(this.uri, name);
  }

  /** Puts what is new where it is kept; `all` also what was there before, as it may have grown. */
  async keep(all = false): Promise<void> {
    const { folder, uri } = this;
    if (folder === null || uri === undefined || !isS3Uri(uri)) return;
    const found = await readdir(folder, { recursive: true, withFileTypes: true });
    const names = found.filter((entry) => entry.isFile()).map((entry) => relative(folder, join(entry.parentPath, entry.name)));
    for (const name of names.filter((one) => all || (!this.kept.has(one) && one.endsWith('.txt')))) {
      await storageOf(uri).upload(join(folder, name), joinUri(uri, name));
      this.kept.add(name);
    }
  }
}
