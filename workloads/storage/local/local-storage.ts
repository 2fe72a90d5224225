import { randomUUID } from 'node:crypto';
import { constants, type Dirent } from 'node:fs';
import { copyFile, link, mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { FlowbenchError } from '../../model/errors.js';
import { joinUri } from '../../model/storage-uri.js';
import type { Storage, StoredFile, WriteOptions } from '../storage.js';
import { isAlreadyThere, isNoFile, localFailure } from './failures.js';

/** A file that is being written; it has its name only when it is whole, and no listing shows it before. */
const DRAFT = /^\..*\.[0-9a-f-]{36}\.draft$/;

/** Folders of this machine. */
export class LocalStorage implements Storage {
  async read(path: string): Promise<Buffer | null> {
    try {
      return await readFile(path);
    } catch (cause) {
      if (isNoFile(cause)) return null;
      throw localFailure('read', path, cause);
    }
  }

  async size(path: string): Promise<number | null> {
    try {
      const found = await stat(path);
      return found.isFile() ? found.size : null;
    } catch (cause) {
      if (isNoFile(cause)) return null;
      throw localFailure('read', path, cause);
    }
  }

  async list(folder: string): Promise<StoredFile[]> {
    const files = await this.below(folder);
    return files.sort((a, b) => (a.uri < b.uri ? -1 : 1));
  }

  async write(path: string, content: Buffer | string, options: WriteOptions = {}): Promise<'written' | 'exists'> {
    return place(path, options, async (draft) => {
      const file = await open(draft, 'wx');
      try {
        await file.writeFile(content);
        if (options.durable === true) await file.sync();
      } finally {
        await file.close();
      }
    });
  }

  async upload(source: string, path: string, options: WriteOptions = {}): Promise<'written' | 'exists'> {
    return place(path, options, (draft) => copyFile(source, draft, constants.COPYFILE_FICLONE));
  }

  async download(path: string, target: string): Promise<void> {
    if ((await this.size(path)) === null) throw new FlowbenchError('storage_read', `There is no file ${path}.`);
    await place(target, {}, (draft) => copyFile(path, draft, constants.COPYFILE_FICLONE), { makesFolder: false });
  }

  async remove(path: string): Promise<void> {
    await rm(path, { force: true }).catch((cause: unknown) => {
      if (!isNoFile(cause)) throw localFailure('remove', path, cause);
    });
  }

  async removeAll(folder: string): Promise<void> {
    await rm(folder, { recursive: true, force: true }).catch((cause: unknown) => {
      if (!isNoFile(cause)) throw localFailure('remove', folder, cause);
    });
  }

  private async below(folder: string): Promise<StoredFile[]> {
    const entries = await entriesOf(folder);
    const found: StoredFile[] = [];
    for (const entry of entries) {
      const path = joinUri(folder, entry.name);
      const sizeBytes = entry.isDirectory() || DRAFT.test(entry.name) ? null : await this.size(path);
      if (sizeBytes !== null) found.push({ uri: path, sizeBytes });
      else if (await isFolder(path, entry)) found.push(...(await this.below(path)));
    }
    return found;
  }
}

async function entriesOf(folder: string): Promise<Dirent[]> {
  try {
    return await readdir(folder, { withFileTypes: true });
  } catch (cause) {
    if (isNoFile(cause)) return [];
    throw localFailure('list', folder, cause);
  }
}

async function isFolder(path: string, entry: Dirent): Promise<boolean> {
  return entry.isDirectory() || (entry.isSymbolicLink() && (await stat(path).then((target) => target.isDirectory(), () => false)));
}

/** Makes a draft beside the target and gives it its name at once; a link refuses a name that is taken, a rename does not. */
async function place(path: string, { ifAbsent }: WriteOptions, make: (draft: string) => Promise<void>, { makesFolder } = { makesFolder: true }): Promise<'written' | 'exists'> {
  const draft = join(dirname(path), `.${basename(path)}.${randomUUID()}.draft`);
  try {
    if (makesFolder) await mkdir(dirname(path), { recursive: true });
    await make(draft);
    if (ifAbsent === true) await link(draft, path);
    else await rename(draft, path);
    return 'written';
  } catch (cause) {
    if (ifAbsent === true && isAlreadyThere(cause)) return 'exists';
    throw localFailure('write', path, cause);
  } finally {
    await rm(draft, { force: true }).catch(() => undefined);
  }
}
