import { mkdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { loadAnswer } from '../../workloads/dataset/answers.js';
import { checkUnchanged, loadDataset } from '../../workloads/dataset/load.js';
import { MANIFEST_PATH } from '../../workloads/model/names.js';
import { QUERY_IDS } from '../../workloads/model/queries.js';
import { queryText } from '../../workloads/tpch/query-text.js';
import { copyOfSample, editManifest, rejection, removeTempFolders, SAMPLE_DIR, tempFolder } from './helpers.js';

jest.setTimeout(60_000);
afterAll(removeTempFolders);

describe('loadDataset', () => {
  it('opens the sample', async () => {
    const { manifest } = await loadDataset(SAMPLE_DIR);
    expect(manifest.scale_factor).toBe(0.01);
    expect(manifest.tables['lineitem']?.rows).toBe(60_175);
  });

  it('says that a folder is missing', async () => {
    const error = await rejection(loadDataset(join(await tempFolder(), 'nowhere')));
    expect(error.code).toBe('dataset_missing');
    expect(error.message).toContain('nowhere');
  });

  it('says that a folder without a manifest is no dataset', async () => {
    const error = await rejection(loadDataset(await tempFolder()));
    expect(error).toMatchObject({ code: 'dataset_missing' });
    expect(error.sentence).toContain('adopt');
  });

  it('never takes a half-generated folder for a dataset', async () => {
    const dir = await copyOfSample();
    await rm(join(dir, MANIFEST_PATH));
    await writeFile(join(dir, '_flowbench', 'generating.json'), '{}');
    const error = await rejection(loadDataset(dir));
    expect(error.code).toBe('dataset_missing');
    expect(error.message).toContain('half-generated');
  });

  it('refuses a manifest that is not JSON', async () => {
    const dir = await tempFolder();
    await mkdir(join(dir, '_flowbench'));
    await writeFile(join(dir, MANIFEST_PATH), '{"manifest_version": 1,');
    expect(await rejection(loadDataset(dir))).toMatchObject({ code: 'dataset_invalid' });
  });

  it('refuses a manifest with an unknown key', async () => {
    const dir = await copyOfSample();
    await editManifest(dir, (manifest) => Object.assign(manifest, { surprise: true }));
    const error = await rejection(loadDataset(dir));
    expect(error.code).toBe('dataset_invalid');
    expect(error.message).toContain('surprise');
  });

  it.each([
    ['a file hash', (file: { sha256: string; name: string; rows: number }) => (file.sha256 = '0'.repeat(64))],
    ['a file name', (file: { sha256: string; name: string; rows: number }) => (file.name = 'orders/part-000.parquet')],
    ['a row count', (file: { sha256: string; name: string; rows: number }) => (file.rows += 1)],
  ])('notices that %s was edited', async (_, edit) => {
    const dir = await copyOfSample();
    await editManifest(dir, (manifest) => {
      const file = manifest.tables['orders']?.files[0];
      if (file !== undefined) edit(file);
    });
    const error = await rejection(loadDataset(dir));
    expect(error.code).toBe('dataset_invalid');
    expect(error.message).toContain('edited');
  });

  it('notices that a measured invariant was edited, which no file hash can show', async () => {
    const dir = await copyOfSample();
    await editManifest(dir, (manifest) => { manifest.invariants.ship_minus_order = { min_days: 1, max_days: 2 }; });
    const error = await rejection(loadDataset(dir));
    expect(error).toMatchObject({ code: 'dataset_invalid' });
    expect(error.message).toContain('content_sha256');
  });

  it('notices that the scale factor was edited', async () => {
    const dir = await copyOfSample();
    await editManifest(dir, (manifest) => (manifest.scale_factor = 1));
    expect(await rejection(loadDataset(dir))).toMatchObject({ code: 'dataset_invalid' });
  });
});

describe('checkUnchanged', () => {
  it('passes the sample', async () => {
    await expect(checkUnchanged(await loadDataset(SAMPLE_DIR))).resolves.toBeUndefined();
  });

  it('names files that are gone or have another size', async () => {
    const dir = await copyOfSample();
    const handle = await loadDataset(dir);
    await rm(join(dir, 'lineitem', '1995-03.parquet'));
    await truncate(join(dir, 'orders', 'part-001.parquet'), 100);
    const error = await rejection(checkUnchanged(handle));
    expect(error.code).toBe('dataset_changed');
    expect(error.message).toContain('lineitem/1995-03.parquet is missing');
    expect(error.message).toContain('orders/part-001.parquet has 100 bytes');
  });
});

describe('loadAnswer', () => {
  it('finds the answer to every query of the sample', async () => {
    const handle = await loadDataset(SAMPLE_DIR);
    for (const query of QUERY_IDS) {
      const answer = await loadAnswer(handle, query, queryText(query, 0.01));
      expect(answer.result.columns.length).toBeGreaterThan(0);
    }
  });

  it('says that answers are missing', async () => {
    const dir = await copyOfSample();
    const handle = await loadDataset(dir);
    await rm(join(dir, '_flowbench', 'answers', 'Q14.json'));
    expect(await rejection(loadAnswer(handle, 'Q14', queryText('Q14', 0.01)))).toMatchObject({ code: 'answers_missing' });
  });

  it('refuses the answer to another text', async () => {
    const error = await rejection(loadAnswer(await loadDataset(SAMPLE_DIR), 'Q6', 'select 1'));
    expect(error.code).toBe('dataset_invalid');
    expect(error.message).toContain('another text');
  });

  it.each([
    ['another scale factor', { scale_factor: 1 }, 'answers of another scale factor'],
    ['another dataset', { dataset_id: `sha256:${'1'.repeat(64)}` }, 'another dataset'],
    ['another query', { query: 'Q7' }, 'the answer of Q7'],
    ['fewer rows than it says', { row_count: 1000 }, 'where the answer has 1000'],
  ])('refuses the answers of %s', async (_, change, words) => {
    const dir = await copyOfSample();
    const path = join(dir, '_flowbench', 'answers', 'Q06.json');
    await writeFile(path, JSON.stringify({ ...(JSON.parse(await readFile(path, 'utf8')) as object), ...change }));
    const error = await rejection(loadAnswer(await loadDataset(dir), 'Q6', queryText('Q6', 0.01)));
    expect(error.code).toBe('dataset_invalid');
    expect(error.message).toContain(words);
  });
});
