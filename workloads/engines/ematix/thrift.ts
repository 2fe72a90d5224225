/**
 * Thrift's compact protocol as a tree of fields, for footers of Parquet files: whatever is not asked for by its
 * number is carried from a footer to the next one unseen.
 */
export const THRIFT = { true: 1, false: 2, byte: 3, i16: 4, i32: 5, i64: 6, double: 7, binary: 8, list: 9, set: 10, map: 11, struct: 12 } as const;

/** Integers are bigint, doubles their eight bytes. */
export type ThriftValue = bigint | boolean | Uint8Array | ThriftList | ThriftStruct;

export interface ThriftList {
  readonly kind: 'list';
  readonly elementType: number;
  readonly items: readonly ThriftValue[];
}

export interface ThriftField {
  readonly type: number;
  readonly value: ThriftValue;
}

/** The fields of a struct by their numbers, in the order in which they are written. */
export class ThriftStruct {
  readonly kind = 'struct';

  constructor(private readonly fields: ReadonlyMap<number, ThriftField> = new Map()) {}

  entries(): [number, ThriftField][] {
    return [...this.fields].sort(([a], [b]) => a - b);
  }

  /** With some fields set, and those of `undefined` left out. */
  with(changes: Readonly<Record<number, ThriftField | undefined>>): ThriftStruct {
    const fields = new Map(this.fields);
    for (const [id, field] of Object.entries(changes)) {
      if (field === undefined) fields.delete(Number(id));
      else fields.set(Number(id), field);
    }
    return new ThriftStruct(fields);
  }

  integer(id: number): bigint | undefined {
    const value = this.fields.get(id)?.value;
    return typeof value === 'bigint' ? value : undefined;
  }

  struct(id: number): ThriftStruct | undefined {
    const value = this.fields.get(id)?.value;
    return value instanceof ThriftStruct ? value : undefined;
  }

  structs(id: number): ThriftStruct[] {
    const value = this.fields.get(id)?.value;
    return typeof value === 'object' && 'kind' in value && value.kind === 'list' ? value.items.filter((item) => item instanceof ThriftStruct) : [];
  }

  field(id: number): ThriftField | undefined {
    return this.fields.get(id);
  }
}

export const i16 = (value: number): ThriftField => ({ type: THRIFT.i16, value: BigInt(value) });
export const i32 = (value: number): ThriftField => ({ type: THRIFT.i32, value: BigInt(value) });
export const i64 = (value: number | bigint): ThriftField => ({ type: THRIFT.i64, value: BigInt(value) });
export const text = (value: string): ThriftField => ({ type: THRIFT.binary, value: Buffer.from(value) });
export const struct = (value: ThriftStruct): ThriftField => ({ type: THRIFT.struct, value });
export const structs = (items: readonly ThriftStruct[]): ThriftField => ({ type: THRIFT.list, value: { kind: 'list', elementType: THRIFT.struct, items } });
export const integers = (items: readonly number[]): ThriftField => ({ type: THRIFT.list, value: { kind: 'list', elementType: THRIFT.i32, items: items.map(BigInt) } });
export const texts = (items: readonly string[]): ThriftField => ({ type: THRIFT.list, value: { kind: 'list', elementType: THRIFT.binary, items: items.map((item) => Buffer.from(item)) } });

/** Reads one struct. Throws a RangeError when the bytes end within it. */
export function readStruct(bytes: Uint8Array): ThriftStruct {
  return new Reader(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)).struct();
}

class Reader {
  private at = 0;

  constructor(private readonly bytes: Buffer) {}

  struct(): ThriftStruct {
    const fields = new Map<number, ThriftField>();
    let id = 0;
    for (let header = this.byte(); header !== 0; header = this.byte()) {
      const type = header & 0x0f;
      id = header >> 4 === 0 ? Number(this.zigzag()) : id + (header >> 4);
      fields.set(id, { type, value: this.value(type) });
    }
    return new ThriftStruct(fields);
  }

  private value(type: number): ThriftValue {
    switch (type) {
      case THRIFT.true:
      case THRIFT.false:
        return type === THRIFT.true;
      case THRIFT.byte:
        return BigInt(this.byte());
      case THRIFT.i16:
      case THRIFT.i32:
      case THRIFT.i64:
        return this.zigzag();
      case THRIFT.double:
        return this.take(8);
      case THRIFT.binary:
        return this.take(Number(this.varint()));
      case THRIFT.list:
      case THRIFT.set:
        return this.list();
      case THRIFT.struct:
        return this.struct();
      default:
        throw new RangeError(`The footer holds a Thrift type ${type}, which no Parquet footer has.`);
    }
  }

  private list(): ThriftList {
    const header = this.byte();
    const elementType = header & 0x0f;
    const size = header >> 4 === 15 ? Number(this.varint()) : header >> 4;
    const isBoolean = elementType === THRIFT.true || elementType === THRIFT.false;
    return { kind: 'list', elementType, items: Array.from({ length: size }, () => (isBoolean ? this.byte() === 1 : this.value(elementType))) };
  }

  private byte(): number {
    const value = this.bytes[this.at];
    if (value === undefined) throw new RangeError('The footer ends in the middle.');
    this.at += 1;
    return value;
  }

  private take(length: number): Uint8Array {
    if (this.at + length > this.bytes.length) throw new RangeError('The footer ends in the middle.');
    this.at += length;
    return this.bytes.subarray(this.at - length, this.at);
  }

  private varint(): bigint {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = this.byte();
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  }

  private zigzag(): bigint {
    const value = this.varint();
    return (value >> 1n) ^ -(value & 1n);
  }
}

export function writeStruct(value: ThriftStruct): Buffer {
  const bytes: number[] = [];
  putStruct(bytes, value);
  return Buffer.from(bytes);
}

function putStruct(bytes: number[], value: ThriftStruct): void {
  let last = 0;
  for (const [id, field] of value.entries()) {
    // A boolean is its type; there is no byte for its value.
    const type = typeof field.value === 'boolean' ? (field.value ? THRIFT.true : THRIFT.false) : field.type;
    const step = id - last;
    if (step > 0 && step <= 15) bytes.push((step << 4) | type);
    else {
      bytes.push(type);
      putVarint(bytes, zigzag(BigInt(id)));
    }
    if (typeof field.value !== 'boolean') putValue(bytes, type, field.value);
    last = id;
  }
  bytes.push(0);
}

function putValue(bytes: number[], type: number, value: ThriftValue): void {
  if (typeof value === 'boolean') bytes.push(value ? 1 : 2);
  else if (typeof value === 'bigint') {
    if (type === THRIFT.byte) bytes.push(Number(value));
    else putVarint(bytes, zigzag(value));
  } else if (value instanceof ThriftStruct) putStruct(bytes, value);
  else if (value instanceof Uint8Array) {
    if (type === THRIFT.binary) putVarint(bytes, BigInt(value.length));
    for (const byte of value) bytes.push(byte);
  } else {
    const { elementType, items } = value;
    if (items.length < 15) bytes.push((items.length << 4) | elementType);
    else {
      bytes.push(0xf0 | elementType);
      putVarint(bytes, BigInt(items.length));
    }
    for (const item of items) putValue(bytes, elementType, item);
  }
}

function putVarint(bytes: number[], value: bigint): void {
  let rest = value;
  for (; rest >= 0x80n; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
  bytes.push(Number(rest));
}

function zigzag(value: bigint): bigint {
  return value >= 0n ? value << 1n : (-value << 1n) - 1n;
}
