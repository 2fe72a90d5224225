import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { uploadProblems } from '../../workloads/cloud/datagen/uploaded-dataset.js';
import { manifestSchema } from '../../workloads/model/manifest.js';

const manifest = manifestSchema.parse(JSON.parse(readFileSync(join(__dirname, '..', '..', 'workloads', 'tpch', 'sample', 'sf0.01', '_flowbench', 'manifest.json'), 'utf8')));

function uploaded(): Map<string, number> {
  const listing = new Map(Object.values(manifest.tables).flatMap(({ files }) => files.map((file) => [file.name, file.size_bytes] as const)));
  for (let query = 1; query <= 22; query += 1) listing.set(`_flowbench/answers/Q${String(query).padStart(2, '0')}.json`, 100);
  return listing.set('_flowbench/manifest.json', 1).set('_flowbench/generated.json', 1);
}

describe('an uploaded dataset', () => {
  it('is whole when every file is there with its size', () => {
    expect(uploadProblems(manifest, uploaded())).toEqual([]);
  });

  it.each<[string, (listing: Map<string, number>) => void, RegExp]>([
    ['misses a file', (listing) => listing.delete('lineitem/1995-01.parquet'), /^lineitem\/1995-01\.parquet is missing$/],
    ['holds half a file', (listing) => listing.set('region/part-001.parquet', 7), /^region\/part-001\.parquet has 7 bytes, and \d+ in the manifest$/],
    ['holds a file of another dataset', (listing) => listing.set('orders/part-002.parquet', 7), /^orders\/part-002\.parquet is in the bucket and not in the manifest$/],
    ['misses an answer', (listing) => listing.delete('_flowbench/answers/Q07.json'), /^21 answers are in the bucket, not 22$/],
    ['has no manifest', (listing) => listing.delete('_flowbench/manifest.json'), /^_flowbench\/manifest\.json is missing$/],
  ])('is not when it %s', (_what, plant, expected) => {
    const listing = uploaded();
    plant(listing);
    expect(uploadProblems(manifest, listing)).toEqual([expect.stringMatching(expected)]);
  });
});
