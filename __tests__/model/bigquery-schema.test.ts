import * as z from 'zod';
import { bigQueryFields, type BigQueryField, loadableRow, RESULT_ROWS_TABLE, RESULT_TABLES, RUN_RECORDS_TABLE, viewQuery } from '../../workloads/model/bigquery-schema.js';
import { resultRowSchema } from '../../workloads/model/result-row.js';
import { runRecordSchema } from '../../workloads/model/run-record.js';
import { campaignRows, failedRow, resultRow, runRecord } from '../fixtures/result-rows.js';

type Row = Readonly<Record<string, unknown>>;

const ORIGIN = { stored_at: '2026-05-04T11:00:00.000Z', source_uri: 's3://results/runs/run-1/results.ndjson', source_etag: '0'.repeat(32) };

const FITS: Readonly<Record<BigQueryField['type'], (value: unknown) => boolean>> = {
  STRING: (value) => typeof value === 'string',
  INTEGER: (value) => Number.isSafeInteger(value),
  FLOAT: (value) => typeof value === 'number' && Number.isFinite(value),
  BOOLEAN: (value) => typeof value === 'boolean',
  TIMESTAMP: (value) => typeof value === 'string' && /^\d{4}-\d\d-\d\dT.*Z$/.test(value),
  DATE: (value) => typeof value === 'string' && /^\d{4}-\d\d-\d\d$/.test(value),
  JSON: (value) => typeof value === 'object',
  RECORD: (value) => typeof value === 'object' && value !== null,
};

/** What BigQuery would refuse of a row, as it decides: unknown fields, missing ones, nulls, types. */
function misfits(fields: readonly BigQueryField[], row: Row, path = ''): string[] {
  const unknown = Object.keys(row).filter((name) => !fields.some((field) => field.name === name)).map((name) => `${path}${name}: no such column`);
  return [...unknown, ...fields.flatMap((field) => misfit(field, row[field.name], `${path}${field.name}`))];
}

function misfit(field: BigQueryField, value: unknown, path: string): string[] {
  if (field.mode === 'REPEATED') {
    if (value === undefined) return [];
    return Array.isArray(value) ? value.flatMap((one) => misfit({ ...field, mode: 'REQUIRED' }, one, path)) : [`${path}: no list`];
  }
  if (value === undefined || value === null) return field.mode === 'NULLABLE' ? [] : [`${path}: null`];
  if (!FITS[field.type](value)) return [`${path}: no ${field.type}`];
  return field.fields === undefined ? [] : misfits(field.fields, value as Row, `${path}.`);
}

const rowMisfits = (row: Row) => misfits(RESULT_ROWS_TABLE.fields, loadableRow(RESULT_ROWS_TABLE, row, ORIGIN));

