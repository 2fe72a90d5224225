import { open, rename, rm, type FileHandle } from 'node:fs/promises';
import { FlowbenchError, messageOf } from '../../model/errors.js';
import { COLUMN_CHUNK, COLUMN_META, FILE_META, MAGIC, ROW_GROUP, TAIL_BYTES } from './parquet-numbers.js';
import { i16, i64, readStruct, struct, structs, ThriftStruct, writeStruct, type ThriftField } from './thrift.js';

/** Whole row groups of a file, by their places among those that hold rows. */
export interface Piece {
  readonly path: string;
  readonly groups: readonly number[];
}

const COPY_BYTES = 4 * 1024 * 1024;

/**
 * Writes a Parquet file of whole row groups of others, their bytes as they are: encodings, pages and
 * dictionaries stay those of the writer of the dataset, so that the copy reads as the dataset would. Only the
 * footer is new; indexes of pages and Bloom filters, which lie elsewhere in a file, are left behind. The file
 * appears under its name when it is whole. Throws `dataset_invalid` where pieces are no Parquet of one schema.
 */
export async function writePieces(target: string, pieces: readonly Piece[]): Promise<void> {
  const unfinished = `${target}.unfinished`;
  try {
    const output = await open(unfinished, 'w');
    try {
      await new PieceWriter(output).write(pieces);
    } finally {
      await output.close();
    }
    await rename(unfinished, target);
  } catch (error) {
    await rm(unfinished, { force: true });
    throw error;
  }
}

class PieceWriter {
  private at = 0;
  private readonly rowGroups: ThriftStruct[] = [];
  private rows = 0n;
  private head: ThriftStruct | null = null;

  constructor(private readonly output: FileHandle) {}

  async write(pieces: readonly Piece[]): Promise<void> {
    await this.put(MAGIC);
    for (const piece of pieces) await this.add(piece);
    if (this.head === null) throw new FlowbenchError('internal', 'A file of no piece has no schema.');
    const footer = writeStruct(this.head.with({ [FILE_META.rows]: i64(this.rows), [FILE_META.rowGroups]: structs(this.rowGroups) }));
    const tail = Buffer.alloc(4);
    tail.writeUInt32LE(footer.length);
    await this.put(Buffer.concat([footer, tail, MAGIC]));
  }

  private async add({ path, groups }: Piece): Promise<void> {
    const input = await open(path, 'r');
    try {
      const footer = await readFooter(input, path);
      this.takeHead(footer, path);
      const withRows = footer.structs(FILE_META.rowGroups).filter((group) => (group.integer(ROW_GROUP.rows) ?? 0n) > 0n);
      for (const number of groups) {
        const group = withRows[number];
        if (group === undefined) throw new FlowbenchError('dataset_invalid', `${path} has ${withRows.length} row groups, and number ${number} is wanted.`);
        await this.addGroup(group, input, path);
      }
    } finally {
      await input.close();
    }
  }

  private takeHead(footer: ThriftStruct, path: string): void {
    if (this.head === null) this.head = footer;
    else if (!schemaOf(this.head).equals(schemaOf(footer))) {
      throw new FlowbenchError('dataset_invalid', `${path} has another schema than the other files of its table.`, { remedy: 'Make the dataset again, or adopt files of one writer.' });
    }
  }

  private async addGroup(group: ThriftStruct, input: FileHandle, path: string): Promise<void> {
    const columns = group.structs(ROW_GROUP.columns);
    const extents = columns.map((column) => extentOf(column, path));
    const from = Math.min(...extents.map(({ start }) => start));
    const to = Math.max(...extents.map(({ end }) => end));
    const shift = this.at - from;
    await this.copy(input, from, to, path);
    const fields = {
      [ROW_GROUP.columns]: structs(columns.map((column) => moved(column, shift))),
      [ROW_GROUP.fileOffset]: shifted(group, ROW_GROUP.fileOffset, shift),
      ...(group.field(ROW_GROUP.ordinal) === undefined ? {} : { [ROW_GROUP.ordinal]: i16(this.rowGroups.length) }),
    };
    this.rowGroups.push(group.with(fields));
    this.rows += group.integer(ROW_GROUP.rows) ?? 0n;
  }

