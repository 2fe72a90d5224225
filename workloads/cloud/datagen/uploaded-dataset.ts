import { type Manifest } from '../../model/manifest.js';
import { ANSWERS_FOLDER, MANIFEST_PATH } from '../../model/names.js';
import { QUERY_IDS } from '../../model/queries.js';

/** What lies in a bucket below a dataset's prefix: name relative to it → bytes. */
export type Listing = ReadonlyMap<string, number>;

/** What differs between a bucket and the manifest in it; empty when every file is there with its size and nothing else. */
export function uploadProblems(manifest: Manifest, listing: Listing): string[] {
  const wanted = new Map(Object.values(manifest.tables).flatMap(({ files }) => files.map((file) => [file.name, file.size_bytes] as const)));
  const wrong = [...wanted].flatMap(([name, bytes]) => fileProblems(name, bytes, listing.get(name)));
  const tables = [...listing.keys()].filter((name) => name.endsWith('.parquet'));
  const extra = tables.filter((name) => !wanted.has(name)).map((name) => `${name} is in the bucket and not in the manifest`);
  const answers = [...listing.keys()].filter((name) => name.startsWith(`${ANSWERS_FOLDER}/`)).length;
  return [
    ...wrong,
    ...extra,
    ...(answers === QUERY_IDS.length ? [] : [`${answers} answers are in the bucket, not ${QUERY_IDS.length}`]),
    ...(listing.has(MANIFEST_PATH) ? [] : [`${MANIFEST_PATH} is missing`]),
  ];
}

function fileProblems(name: string, wantedBytes: number, foundBytes: number | undefined): string[] {
  if (foundBytes === undefined) return [`${name} is missing`];
  return foundBytes === wantedBytes ? [] : [`${name} has ${foundBytes} bytes, and ${wantedBytes} in the manifest`];
}
