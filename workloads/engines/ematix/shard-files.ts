import { access, mkdir, symlink } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { assignBalanced, assignContiguous, assignRandom, loadOf } from '../../coordinator/assign.js';
import type { DatasetIndex, TableIndex } from '../../coordinator/dataset-index.js';
import type { DriverAssignment } from '../../coordinator/driver-assignment.js';
import { readFooter } from '../../dataset/footer.js';
import type { CountedRowGroup } from '../../dataset/source.js';
import { FlowbenchError } from '../../model/errors.js';
import { QUERY_IDS } from '../../model/queries.js';
import { shardPlan } from '../../tpch/shard-plans.js';
import { TABLE_NAMES, type TableName } from '../../tpch/schema.js';
import type { Assignment } from '../contract.js';
import { writePieces, type Piece } from './cut-parquet.js';

/** What one work unit is given of the driver table, counted in the footers of the very files it reads. */
export interface CutFile {
  readonly path: string;
  readonly rowGroups: readonly CountedRowGroup[];
  readonly rows: number;
}

export interface ShardFilesOptions {
  readonly datasetDir: string;
  readonly index: DatasetIndex;
  /** Where the files go; the caller removes it. */
  readonly folder: string;
  readonly workers: number;
  readonly assignment: Assignment;
  readonly seed: number;
}

/** The tables that some query is cut over. */
const DRIVERS = [...new Set(QUERY_IDS.map((query) => shardPlan(query).driver))];

/**
 * The dataset as files that the program can read: one a table in a folder a unit, as it knows no more of a
 * dataset, and with the shards of a driver table as files of their own, as it accepts a range of row groups and
 * reads the whole file all the same. Files hold whole row groups with their bytes unchanged.
 */
export class ShardFiles {
  private readonly assignments = new Map<TableName, DriverAssignment>();
  private readonly cuts = new Map<TableName, readonly CutFile[]>();

  private constructor(private readonly options: ShardFilesOptions) {}

  /** Makes the files and counts them. Throws `dataset_invalid` where one does not hold what the manifest says. */
  static async make(options: ShardFilesOptions): Promise<ShardFiles> {
    const files = new ShardFiles(options);
    for (const folder of ['tables', 'cuts', 'units']) await mkdir(join(options.folder, folder), { recursive: true });
    for (const driver of DRIVERS) await files.cut(driver);
    // With several units nobody reads a whole lineitem, the largest part of the data.
    const whole = options.workers === 1 ? TABLE_NAMES : TABLE_NAMES.filter((table) => table !== 'lineitem');
    for (const table of whole) await files.joinWhole(table);
    for (const driver of DRIVERS) await files.makeFolders(driver);
    return files;
  }

  assignment(driver: TableName): DriverAssignment {
    return found(this.assignments.get(driver), driver);
  }

  /** What the unit at a place reads of the driver. */
  cutOf(driver: TableName, position: number): CutFile {
    return found(found(this.cuts.get(driver), driver)[position], driver);
  }

  /** Folder with one file a table for the unit at a place. */
  folderOf(driver: TableName, position: number): string {
    return join(this.options.folder, 'units', `${driver}-${position}`);
  }

  private async cut(driver: TableName): Promise<void> {
    const table = this.options.index.table(driver);
    const assignment = assign(driver, table, this.options);
    const cuts: CutFile[] = [];
    for (const [position, { rowGroups }] of assignment.shares.entries()) {
      const path = join(this.options.folder, 'cuts', `${driver}-${position}.parquet`);
      await this.place(path, table, rowGroups);
      cuts.push(await counted(path, table, rowGroups));
    }
    this.assignments.set(driver, assignment);
    this.cuts.set(driver, cuts);
  }

  private async joinWhole(name: TableName): Promise<void> {
    const table = this.options.index.table(name);
    const path = join(this.options.folder, 'tables', `${name}.parquet`);
    const all = table.groups.map(({ number }) => number);
    const cut = this.cuts.get(name);
    if (cut?.length === 1 && cut[0] !== undefined) await symlink(cut[0].path, path);
    else await this.place(path, table, all);
    await counted(path, table, all);
  }

