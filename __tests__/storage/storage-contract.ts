/* eslint-disable jest/no-export -- one suite for every kind of storage */
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { joinUri } from '../../workloads/model/storage-uri.js';
import { storageOf } from '../../workloads/storage/storage-of.js';
import type { Storage } from '../../workloads/storage/storage.js';

const PATIENCE_MS = 60_000;
/** Three parts, the last one short. */
const LARGE_BYTES = 17 * 1024 * 1024 + 5;

/** What every storage does alike. `newBase` names an empty place of its own for each test. */
export function describeStorage(kind: string, newBase: () => Promise<string>): void {
  describe(`a storage of ${kind}`, () => {
    let base: string;
    let storage: Storage;
    let here: string;
    const at = (...names: readonly string[]): string => joinUri(base, ...names);

    beforeEach(async () => {
      base = await newBase();
      storage = storageOf(base);
      here = await mkdtemp(join(tmpdir(), 'flowbench-storage-'));
    });

    it('gives back what was written, in folders that nobody made', async () => {
      expect(await storage.write(at('a', 'b', 'c.json'), '{"ä":1}')).toBe('written');
      expect((await storage.read(at('a', 'b', 'c.json')))?.toString()).toBe('{"ä":1}');
      expect(await storage.size(at('a', 'b', 'c.json'))).toBe(8);
    });

    it('knows an empty file from none', async () => {
      await storage.write(at('empty'), '');
      expect([await storage.size(at('empty')), (await storage.read(at('empty')))?.length]).toEqual([0, 0]);
      expect([await storage.size(at('none')), await storage.read(at('none'))]).toEqual([null, null]);
    });

    it('has no file where a folder is', async () => {
      await storage.write(at('folder', 'file'), 'x');
      expect([await storage.size(at('folder')), await storage.read(at('folder'))]).toEqual([null, null]);
    });

    it('replaces what was there', async () => {
      await storage.write(at('x'), 'old and long');
      await storage.write(at('x'), 'new');
      expect((await storage.read(at('x')))?.toString()).toBe('new');
    });

    it('leaves what was there when only an absent one may be written', async () => {
      expect(await storage.write(at('x'), 'first', { ifAbsent: true })).toBe('written');
      expect(await storage.write(at('x'), 'second', { ifAbsent: true })).toBe('exists');
      expect((await storage.read(at('x')))?.toString()).toBe('first');
    });

    it.each([['small', 100], ['large', LARGE_BYTES]])('lets exactly one of eight writers of one %s name win, whole', async (_size, bytes) => {
      const writers = Array.from({ length: bytes > 1000 ? 3 : 8 }, (_, index) => index);
      const ends = await Promise.all(writers.map(async (index) => {
        const file = join(here, `${index}`);
        await writeFile(file, Buffer.alloc(bytes, index));
        return storage.upload(file, at('raced'), { ifAbsent: true });
      }));
      expect(ends.filter((end) => end === 'written')).toHaveLength(1);
      const winner = ends.indexOf('written');
      expect((await storage.read(at('raced')))?.equals(Buffer.alloc(bytes, winner))).toBe(true);
    }, PATIENCE_MS);

    it('lists everything below a folder in the order of locations, and nothing beside it', async () => {
      for (const name of ['f/b', 'f/a/2', 'f/a/1', 'f2/x', 'f/a.json']) await storage.write(at(name), name);
      expect(await storage.list(at('f'))).toEqual([
        { uri: at('f/a.json'), sizeBytes: 8 }, { uri: at('f/a/1'), sizeBytes: 5 }, { uri: at('f/a/2'), sizeBytes: 5 }, { uri: at('f/b'), sizeBytes: 3 },
      ]);
      expect(await storage.list(`${at('f')}/`)).toHaveLength(4);
      expect(await storage.list(at('nothing'))).toEqual([]);
    });

    it('carries files of any size both ways, byte for byte', async () => {
      const bytes = Buffer.alloc(LARGE_BYTES, 'flowbench ');
      await writeFile(join(here, 'from'), bytes);
      expect(await storage.upload(join(here, 'from'), at('d', 'large.parquet'))).toBe('written');
      await storage.download(at('d', 'large.parquet'), join(here, 'to'));
      expect((await readFile(join(here, 'to'))).equals(bytes)).toBe(true);
      expect(await storage.size(at('d', 'large.parquet'))).toBe(LARGE_BYTES);
    }, PATIENCE_MS);

    it('does not upload over what is there when told not to', async () => {
      await writeFile(join(here, 'new'), Buffer.alloc(LARGE_BYTES));
      await storage.write(at('there'), 'kept');
      expect(await storage.upload(join(here, 'new'), at('there'), { ifAbsent: true })).toBe('exists');
      expect((await storage.read(at('there')))?.toString()).toBe('kept');
    }, PATIENCE_MS);

    it('says which file is not there to download, and leaves none behind', async () => {
      await expect(storage.download(at('none'), join(here, 'to'))).rejects.toMatchObject({ code: 'storage_read', retryable: false, message: expect.stringContaining(at('none')) as string });
      await expect(readFile(join(here, 'to'))).rejects.toMatchObject({ code: 'ENOENT' });
    });

    it('says which local file cannot be uploaded', async () => {
      await expect(storage.upload(join(here, 'none'), at('x'))).rejects.toMatchObject({ message: expect.stringContaining(join(here, 'none')) as string });
    });

    it('removes files and folders, and does not mind that there are none', async () => {
      for (const name of ['f/1', 'f/g/2', 'f2']) await storage.write(at(name), name);
      await storage.remove(at('f/1'));
      await storage.remove(at('f/1'));
      expect(await storage.list(base)).toHaveLength(2);
      await storage.removeAll(at('f'));
      await storage.removeAll(at('f'));
      expect((await storage.list(base)).map(({ uri }) => uri)).toEqual([at('f2')]);
    });

    it.each(['with space', 'plus+plus', 'hash#hash', 'percent%20', 'ümlaut', "it's", 'year=1992'])('takes the name "%s" as it is', async (name) => {
      await storage.write(at(name, 'x'), name);
      expect((await storage.read(at(name, 'x')))?.toString()).toBe(name);
      expect((await storage.list(at(name))).map(({ uri }) => uri)).toEqual([at(name, 'x')]);
    });
  });
}
