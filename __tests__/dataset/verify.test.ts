import { copyFile, open, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { datasetIdOf } from '../../workloads/dataset/identity.js';
import { verifyDataset } from '../../workloads/dataset/verify.js';
import type { Manifest } from '../../workloads/model/manifest.js';
import { copyOfSample, editManifest, LIMITS, rejection, removeTempFolders, SAMPLE_DIR, tempFolder } from './helpers.js';

jest.setTimeout(60_000);
afterAll(removeTempFolders);

function verify(dir: string): Promise<string[]> {
  return verifyDataset({ dir, ...LIMITS, signal: new AbortController().signal, onStep: () => undefined });
}

describe('verifyDataset', () => {
  it('finds nothing wrong with the sample', async () => {
    expect(await verify(SAMPLE_DIR)).toEqual([]);
  });

  it('is told apart from a folder that is no dataset', async () => {
    expect(await rejection(verify(await tempFolder()))).toMatchObject({ code: 'dataset_missing' });
  });

  it('lists every damaged file at once', async () => {
    const dir = await copyOfSample();
    await flipByte(join(dir, 'lineitem', '1992-05.parquet'), 2000);
    await rm(join(dir, 'lineitem', '1995-03.parquet'));
    await truncate(join(dir, 'orders', 'part-001.parquet'), 1000);
    await copyFile(join(dir, 'part', 'part-001.parquet'), join(dir, 'part', 'part-002.parquet'));
    await writeFile(join(dir, 'notes.txt'), '');
    const problems = await verify(dir);
    expect(problems).toEqual(
      expect.arrayContaining([
        expect.stringContaining('lineitem/1992-05.parquet has other bytes'),
        'lineitem/1995-03.parquet is missing.',
        'orders/part-001.parquet has 1000 bytes instead of 441544',
        'part/part-002.parquet is not in the manifest',
        'notes.txt is not in the manifest',
      ]),
    );
    expect(problems).toHaveLength(6);
  });

  it('finds a byte flipped within the data by its hash', async () => {
    const dir = await copyOfSample();
    await flipByte(join(dir, 'region', 'part-001.parquet'), 60);
    expect(await verify(dir)).toEqual(expect.arrayContaining([expect.stringContaining('region/part-001.parquet has other bytes')]));
  });

  it.each<[string, (manifest: Manifest) => void, string]>([
    ['a range of the clustering key', (manifest) => Object.assign(firstGroup(manifest).cluster ?? {}, { max: '1992-01-03' }), 'lineitem/1992-01.parquet, row group 0'],
    ['rows of a row group', (manifest) => (firstGroup(manifest).rows += 1), 'rows of lineitem/1992-01.parquet are not the sum'],
    ['bytes of a column', (manifest) => (firstGroup(manifest).column_bytes[0] = 1), 'lineitem/1992-01.parquet, row group 0'],
    ['a date range', (manifest) => (manifest.invariants.ship_minus_order = { min_days: 1, max_days: 90 }), 'Invariant ship_minus_order is {"max_days":121,"min_days":1} instead of {"max_days":90,"min_days":1}'],
    ['the origin of its rows', (manifest) => (manifest.derived_from = { dataset_id: manifest.dataset_id, table_checksums: {} }), 'rows of region are not those of the dataset it was derived from'],
    ['the dataset id', (manifest) => (manifest.dataset_id = `sha256:${'0'.repeat(64)}`), 'its files and hashes give sha256:'],
  ])('notices an edit of %s', async (_, edit, words) => {
    const dir = await copyOfSample();
    await editManifest(dir, edit);
    expect((await verify(dir)).join('\n')).toContain(words);
  });

  it('notices an edit of a hash that goes with a new dataset id', async () => {
    const dir = await copyOfSample();
    await editManifest(dir, (manifest) => {
      Object.assign(manifest.tables['nation']?.files[0] ?? {}, { sha256: '0'.repeat(64) });
      manifest.dataset_id = datasetIdOf(manifest);
    });
    expect((await verify(dir)).join('\n')).toContain('nation/part-001.parquet has other bytes');
  });

  it('notices missing answers', async () => {
    const dir = await copyOfSample();
    await rm(join(dir, '_flowbench', 'answers', 'Q22.json'));
    expect(await verify(dir)).toEqual([expect.stringContaining('no stored answer of Q22')]);
  });
});

function firstGroup(manifest: Manifest) {
  const group = manifest.tables['lineitem']?.files[0]?.row_groups[0];
  if (group === undefined) throw new Error('the sample has no lineitem');
  return group;
}

async function flipByte(path: string, position: number): Promise<void> {
  const byte = (await readFile(path)).readUInt8(position);
  const file = await open(path, 'r+');
  await file.write(Buffer.from([byte ^ 0xff]), 0, 1, position);
  await file.close();
}
