import type { Vector } from 'apache-arrow';
import { bucketUri } from '../../model/work-unit.js';
import { dayOf, type ArrowAnswer, type ArrowColumn } from './arrow-answer.js';
import { PlainParquetFile, type PlainType, type PlainValues } from './plain-parquet.js';

export interface PartialTarget {
  readonly uri: string;
  readonly buckets: number;
  /** Column by which rows are dealt to the buckets; null for a single one. */
  readonly bucketBy: string | null;
}

const ROWS_PER_GROUP = 1_000_000;

/** Writes a unit's answer as the Parquet files that the merge reads; answers the rows of each. */
export async function writePartial(answer: ArrowAnswer, target: PartialTarget): Promise<number[]> {
  const dealt = target.buckets === 1 ? [null] : deal(answer, target);
  const written: number[] = [];
  for (const [bucket, rows] of dealt.entries()) {
    const file = await PlainParquetFile.create(bucketUri(target.uri, bucket, target.buckets), answer.columns);
    const count = rows?.length ?? answer.rows;
    for (let from = 0; from < count; from += ROWS_PER_GROUP) {
      const to = Math.min(count, from + ROWS_PER_GROUP);
      const places = rows === null ? { from, to } : rows.subarray(from, to);
      await file.add(to - from, answer.columns.map((column) => plainValues(column, places)));
    }
    await file.finish();
    written.push(count);
  }
  return written;
}

/** Rows of each bucket, by the remainder of their key: the same key in the same bucket whatever unit it comes from. */
function deal({ rows, columns }: ArrowAnswer, { buckets, bucketBy }: PartialTarget): Uint32Array[] {
  const key = columns.find(({ name }) => name === bucketBy);
  const places = Array.from({ length: buckets }, (): number[] => []);
  for (let row = 0; row < rows; row += 1) places[bucketOf(key?.vector.get(row), buckets)]?.push(row);
  return places.map((list) => Uint32Array.from(list));
}

function bucketOf(key: unknown, buckets: number): number {
  return key == null ? 0 : Math.abs(Number(key)) % buckets;
}

type Places = Uint32Array | { readonly from: number; readonly to: number };

function plainValues({ vector, type }: ArrowColumn, places: Places): PlainValues {
  const asStored = storedBytes(vector, type, places);
  if (asStored !== null) return { bytes: asStored, isSet: null };
  const { length, at } = listed(places);
  const isSet = new Uint8Array((length + 7) >> 3);
  const values: unknown[] = [];
  for (let index = 0; index < length; index += 1) {
    const value: unknown = vector.get(at(index));
    if (value == null) continue;
    isSet[index >> 3] = (isSet[index >> 3] ?? 0) | (1 << (index & 7));
    values.push(value);
  }
  return { bytes: ENCODE[type](values), isSet: values.length === length ? null : isSet };
}

function listed(places: Places): { readonly length: number; readonly at: (index: number) => number } {
  if (places instanceof Uint32Array) return { length: places.length, at: (index) => places[index] ?? 0 };
  return { length: places.to - places.from, at: (index) => places.from + index };
}

/** Numbers without NULLs lie in Arrow as they do in Parquet. */
function storedBytes(vector: Vector, type: PlainType, places: Places): Buffer | null {
  if (vector.nullCount > 0 || places instanceof Uint32Array || (type !== 'int64' && type !== 'double')) return null;
  const values: unknown = vector.slice(places.from, places.to).toArray();
  const fits = type === 'int64' ? values instanceof BigInt64Array : values instanceof Float64Array;
  return fits ? bytesOf(values as BigInt64Array | Float64Array) : null;
}

const ENCODE: Readonly<Record<PlainType, (values: readonly unknown[]) => Buffer>> = {
  int32: (values) => bytesOf(Int32Array.from(values, Number)),
  int64: (values) => bytesOf(BigInt64Array.from(values, (value) => BigInt(value as bigint | number))),
  double: (values) => bytesOf(Float64Array.from(values, Number)),
  date: (values) => bytesOf(Int32Array.from(values, dayOf)),
  boolean: (values) => {
    const bits = Buffer.alloc((values.length + 7) >> 3);
    for (const [index, value] of values.entries()) {
      if (value === true) bits[index >> 3] = (bits[index >> 3] ?? 0) | (1 << (index & 7));
    }
    return bits;
  },
  string: (values) => Buffer.concat(values.flatMap((value) => {
    const content = Buffer.from(value as string);
    const length = Buffer.alloc(4);
    length.writeUInt32LE(content.length);
    return [length, content];
  })),
};

function bytesOf({ buffer, byteOffset, byteLength }: NodeJS.TypedArray): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}