  /** The row groups as one file: the dataset's own where it has just these. */
  private async place(path: string, table: TableIndex, rowGroups: readonly number[]): Promise<void> {
    const pieces = piecesOf(table, rowGroups, this.options.datasetDir);
    const [only, ...others] = pieces;
    const isWholeFile = others.length === 0 && table.table.files.some(({ name, row_groups }) => resolve(this.options.datasetDir, name) === only?.path && row_groups.length === only.groups.length);
    if (isWholeFile && only !== undefined) await symlink(only.path, path);
    else await writePieces(path, pieces);
  }

  private async makeFolders(driver: TableName): Promise<void> {
    for (const [position, cut] of found(this.cuts.get(driver), driver).entries()) {
      const folder = this.folderOf(driver, position);
      await mkdir(folder);
      for (const table of TABLE_NAMES) {
        const path = table === driver ? cut.path : join(this.options.folder, 'tables', `${table}.parquet`);
        if (await access(path).then(() => true, () => false)) await symlink(path, join(folder, `${table}.parquet`));
      }
    }
  }
}

/** Every row group is dealt, by all its bytes: the files are cut before any query is known. */
function assign(driver: TableName, table: TableIndex, { workers, assignment, seed }: ShardFilesOptions): DriverAssignment {
  const all = table.groups.map(({ number }) => number);
  const bytes = table.groupBytes(table.table.columns.map(({ name }) => name));
  const dealt = deal().filter((shard) => shard.length > 0);
  const shares = (dealt.length > 0 ? dealt : [[]]).map((rowGroups) => ({
    rowGroups, rows: rowGroups.reduce((sum, group) => sum + (table.groups[group]?.group.rows ?? 0), 0), driverBytes: loadOf(rowGroups, bytes),
  }));
  return { table: driver, totalRowGroups: table.rowGroupCount, surviving: all, prunedRowGroups: 0, driverBytes: loadOf(all, bytes), broadcastBytes: 0, otherTablesBytes: 0, shares };

  function deal(): number[][] {
    switch (assignment) {
      case 'balanced':
        return assignBalanced(all, bytes, workers, table.table.clustering_key === null ? { kind: 'runs' } : { kind: 'files', fileOf: (group) => table.groups[group]?.file.name ?? '' });
      case 'contiguous':
        return assignContiguous(all, table.rowGroupCount, workers);
      case 'random':
        return assignRandom(all, workers, seed);
    }
  }
}

function piecesOf(table: TableIndex, rowGroups: readonly number[], datasetDir: string): Piece[] {
  const pieces = new Map<string, number[]>();
  for (const number of rowGroups) {
    const located = table.groups[number];
    if (located === undefined) continue;
    const path = resolve(datasetDir, located.file.name);
    pieces.set(path, [...(pieces.get(path) ?? []), located.indexInFile]);
  }
  // A table without a row still has a schema.
  const first = table.table.files[0];
  if (pieces.size === 0 && first !== undefined) pieces.set(resolve(datasetDir, first.name), []);
  return [...pieces].map(([path, groups]) => ({ path, groups }));
}

/** Reads the finished file's footer back, by another reader than the one that wrote it. */
async function counted(path: string, table: TableIndex, expected: readonly number[]): Promise<CutFile> {
  const footer = await readFooter(path, path);
  const rowGroups = footer.rowGroups.map(({ rows }, place) => ({ number: expected[place] ?? -1, rows }));
  const wrong = rowGroups.find(({ number, rows }) => table.groups[number]?.group.rows !== rows);
  const total = rowGroups.reduce((sum, { rows }) => sum + rows, 0);
  if (wrong !== undefined || rowGroups.length !== expected.length || total !== footer.rows) {
    throw new FlowbenchError('dataset_invalid', `${path} holds ${footer.rows} rows in ${rowGroups.length} row groups of ${table.name} where the manifest has ${expected.length}${wrong === undefined ? '' : `, ${table.groups[wrong.number]?.group.rows ?? 'none'} rows in number ${wrong.number} instead of ${wrong.rows}`}.`, {
      remedy: 'The dataset has changed: verify it, or make it again.',
    });
  }
  return { path, rowGroups, rows: footer.rows };
}

function found<T>(value: T | undefined, driver: TableName): T {
  if (value === undefined) throw new FlowbenchError('internal', `No shard of ${driver} was made.`);
  return value;
}
