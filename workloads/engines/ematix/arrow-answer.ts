import { readFile } from 'node:fs/promises';
import { DataType, tableFromIPC, type Table, type Vector } from 'apache-arrow';
import { FlowbenchError, messageOf } from '../../model/errors.js';
import type { ColumnType, TypedRows } from '../../model/typed-rows.js';
import type { PlainColumn, PlainType } from './plain-parquet.js';

/** A column of an Arrow file: what it is to a row, and to a partial. */
export interface ArrowColumn extends PlainColumn {
  readonly columnType: ColumnType;
  /** Value at a place, as canonical text. */
  readonly textAt: (index: number) => string | null;
  readonly vector: Vector;
}

export interface ArrowAnswer {
  readonly rows: number;
  /** Empty where the answer has no row: then the program writes no schema either. */
  readonly columns: readonly ArrowColumn[];
}

/** Reads what a unit wrote. Throws `query_failed` for what is no Arrow file or has a type that no TPC-H answer has. */
export async function readArrowAnswer(path: string): Promise<ArrowAnswer> {
  const bytes = await readFile(path).catch((cause: unknown) => {
    throw new FlowbenchError('query_failed', `The program ended well, but its output cannot be read: ${messageOf(cause)}`, { cause });
  });
  let table: Table;
  try {
    table = tableFromIPC(bytes);
  } catch (cause) {
    throw new FlowbenchError('query_failed', `The program ended well, but its output is no Arrow file: ${messageOf(cause)}`, { cause });
  }
  return { rows: table.numRows, columns: table.schema.fields.map((field, index) => columnOf(field.name, table.getChildAt(index) as Vector)) };
}

/** Every row as canonical text. */
export function typedRows({ rows, columns }: ArrowAnswer): TypedRows {
  return {
    columns: columns.map(({ name, columnType }) => ({ name, type: columnType })),
    rows: Array.from({ length: rows }, (_, row) => columns.map((column) => column.textAt(row))),
  };
}

const DAY_MS = 86_400_000;

function columnOf(name: string, vector: Vector): ArrowColumn {
  const type: unknown = DataType.isDictionary(vector.type) ? vector.type.dictionary : vector.type;
  const [kind, plain] = kindOf(name, type);
  const dayText = (value: unknown): string => new Date(Number(value)).toISOString().slice(0, 10);
  const textOf = kind === 'date' ? dayText : String;
  return {
    name, vector, type: plain, columnType: { kind },
    textAt: (index) => {
      const value: unknown = vector.get(index);
      return value == null ? null : textOf(value);
    },
  };
}

type SimpleKind = Exclude<ColumnType['kind'], 'decimal'>;

function kindOf(name: string, type: unknown): [SimpleKind, PlainType] {
  if (DataType.isInt(type)) return ['integer', type.bitWidth === 64 || (type.bitWidth === 32 && !type.isSigned) ? 'int64' : 'int32'];
  if (DataType.isFloat(type)) return ['double', 'double'];
  if (DataType.isUtf8(type) || DataType.isLargeUtf8(type) || DataType.isUtf8View(type)) return ['string', 'string'];
  if (DataType.isDate(type)) return ['date', 'date'];
  if (DataType.isBool(type)) return ['boolean', 'boolean'];
  throw new FlowbenchError('query_failed', `Column "${name}" of the answer has the Arrow type ${String(type)}, which no answer over double columns has.`);
}

/** Days since 1970-01-01 of what a date column gives for a value. */
export function dayOf(value: unknown): number {
  return Math.round(Number(value) / DAY_MS);
}
