import { Bool, BufferType, Data, DateDay, Decimal, Float64, Int32, Int64, Utf8, type DataType } from 'apache-arrow';
import { DuckDBDateValue, DuckDBDecimalType, DuckDBDecimalValue, DuckDBTypeId, type DuckDBType, type DuckDBValue } from '@duckdb/node-api';
import { FlowbenchError } from '../model/errors.js';

type Values = readonly DuckDBValue[];

/** How a result column becomes Arrow: its type, and the encoding of one chunk of its values. */
export interface ArrowColumn {
  readonly type: DataType;
  readonly encode: (values: Values) => Data;
}

/**
 * The Arrow form of a result column, typed as DuckDB's own Arrow export has it; HUGEINT, which Arrow
 * lacks, becomes DECIMAL(38,0). Throws `query_failed` for a type with no Arrow form here.
 */
export function arrowColumn(name: string, type: DuckDBType): ArrowColumn {
  if (type instanceof DuckDBDecimalType) return decimalColumn(type.scale, type.width);
  const column = COLUMNS.get(type.typeId);
  if (column !== undefined) return column;
  throw new FlowbenchError('query_failed', `Column "${name}" has type ${type.toString()}, which this worker cannot write as Arrow.`, {
    remedy: 'Cast it, or ask for Parquet output.',
  });
}

const INT32 = fixedWidth(new Int32(), (values) => Int32Array.from(values, Number));
const INT64 = fixedWidth(new Int64(), (values) => BigInt64Array.from(values, wholeNumber));
const FLOAT64 = fixedWidth(new Float64(), (values) => Float64Array.from(values, Number));
const WHOLE_38 = decimalColumn(0, 38);

const COLUMNS: ReadonlyMap<DuckDBTypeId, ArrowColumn> = new Map([
  [DuckDBTypeId.TINYINT, INT32],
  [DuckDBTypeId.SMALLINT, INT32],
  [DuckDBTypeId.INTEGER, INT32],
  [DuckDBTypeId.UTINYINT, INT32],
  [DuckDBTypeId.USMALLINT, INT32],
  [DuckDBTypeId.UINTEGER, INT64],
  [DuckDBTypeId.BIGINT, INT64],
  [DuckDBTypeId.UBIGINT, WHOLE_38],
  [DuckDBTypeId.HUGEINT, WHOLE_38],
  [DuckDBTypeId.FLOAT, FLOAT64],
  [DuckDBTypeId.DOUBLE, FLOAT64],
  [DuckDBTypeId.DATE, fixedWidth(new DateDay(), (values) => Int32Array.from(values, (value) => (value instanceof DuckDBDateValue ? value.days : 0)))],
  [DuckDBTypeId.BOOLEAN, fixedWidth(new Bool(), (values) => bitmap(values, (value) => value === true))],
  [DuckDBTypeId.VARCHAR, { type: new Utf8(), encode: encodeStrings }],
]);

/** A NULL's place holds 0; the validity bits say that it is none. */
function wholeNumber(value: DuckDBValue): bigint {
  return typeof value === 'bigint' ? value : BigInt(Number(value));
}

function decimalColumn(scale: number, precision: number): ArrowColumn {
  return fixedWidth(new Decimal(scale, precision, 128), (values) => {
    const words = new BigUint64Array(values.length * 2);
    for (const [index, value] of values.entries()) {
      const unscaled = value instanceof DuckDBDecimalValue ? value.value : wholeNumber(value);
      // Two's complement, low word first.
      words[index * 2] = BigInt.asUintN(64, unscaled);
      words[index * 2 + 1] = BigInt.asUintN(64, unscaled >> 64n);
    }
    return new Uint32Array(words.buffer);
  });
}

type FixedWidth = Int32 | Int64 | Float64 | DateDay | Bool | Decimal;

function fixedWidth<T extends FixedWidth>(type: T, encode: (values: Values) => T['TArray']): ArrowColumn {
  return { type, encode: (values) => dataOf(type, values, { [BufferType.DATA]: encode(values) }) };
}

function encodeStrings(values: Values): Data {
  const texts = values.map((value) => Buffer.from((value ?? '') as string, 'utf8'));
  const valueOffsets = new Int32Array(values.length + 1);
  for (const [index, text] of texts.entries()) valueOffsets[index + 1] = (valueOffsets[index] ?? 0) + text.length;
  return dataOf(new Utf8(), values, { [BufferType.OFFSET]: valueOffsets, [BufferType.DATA]: Buffer.concat(texts) });
}

function dataOf(type: DataType, values: Values, buffers: Partial<Data['buffers']>): Data {
  const nullCount = values.reduce<number>((sum, value) => (value === null ? sum + 1 : sum), 0);
  return new Data(type, 0, values.length, nullCount, { ...buffers, [BufferType.VALIDITY]: bitmap(values, (value) => value !== null) });
}

/** One bit a value, lowest bit first. */
function bitmap(values: Values, isSet: (value: DuckDBValue) => boolean): Uint8Array {
  const bits = new Uint8Array((values.length + 7) >> 3);
  for (const [index, value] of values.entries()) {
    if (isSet(value)) bits[index >> 3] = (bits[index >> 3] ?? 0) | (1 << (index & 7));
  }
  return bits;
}