describe('columns of the result row', () => {
  it('take every row of a campaign, failures included', () => {
    const rows = [...campaignRows({ usdPerHour: 0.192 }), failedRow({ status: 'timeout', error: 'after 300 s' })];
    expect(rows.flatMap(rowMisfits)).toEqual([]);
  });

  it.each([
    ['a field that the table lacks', { ...resultRow(), queue_ms: 1 }, 'queue_ms: no such column'],
    ['a fraction where whole numbers stand', { ...resultRow(), rows: 1.5 }, 'rows: no INTEGER'],
    ['a null in a required column', { ...resultRow(), engine: null }, 'engine: null'],
    ['a wrong type inside an object', { ...resultRow(), stages: { ...resultRow().stages, plan_ms: 'fast' } }, 'stages.plan_ms: no FLOAT'],
  ])('do not take %s', (_, row, problem) => {
    expect(rowMisfits(row)).toEqual([problem]);
  });

  it('have one column for each field, in its order, then where the row came from', () => {
    expect(RESULT_ROWS_TABLE.fields.map((field) => field.name)).toEqual([...Object.keys(resultRowSchema.shape), 'stored_at', 'source_uri', 'source_etag']);
  });

  it.each([
    ['row_version', 'INTEGER', 'REQUIRED'], ['started_at', 'TIMESTAMP', 'REQUIRED'], ['status', 'STRING', 'REQUIRED'], ['duration_ms', 'FLOAT', 'NULLABLE'],
    ['rows', 'INTEGER', 'NULLABLE'], ['worker_busy_ms', 'FLOAT', 'REPEATED'], ['cold', 'BOOLEAN', 'REQUIRED'], ['stages', 'RECORD', 'REQUIRED'], ['executor', 'STRING', 'NULLABLE'],
  ])('make %s %s %s', (name, type, mode) => {
    expect(RESULT_ROWS_TABLE.fields.find((field) => field.name === name)).toMatchObject({ type, mode });
  });

  it('say what their field means, where the contract does', () => {
    const described = (name: string) => RESULT_ROWS_TABLE.fields.find((field) => field.name === name)?.description;
    expect([described('duration_ms'), described('worker_busy_ms'), described('run_id')]).toEqual([
      expect.stringMatching(/^Query text handed to an open session/), expect.stringMatching(/^Busy ms of each worker/), undefined,
    ]);
  });

  it('change with the contract', () => {
    const grown = bigQueryFields(resultRowSchema.extend({ queue_ms: z.number().nullable().describe('Waiting for a place.') }));
    expect(grown.at(-1)).toEqual({ name: 'queue_ms', type: 'FLOAT', mode: 'NULLABLE', description: 'Waiting for a place.' });
    expect(grown).toHaveLength(bigQueryFields(resultRowSchema).length + 1);
  });
});

describe('columns of the run record', () => {
  it('take a record with prices and a free-form configuration', () => {
    const prices = { node_shape: 'm5.xlarge', region: 'us-east-2', purchase: 'on-demand', as_of: '2026-01-19', instance_usd_per_hour: 0.192, control_plane_usd_per_hour: 0.1 };
    const row = loadableRow(RUN_RECORDS_TABLE, runRecord({ prices, config: { nested: { anything: [1] } } }), ORIGIN);
    expect(misfits(RUN_RECORDS_TABLE.fields, row)).toEqual([]);
    expect(bigQueryFields(runRecordSchema)).toContainEqual(expect.objectContaining({ name: 'prices', type: 'RECORD', mode: 'NULLABLE' }));
  });
});

describe('a row to be loaded', () => {
  it('lacks a list that is null, which a REPEATED column refuses, also inside objects', () => {
    const table = { ...RESULT_ROWS_TABLE, fields: bigQueryFields(z.strictObject({ inner: z.strictObject({ list: z.array(z.int()).nullable(), text: z.string().nullable() }) })) };
    expect(loadableRow(table, { inner: { list: null, text: null } }, ORIGIN)).toEqual({ inner: { text: null }, ...ORIGIN });
  });
});

describe('a kind of field without a column type', () => {
  it.each([
    ['a union', z.union([z.string(), z.number()]), /"inner\.field" is of kind union/],
    ['an optional field, where absent is null', z.string().optional(), /kind optional/],
    ['anything', z.unknown(), /kind unknown/],
    ['a mixed literal', z.literal(['a', 1]), /literal a \| 1/],
    ['a list of lists', z.array(z.array(z.string())), /kind array/],
  ])('is refused: %s', (_, field, message) => {
    expect(() => bigQueryFields(z.strictObject({ inner: z.strictObject({ field }) }))).toThrow(message);
  });
});

it('names tables by the version of their contract, so that columns never change within one', () => {
  expect(RESULT_TABLES.map((table) => table.tableId)).toEqual(['result_rows_v1', 'run_records_v1']);
  expect([...resultRowSchema.shape.row_version.values, ...runRecordSchema.shape.record_version.values]).toEqual([1, 1]);
});

it('writes a view over the table alone', () => {
  expect(viewQuery(RUN_RECORDS_TABLE, 'p.d')).toBe(
    'SELECT * FROM `p.d.run_records_v1` WHERE TRUE QUALIFY ROW_NUMBER() OVER (PARTITION BY run_id ORDER BY stored_at DESC, source_etag DESC, source_uri DESC) = 1',
  );
});
