import { type Manifest, type ManifestTable } from '../workloads/model/manifest.js';

const LARGEST_TABLE = 'lineitem';

/**
 * The manifest as it would be with far more data: every row group is cut into equal pieces with the same
 * range of the clustering key, as many as it takes for lineitem to have `rowGroups`; the driver of the
 * query to be planned gets at least that many too. No piece has less than one row. For timing the planner;
 * nothing can be read through it.
 */
export function withRowGroups(manifest: Manifest, rowGroups: number, driver: string): Manifest {
  const pieces = piecesFor(manifest.tables[LARGEST_TABLE], rowGroups);
  const tables = Object.entries(manifest.tables).map(([name, table]) => [name, cut(table, name === driver ? Math.max(pieces, piecesFor(table, rowGroups)) : pieces)]);
  return { ...manifest, tables: Object.fromEntries(tables) as Manifest['tables'] };
}

function piecesFor(table: ManifestTable | undefined, rowGroups: number): number {
  const have = table?.files.reduce((sum, file) => sum + file.row_groups.length, 0) ?? 0;
  return Math.ceil(rowGroups / Math.max(1, have));
}

function cut(table: ManifestTable, wantedPieces: number): ManifestTable {
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
