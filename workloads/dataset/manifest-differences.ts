import type { Invariants, Manifest, ManifestFile, ManifestTable } from '../model/manifest.js';

/** What a manifest says of rows and invariants and what was measured, where they differ: one sentence each. */
export function manifestDifferences(manifest: Manifest, measured: Manifest): string[] {
  const problems = Object.entries(manifest.tables).flatMap(([name, table]) => {
    const actual = measured.tables[name];
    return actual === undefined ? [`There is no table ${name}`] : tableDifferences(name, table, actual);
  });
  if (manifest.numeric !== measured.numeric) problems.push(`Money and quantities are ${measured.numeric} instead of ${manifest.numeric}`);
  return [...problems, ...invariantDifferences(manifest.invariants, measured.invariants)];
}

const TABLE_FACTS = ['columns', 'primary_key', 'clustering_key', 'sorted', 'codec', 'page_index'] as const;

function tableDifferences(name: string, table: ManifestTable, actual: ManifestTable): string[] {
  const problems = TABLE_FACTS.flatMap((key) => difference(`${name}: ${key}`, table[key], actual[key]));
  if (table.size_bytes !== table.files.reduce((sum, file) => sum + file.size_bytes, 0)) problems.push(`${name}: size_bytes is not the sum of its files`);
  for (const file of table.files) {
    const found = actual.files.find((candidate) => candidate.name === file.name);
    if (found !== undefined) problems.push(...fileDifferences(file, found));
  }
  return problems;
}

function fileDifferences(file: ManifestFile, actual: ManifestFile): string[] {
  const problems = difference(`${file.name}: rows`, file.rows, actual.rows);
  if (file.row_groups.length !== actual.row_groups.length) {
    return [...problems, `${file.name} has ${actual.row_groups.length} row groups instead of ${file.row_groups.length}`];
  }
  for (const [index, group] of file.row_groups.entries()) {
    problems.push(...difference(`${file.name}, row group ${index}`, group, actual.row_groups[index]));
  }
  return problems;
}

function invariantDifferences(stated: Invariants, measured: Invariants): string[] {
  const keys = Object.keys(measured) as (keyof Invariants)[];
  return keys.flatMap((key) => difference(`Invariant ${key}`, stated[key], measured[key]));
}

function difference(what: string, stated: unknown, measured: unknown): string[] {
  const [wanted, found] = [canonical(stated), canonical(measured)];
  return wanted === found ? [] : [`${what} is ${found} instead of ${wanted}`];
}

/** JSON with sorted keys, so that the order in which a file was written does not matter. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part) ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1))) : part,
  );
}