  private async copy(input: FileHandle, from: number, to: number, path: string): Promise<void> {
    const buffer = Buffer.allocUnsafe(Math.min(COPY_BYTES, to - from));
    for (let at = from; at < to;) {
      const { bytesRead } = await input.read(buffer, 0, Math.min(buffer.length, to - at), at);
      if (bytesRead === 0) throw new FlowbenchError('dataset_invalid', `${path} ends before its row groups do.`);
      await this.put(buffer.subarray(0, bytesRead));
      at += bytesRead;
    }
  }

  private async put(bytes: Uint8Array): Promise<void> {
    for (let written = 0; written < bytes.length;) written += (await this.output.write(bytes, written)).bytesWritten;
    this.at += bytes.length;
  }
}

async function readFooter(input: FileHandle, path: string): Promise<ThriftStruct> {
  const { size } = await input.stat();
  const tail = Buffer.alloc(TAIL_BYTES);
  await input.read(tail, 0, TAIL_BYTES, Math.max(0, size - TAIL_BYTES));
  const length = tail.readUInt32LE(0);
  if (!tail.subarray(4).equals(MAGIC) || length + TAIL_BYTES > size) throw new FlowbenchError('dataset_invalid', `${path} is no whole Parquet file.`);
  const footer = Buffer.alloc(length);
  await input.read(footer, 0, length, size - TAIL_BYTES - length);
  try {
    return readStruct(footer);
  } catch (cause) {
    throw new FlowbenchError('dataset_invalid', `The footer of ${path} cannot be read: ${messageOf(cause)}`, { cause });
  }
}

function schemaOf(footer: ThriftStruct): Buffer {
  return writeStruct(new ThriftStruct().with({ [FILE_META.schema]: footer.field(FILE_META.schema) }));
}

/** From a column chunk's first page, which is its dictionary where it has one, to its end. */
function extentOf(column: ThriftStruct, path: string): { readonly start: number; readonly end: number } {
  const meta = column.struct(COLUMN_CHUNK.metaData);
  const data = meta?.integer(COLUMN_META.dataPageOffset);
  const length = meta?.integer(COLUMN_META.totalCompressed);
  if (data === undefined || length === undefined) throw new FlowbenchError('dataset_invalid', `The footer of ${path} does not say where a column lies.`);
  const dictionary = meta?.integer(COLUMN_META.dictionaryPageOffset) ?? 0n;
  const start = Number(dictionary > 0n && dictionary < data ? dictionary : data);
  return { start, end: start + Number(length) };
}

function moved(column: ThriftStruct, shift: number): ThriftStruct {
  const meta = column.struct(COLUMN_CHUNK.metaData);
  return column.with({
    [COLUMN_CHUNK.fileOffset]: shifted(column, COLUMN_CHUNK.fileOffset, shift),
    [COLUMN_CHUNK.metaData]: meta === undefined ? undefined : struct(meta.with({
      [COLUMN_META.dataPageOffset]: shifted(meta, COLUMN_META.dataPageOffset, shift),
      [COLUMN_META.indexPageOffset]: shifted(meta, COLUMN_META.indexPageOffset, shift),
      [COLUMN_META.dictionaryPageOffset]: shifted(meta, COLUMN_META.dictionaryPageOffset, shift),
      [COLUMN_META.bloomOffset]: undefined,
      [COLUMN_META.bloomLength]: undefined,
    })),
    [COLUMN_CHUNK.offsetIndexOffset]: undefined,
    [COLUMN_CHUNK.offsetIndexLength]: undefined,
    [COLUMN_CHUNK.columnIndexOffset]: undefined,
    [COLUMN_CHUNK.columnIndexLength]: undefined,
  });
}

/** A place within the file, moved with its bytes; 0 stands for none, and a field that is absent stays so. */
function shifted(from: ThriftStruct, id: number, shift: number): ThriftField | undefined {
  const offset = from.integer(id);
  if (offset === undefined) return undefined;
  return i64(offset === 0n ? 0n : offset + BigInt(shift));
}
