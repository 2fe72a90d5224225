import { FlowbenchError } from '../../model/errors.js';
import type { ColumnType } from '../../model/typed-rows.js';

/** A column as the protocol describes it. */
export interface TrinoColumn {
  readonly name: string;
  /** `bigint`, `decimal(38, 4)`, `varchar(25)`. */
  readonly type: string;
}

export interface Column {
  readonly name: string;
  readonly type: ColumnType;
}

type Decoder = (value: unknown) => string;

const KINDS: Readonly<Record<string, Exclude<ColumnType['kind'], 'decimal'>>> = {
  tinyint: 'integer', smallint: 'integer', integer: 'integer', bigint: 'integer',
  double: 'double', real: 'double', varchar: 'string', char: 'string', date: 'date', boolean: 'boolean',
};
const DECIMAL = /^decimal\((\d+), ?(\d+)\)$/;
const INTEGER_TEXT = /^-?\d+$/;

/** The project's type of a Trino type by its name. Throws for one that no TPC-H result has. */
export function columnOf({ name, type }: TrinoColumn): Column {
  const [, precision, scale] = DECIMAL.exec(type) ?? [];
  if (precision !== undefined && scale !== undefined) return { name, type: { kind: 'decimal', precision: Number(precision), scale: Number(scale) } };
  const kind = KINDS[type.replace(/\(.*$/, '')];
  if (kind !== undefined) return { name, type: { kind } };
  throw new FlowbenchError('internal', `Column "${name}" has type ${type}, which has no canonical text.`);
}

/** Turns rows of a page into canonical text, by the types of their columns. */
export class RowDecoder {
  private readonly decoders: readonly Decoder[];

  constructor(private readonly columns: readonly Column[]) {
    this.decoders = columns.map(({ name, type }) => decoderOf(name, type));
  }

  row(values: readonly unknown[]): (string | null)[] {
    if (values.length !== this.columns.length) throw unexpected(`a row has ${values.length} values for ${this.columns.length} columns`);
    return this.decoders.map((decode, index) => {
      const value = values[index];
      return value === null || value === undefined ? null : decode(value);
    });
  }
}

function decoderOf(name: string, type: ColumnType): Decoder {
  const refuse = (value: unknown): never => { throw unexpected(`column "${name}" of kind ${type.kind} holds ${JSON.stringify(value)}`); };
  switch (type.kind) {
    case 'integer':
      return (value) => {
        if (typeof value === 'number' && Number.isSafeInteger(value)) return String(value);
        // As digits where a double could not hold it (see exact-json.ts).
        return typeof value === 'string' && INTEGER_TEXT.test(value) ? value : refuse(value);
      };
    case 'decimal': {
      const shape = new RegExp(type.scale === 0 ? '^-?\\d+$' : `^-?\\d+\\.\\d{${type.scale}}$`);
      return (value) => (typeof value === 'string' && shape.test(value) ? value : refuse(value));
    }
    case 'double':
      return (value) => {
        if (typeof value === 'number') return String(value);
        return typeof value === 'string' && /^(NaN|-?Infinity)$/.test(value) ? value : refuse(value);
      };
    case 'string':
    case 'date':
      return (value) => (typeof value === 'string' ? value : refuse(value));
    case 'boolean':
      return (value) => (typeof value === 'boolean' ? String(value) : refuse(value));
  }
}

function unexpected(what: string): FlowbenchError {
  return new FlowbenchError('query_failed', `Trino's answer cannot be read: ${what}.`);
}
