import * as z from 'zod';
import { FlowbenchError } from './errors.js';
import { resultRowSchema } from './result-row.js';
import { runRecordSchema } from './run-record.js';

/** One column as BigQuery's API and Terraform's `schema` attribute write it. */
export interface BigQueryField {
  readonly name: string;
  readonly type: 'STRING' | 'INTEGER' | 'FLOAT' | 'BOOLEAN' | 'TIMESTAMP' | 'DATE' | 'JSON' | 'RECORD';
  readonly mode: 'REQUIRED' | 'NULLABLE' | 'REPEATED';
  readonly description?: string;
  readonly fields?: readonly BigQueryField[];
}

type JsonObject = Readonly<Record<string, unknown>>;

/**
 * Columns of a contract, one for each of its fields and in its order. An object becomes a RECORD, a list is
 * REPEATED, a map with free keys is JSON, what may be null is NULLABLE and everything else REQUIRED.
 *
 * Throws `internal` for a kind of field that has no column type here, naming its path.
 */
export function bigQueryFields(schema: z.ZodObject, path = ''): BigQueryField[] {
  return Object.entries(schema.shape).map(([name, field]) => column(name, field as z.ZodType, path === '' ? name : `${path}.${name}`));
}

function column(name: string, schema: z.ZodType, path: string): BigQueryField {
  const nullable = schema instanceof z.ZodNullable;
  const inner = nullable ? (schema.unwrap() as z.ZodType) : schema;
  const description = schema.description ?? inner.description;
  const described = description === undefined ? {} : { description };
  // A list in BigQuery is never null: an absent one is empty.
  if (inner instanceof z.ZodArray) return { name, mode: 'REPEATED', ...typeOf(inner.element as z.ZodType, path), ...described };
  return { name, mode: nullable ? 'NULLABLE' : 'REQUIRED', ...typeOf(inner, path), ...described };
}

function typeOf(schema: z.ZodType, path: string): Pick<BigQueryField, 'type' | 'fields'> {
  if (schema instanceof z.ZodObject) return { type: 'RECORD', fields: bigQueryFields(schema, path) };
  if (schema instanceof z.ZodRecord) return { type: 'JSON' };
  if (schema instanceof z.ZodBoolean) return { type: 'BOOLEAN' };
  if (schema instanceof z.ZodNumber) return { type: schema.format === 'safeint' ? 'INTEGER' : 'FLOAT' };
  if (schema instanceof z.ZodISODateTime) return { type: 'TIMESTAMP' };
  if (schema instanceof z.ZodISODate) return { type: 'DATE' };
  if (schema instanceof z.ZodString || schema instanceof z.ZodEnum) return { type: 'STRING' };
  if (schema instanceof z.ZodLiteral) return { type: literalType([...schema.values], path) };
  throw noColumnFor(path, schema.def.type);
}

function literalType(values: readonly unknown[], path: string): 'INTEGER' | 'STRING' {
  if (values.every((value) => typeof value === 'string')) return 'STRING';
  if (values.every((value) => Number.isSafeInteger(value))) return 'INTEGER';
  throw noColumnFor(path, `literal ${values.map(String).join(' | ')}`);
}

function noColumnFor(path: string, kind: string): FlowbenchError {
  return new FlowbenchError('internal', `Field "${path}" is of kind ${kind}, which has no column type in BigQuery here.`, {
    remedy: 'Say in workloads/model/bigquery-schema.ts which type it becomes.',
  });
}

/** Where a stored row came from; the loader adds it, so that a second load of the same row can be told apart. */
const ORIGIN: readonly BigQueryField[] = [
  { name: 'stored_at', type: 'TIMESTAMP', mode: 'REQUIRED', description: 'When the object that the row was loaded from was written to the results bucket.' },
  { name: 'source_uri', type: 'STRING', mode: 'REQUIRED', description: 'The object that the row was loaded from.' },
  { name: 'source_etag', type: 'STRING', mode: 'REQUIRED', description: 'Version of that object, by its content.' },
];

export interface RowOrigin {
  /** RFC 3339. */
  readonly stored_at: string;
  readonly source_uri: string;
  readonly source_etag: string;
}

/** One table, and the view that shows each of its rows once. */
export interface ResultTable {
  /** Holds every load; named by the version of its contract, whose fields never change within a version. */
  readonly tableId: string;
  /** One row per {@link key}, of the latest object that held it. */
  readonly viewId: string;
  readonly key: string;
  readonly partitionedBy: string;
  readonly clusteredBy: readonly string[];
  readonly description: string;
  readonly fields: readonly BigQueryField[];
}

export const RESULT_ROWS_TABLE: ResultTable = {
  tableId: 'result_rows_v1',
  viewId: 'result_rows',
  key: 'row_id',
  partitionedBy: 'started_at',
  clusteredBy: ['dataset_id', 'engine', 'query', 'run_id'],
  description: 'One repetition of one cell per row, once per load; derived from TPC-H, not comparable to published TPC-H results.',
  fields: [...bigQueryFields(resultRowSchema), ...ORIGIN],
};

export const RUN_RECORDS_TABLE: ResultTable = {
  tableId: 'run_records_v1',
  viewId: 'run_records',
  key: 'run_id',
  partitionedBy: 'created_at',
  clusteredBy: ['dataset_id', 'run_id'],
  description: 'Who made the numbers of a run, with what, from which code; once per load.',
  fields: [...bigQueryFields(runRecordSchema), ...ORIGIN],
};

export const RESULT_TABLES = [RESULT_ROWS_TABLE, RUN_RECORDS_TABLE] as const;

/**
 * The text of a table's view.
 *
 * @param dataset `<project>.<dataset>`; may be a Terraform expression
 */
export function viewQuery(table: ResultTable, dataset: string): string {
  const latest = `ROW_NUMBER() OVER (PARTITION BY ${table.key} ORDER BY stored_at DESC, source_etag DESC, source_uri DESC)`;
  return `SELECT * FROM \`${dataset}.${table.tableId}\` WHERE TRUE QUALIFY ${latest} = 1`;
}

/** A row as a load job takes it: with its origin, and without the nulls that a REPEATED column refuses. */
export function loadableRow(table: ResultTable, row: JsonObject, origin: RowOrigin): JsonObject {
  return withoutNullLists(table.fields, { ...row, ...origin });
}

function withoutNullLists(fields: readonly BigQueryField[], row: JsonObject): JsonObject {
  const columns = new Map(fields.map((field) => [field.name, field]));
  const kept = Object.entries(row).filter(([name, value]) => !(value === null && columns.get(name)?.mode === 'REPEATED'));
  return Object.fromEntries(kept.map(([name, value]) => [name, loadableValue(columns.get(name), value)]));
}

function loadableValue(column: BigQueryField | undefined, value: unknown): unknown {
  if (column?.fields === undefined || value === null) return value;
  const fields = column.fields;
  return Array.isArray(value) ? value.map((one) => withoutNullLists(fields, one as JsonObject)) : withoutNullLists(fields, value as JsonObject);
}
