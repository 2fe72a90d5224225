import { cpSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { datasetIdOf, sealed } from '../../workloads/dataset/identity.js';
import { manifestPath } from '../../workloads/dataset/paths.js';
import { KeptResources } from '../../workloads/worker/resources.js';
import { MEMORY_BYTES, SAMPLE, sampleManifest, temporaryFolder } from './support.js';

const folder = temporaryFolder();
const resources = new KeptResources();
const settings = { threads: 1, memoryLimitBytes: MEMORY_BYTES, spillDir: join(folder.dir, 'spill'), parquetMetadataCache: false };
afterAll(() => {
  resources.close();
  folder.remove();
});

describe('what a warm worker keeps', () => {
  it('is the engine, while the settings stay the same', async () => {
    const first = await resources.session(settings);
    expect(await resources.session({ ...settings })).toBe(first);
    const other = await resources.session({ ...settings, threads: 2 });
    expect(other).not.toBe(first);
    expect((await other.query("SELECT current_setting('threads')")).rows).toEqual([['2']]);
  });

  it('is not the engine of a unit that failed', async () => {
    const first = await resources.session(settings);
    resources.release(false);
    expect(await resources.session(settings)).toBe(first);
    resources.release(true);
    expect(await resources.session(settings)).not.toBe(first);
  });

  it('is the dataset, until its manifest is written again', async () => {
    const dir = join(folder.dir, 'dataset');
    cpSync(join(SAMPLE, '_flowbench', 'manifest.json'), manifestPath(dir));
    const first = await resources.dataset(dir, null);
    expect(await resources.dataset(dir, null)).toBe(first);
    const changed = { ...sampleManifest(), scale_factor: 7 };
    writeFileSync(manifestPath(dir), JSON.stringify(sealed({ ...changed, dataset_id: datasetIdOf(changed) })));
    expect((await resources.dataset(dir, null)).manifest.scale_factor).toBe(7);
  });
});
