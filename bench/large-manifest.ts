import { type Manifest, type ManifestTable } from '../workloads/model/manifest.js';

/**
 * The manifest as it would be with far more row groups: every row group is cut into equal pieces with the
 * same range of the clustering key, until the table has at least `rowGroups` or each piece has one row.
 * For timing the planner; nothing can be read through it.
 */
export function withRowGroups(manifest: Manifest, rowGroups: number): Manifest {
  return { ...manifest, tables: Object.fromEntries(Object.entries(manifest.tables).map(([name, table]) => [name, cut(table, rowGroups)])) };
}

function cut(table: ManifestTable, wanted: number): ManifestTable {
  const have = table.files.reduce((sum, file) => sum + file.row_groups.length, 0);
  const wantedPieces = Math.ceil(wanted / Math.max(1, have));
  const files = table.files.map((file) => ({
    ...file,
    row_groups: file.row_groups.flatMap((group) => {
      const pieces = Math.min(wantedPieces, group.rows);
      return Array.from({ length: pieces }, (_, piece) => ({
        ...group,
        rows: share(group.rows, piece, pieces),
        column_bytes: group.column_bytes.map((bytes) => share(bytes, piece, pieces)),
      }));
    }),
  }));
  return { ...table, files };
}

/** Whole shares that add up to the total. */
function share(total: number, piece: number, pieces: number): number {
  return Math.floor((total * (piece + 1)) / pieces) - Math.floor((total * piece) / pieces);
}
