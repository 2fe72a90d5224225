import { open, type FileHandle } from 'node:fs/promises';
import { COLUMN_CHUNK, COLUMN_META, FILE_META, MAGIC, ROW_GROUP, SCHEMA_ELEMENT } from './parquet-numbers.js';
import { i32, i64, integers, struct, structs, text, texts, ThriftStruct, writeStruct, type ThriftField } from './thrift.js';

/** What a column may be; `date` counts days since 1970-01-01. */
export type PlainType = 'boolean' | 'int32' | 'int64' | 'double' | 'string' | 'date';

export interface PlainColumn {
  readonly name: string;
  readonly type: PlainType;
}

/** Values of one column of some rows. */
export interface PlainValues {
  /** Those that are set, as Parquet's encoding PLAIN has them. */
  readonly bytes: Uint8Array;
  /** Which rows are set, lowest bit first; null when all are. */
  readonly isSet: Uint8Array | null;
}

const PHYSICAL: Readonly<Record<PlainType, number>> = { boolean: 0, int32: 1, int64: 2, double: 5, string: 6, date: 1 };
const CONVERTED: Readonly<Partial<Record<PlainType, number>>> = { string: 0, date: 6 };
const OPTIONAL = 1;
const ENCODING = { plain: 0, rle: 3 } as const;

/**
 * Writes Parquet in its simplest form: one page a column of each row group, not compressed, no dictionary, no
 * statistics. For partials, which are read once, soon, on the same machine.
 */
export class PlainParquetFile {
  private at = 0;
  private rows = 0;
  private readonly rowGroups: ThriftStruct[] = [];

  private constructor(
    private readonly file: FileHandle,
    private readonly columns: readonly PlainColumn[],
  ) {}

  static async create(path: string, columns: readonly PlainColumn[]): Promise<PlainParquetFile> {
    const file = new PlainParquetFile(await open(path, 'w'), columns);
    await file.put(MAGIC);
    return file;
  }

  /** Adds a row group; `values` in the order of the columns. */
  async add(rows: number, values: readonly PlainValues[]): Promise<void> {
    if (rows === 0) return;
    const chunks: ThriftStruct[] = [];
    const from = this.at;
    for (const [index, column] of this.columns.entries()) chunks.push(await this.chunk(column, rows, values[index] as PlainValues));
    this.rowGroups.push(new ThriftStruct().with({ [ROW_GROUP.columns]: structs(chunks), [ROW_GROUP.totalBytes]: i64(this.at - from), [ROW_GROUP.rows]: i64(rows) }));
    this.rows += rows;
  }

  /** The file is whole after it. */
  async finish(): Promise<void> {
    const footer = writeStruct(new ThriftStruct().with({
      [FILE_META.version]: i32(1), [FILE_META.schema]: schemaOf(this.columns), [FILE_META.rows]: i64(this.rows),
      [FILE_META.rowGroups]: structs(this.rowGroups), [FILE_META.createdBy]: text('flowbench'),
    }));
    const length = Buffer.alloc(4);
    length.writeUInt32LE(footer.length);
    await this.put(Buffer.concat([footer, length, MAGIC]));
    await this.file.close();
  }

  private async chunk({ name, type }: PlainColumn, rows: number, values: PlainValues): Promise<ThriftStruct> {
    const start = this.at;
    const levels = levelsOf(rows, values.isSet);
    const size = levels.length + values.bytes.length;
    await this.put(pageHeader(rows, size));
    await this.put(levels);
    await this.put(values.bytes);
    const total = i64(this.at - start);
    return new ThriftStruct().with({
      [COLUMN_CHUNK.fileOffset]: i64(start),
      [COLUMN_CHUNK.metaData]: struct(new ThriftStruct().with({
        [COLUMN_META.type]: i32(PHYSICAL[type]), [COLUMN_META.encodings]: integers([ENCODING.plain, ENCODING.rle]), [COLUMN_META.path]: texts([name]),
        [COLUMN_META.codec]: i32(0), [COLUMN_META.values]: i64(rows), [COLUMN_META.totalUncompressed]: total, [COLUMN_META.totalCompressed]: total,
        [COLUMN_META.dataPageOffset]: i64(start),
      })),
    });
  }

  private async put(bytes: Uint8Array): Promise<void> {
    for (let written = 0; written < bytes.length;) written += (await this.file.write(bytes, written)).bytesWritten;
    this.at += bytes.length;
  }
}

function schemaOf(columns: readonly PlainColumn[]): ThriftField {
  const root = new ThriftStruct().with({ [SCHEMA_ELEMENT.name]: text('schema'), [SCHEMA_ELEMENT.children]: i32(columns.length) });
  return structs([root, ...columns.map(({ name, type }) => {
    const converted = CONVERTED[type];
    return new ThriftStruct().with({
      [SCHEMA_ELEMENT.type]: i32(PHYSICAL[type]), [SCHEMA_ELEMENT.repetition]: i32(OPTIONAL), [SCHEMA_ELEMENT.name]: text(name),
      ...(converted === undefined ? {} : { [SCHEMA_ELEMENT.convertedType]: i32(converted) }),
    });
  })]);
}

/** Fields of a page's header: type 0 is a data page of the first version. */
function pageHeader(rows: number, sizeBytes: number): Buffer {
  const data = new ThriftStruct().with({ 1: i32(rows), 2: i32(ENCODING.plain), 3: i32(ENCODING.rle), 4: i32(ENCODING.rle) });
  return writeStruct(new ThriftStruct().with({ 1: i32(0), 2: i32(sizeBytes), 3: i32(sizeBytes), 5: struct(data) }));
}

/** One bit a row: a single run where all are set, else the bits themselves; the length comes first. */
function levelsOf(rows: number, isSet: Uint8Array | null): Buffer {
  const run = isSet === null ? Buffer.concat([varint(rows * 2), Buffer.from([1])]) : Buffer.concat([varint(Math.ceil(rows / 8) * 2 + 1), isSet.subarray(0, Math.ceil(rows / 8))]);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(run.length);
  return Buffer.concat([length, run]);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) | 0x80);
  bytes.push(rest);
  return Buffer.from(bytes);
}
