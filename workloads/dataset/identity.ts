import { createHash } from 'node:crypto';
import { manifestSchema, type Manifest } from '../model/manifest.js';

/** What makes a dataset this dataset and no other: the same on disk and on S3. */
export interface DatasetIdentity {
  readonly suite: Manifest['suite'];
  readonly scaleFactor: number;
  readonly numeric: Manifest['numeric'];
  readonly files: readonly { readonly name: string; readonly sha256: string }[];
}

/** Order of file names, and so of global row-group numbers: by UTF-16 code unit, the same on every machine. */
export function byName(a: { readonly name: string }, b: { readonly name: string }): number {
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0;
}

/** `sha256:…` over suite, scale factor, numeric type and every file's name and hash in the order of names. */
export function datasetId(identity: DatasetIdentity): string {
  const hash = createHash('sha256');
  hash.update(`${identity.suite}\nsf=${identity.scaleFactor}\nnumeric=${identity.numeric}\n`);
  for (const file of [...identity.files].sort(byName)) hash.update(`${file.name}\n${file.sha256}\n`);
  return `sha256:${hash.digest('hex')}`;
}

/** The id that a manifest's own content gives; differs from its `dataset_id` when it was edited. */
export function datasetIdOf(manifest: Manifest): string {
  return datasetId({
    suite: manifest.suite,
    scaleFactor: manifest.scale_factor,
    numeric: manifest.numeric,
    files: Object.values(manifest.tables).flatMap((table) => table.files),
  });
}

const NO_HASH = '0'.repeat(64);

/**
 * The hash over all of a manifest, read from its file, but the hash itself; differs from its
 * `content_sha256` when it was edited.
 */
export function contentHashOf(manifest: Manifest): string {
  return createHash('sha256').update(JSON.stringify({ ...manifest, content_sha256: NO_HASH })).digest('hex');
}

/** A manifest with its content hash set, its keys in the order in which they are read back. */
export function sealed(manifest: Omit<Manifest, 'content_sha256'>): Manifest {
  const unsealed = manifestSchema.parse({ ...manifest, content_sha256: NO_HASH });
  return { ...unsealed, content_sha256: contentHashOf(unsealed) };
}
