import { DuckDBDecimalType, DuckDBTypeId, type DuckDBDataChunk, type DuckDBResult } from '@duckdb/node-api';
import { FlowbenchError } from '../model/errors.js';
import type { ColumnType } from '../model/typed-rows.js';

const INTEGER_TYPES: ReadonlySet<DuckDBTypeId> = new Set([
  DuckDBTypeId.TINYINT, DuckDBTypeId.SMALLINT, DuckDBTypeId.INTEGER, DuckDBTypeId.BIGINT, DuckDBTypeId.HUGEINT,
  DuckDBTypeId.UTINYINT, DuckDBTypeId.USMALLINT, DuckDBTypeId.UINTEGER, DuckDBTypeId.UBIGINT, DuckDBTypeId.UHUGEINT,
]);

const SIMPLE_TYPES: ReadonlyMap<DuckDBTypeId, 'double' | 'string' | 'date' | 'boolean'> = new Map([
  [DuckDBTypeId.DOUBLE, 'double'], [DuckDBTypeId.FLOAT, 'double'], [DuckDBTypeId.VARCHAR, 'string'],
  [DuckDBTypeId.DATE, 'date'], [DuckDBTypeId.BOOLEAN, 'boolean'],
] as const);

/** The project's column types of a DuckDB result; throws for a type no TPC-H result has. */
export function columnTypes(result: DuckDBResult): ColumnType[] {
  return result.columnTypes().map((type, index) => {
    if (INTEGER_TYPES.has(type.typeId)) return { kind: 'integer' };
    if (type instanceof DuckDBDecimalType) return { kind: 'decimal', precision: type.width, scale: type.scale };
    const kind = SIMPLE_TYPES.get(type.typeId);
    if (kind !== undefined) return { kind };
    throw new FlowbenchError('internal', `Column "${result.columnName(index)}" has type ${type.toString()}, which has no canonical text.`);
  });
}

/** One column of a chunk as canonical text (see typed-rows.ts). */
export function decodeColumn(chunk: DuckDBDataChunk, index: number): (string | null)[] {
  // DuckDB's value classes print canonically: decimals with all digits of their scale, dates as ISO.
  return chunk.getColumnValues(index).map((value) => (value === null ? null : String(value)));
}
