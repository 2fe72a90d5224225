import type { FileMetaData, RowGroup, SchemaElement } from 'hyparquet' with { 'resolution-mode': 'import' };
import { FlowbenchError, messageOf } from '../model/errors.js';

/** What one Parquet file says about itself in its footer. */
export interface Footer {
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  readonly rows: number;
  readonly rowGroups: readonly { readonly rows: number; readonly columnBytes: readonly number[] }[];
  readonly codecs: ReadonlySet<string>;
  /** Whether every column chunk has a column index, so that a reader may skip pages. */
  readonly pageIndex: boolean;
}

/** Reads the footer alone. Throws `dataset_invalid` naming the file when it is no whole Parquet file. */
export async function readFooter(path: string, name: string): Promise<Footer> {
  try {
    const { asyncBufferFromFile, parquetMetadataAsync } = await import('hyparquet');
    return footerOf(await parquetMetadataAsync(await asyncBufferFromFile(path)));
  } catch (cause) {
    throw new FlowbenchError('dataset_invalid', `${name} is not a readable Parquet file (${messageOf(cause)}).`, {
      remedy: 'Copy or make that file again.',
      cause,
    });
  }
}

function footerOf(metadata: FileMetaData): Footer {
  const columns = topLevelColumns(metadata.schema);
  const names = columns.map((column) => column.name);
  const chunks = metadata.row_groups.flatMap((group) => group.columns);
  return {
    columns,
    rows: Number(metadata.num_rows),
    // A row group without rows holds nothing to plan, read or prove.
    rowGroups: metadata.row_groups.filter((group) => group.num_rows > 0n).map((group) => ({ rows: Number(group.num_rows), columnBytes: columnBytes(group, names) })),
    codecs: new Set(chunks.map((chunk) => chunk.meta_data?.codec ?? 'UNKNOWN')),
    pageIndex: chunks.length > 0 && chunks.every((chunk) => chunk.column_index_offset !== undefined && chunk.offset_index_offset !== undefined),
  };
}

/** Compressed bytes per top-level column; a nested column is the sum of its leaves. */
function columnBytes(group: RowGroup, names: readonly string[]): number[] {
  const bytes = new Map<string, number>();
  for (const { meta_data: meta } of group.columns) {
    const name = meta?.path_in_schema[0];
    if (meta === undefined || name === undefined) continue;
    bytes.set(name, (bytes.get(name) ?? 0) + Number(meta.total_compressed_size));
  }
  return names.map((name) => bytes.get(name) ?? 0);
}

/** The schema is a depth-first list; a nested element's descendants are stepped over. */
function topLevelColumns(schema: readonly SchemaElement[]): { name: string; type: string }[] {
  const columns: { name: string; type: string }[] = [];
  for (let index = 1; index < schema.length; index = afterSubtree(schema, index)) {
    const element = schema[index];
    if (element !== undefined) columns.push({ name: element.name, type: typeOf(element) });
  }
  return columns;
}

function afterSubtree(schema: readonly SchemaElement[], index: number): number {
  let next = index + 1;
  for (let child = schema[index]?.num_children ?? 0; child > 0; child -= 1) next = afterSubtree(schema, next);
  return next;
}

const CONVERTED_TYPES: Readonly<Record<string, string>> = {
  UTF8: 'VARCHAR', ENUM: 'VARCHAR', JSON: 'VARCHAR', DATE: 'DATE',
  INT_8: 'TINYINT', INT_16: 'SMALLINT', INT_32: 'INTEGER', INT_64: 'BIGINT',
  UINT_8: 'UTINYINT', UINT_16: 'USMALLINT', UINT_32: 'UINTEGER', UINT_64: 'UBIGINT',
};

const PHYSICAL_TYPES: Readonly<Record<string, string>> = {
  INT32: 'INTEGER', INT64: 'BIGINT', FLOAT: 'FLOAT', DOUBLE: 'DOUBLE', BOOLEAN: 'BOOLEAN', BYTE_ARRAY: 'BLOB', FIXED_LEN_BYTE_ARRAY: 'BLOB',
};

/** A column's type by the SQL name DuckDB gives it; what no TPC-H column is keeps its Parquet name. */
function typeOf(element: SchemaElement): string {
  if (element.num_children !== undefined) return 'STRUCT';
  if (element.repetition_type === 'REPEATED') return 'LIST';
  const logical = element.logical_type?.type;
  if (element.converted_type === 'DECIMAL' || logical === 'DECIMAL') return `DECIMAL(${element.precision ?? 0},${element.scale ?? 0})`;
  if (logical === 'STRING') return 'VARCHAR';
  if (logical === 'DATE') return 'DATE';
  if (element.converted_type !== undefined) return CONVERTED_TYPES[element.converted_type] ?? element.converted_type;
  if (logical !== undefined && logical !== 'INTEGER') return logical;
  return PHYSICAL_TYPES[element.type ?? ''] ?? 'UNKNOWN';
}
