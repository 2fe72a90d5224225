import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { tableFromIPC, type Table } from 'apache-arrow';
import { runUnit } from '../../workloads/worker/run-unit.js';
import { ALL_TYPES_SQL } from './arrow-fixture.js';
import { environmentOf, temporaryFolder, unitV2, type UnitChanges } from './support.js';

const folder = temporaryFolder();
const path = join(folder.dir, 'partial.arrow');
afterAll(() => { folder.remove(); });

async function writeArrow(changes: UnitChanges): Promise<Table> {
  const env = environmentOf(folder.dir);
  const metrics = await runUnit(unitV2(folder.dir, { ...changes, output: { kind: 'arrow_ipc', uri: path } }), env);
  env.resources.close();
  expect(metrics.error).toBeNull();
  expect(metrics.output_files[0]?.rows).toBe(metrics.rows_out);
  const table = tableFromIPC(readFileSync(path));
  expect(table.numRows).toBe(metrics.rows_out);
  return table;
}

function unscaled(value: unknown): string {
  const words = [...(value as Uint32Array)];
  return BigInt.asIntN(128, words.reduceRight((high, word) => (high << 32n) | BigInt(word), 0n)).toString();
}

describe('an Arrow partial', () => {
  it('carries every type with its exact values and NULLs', async () => {
    const table = await writeArrow({ query: { kind: 'sql', sql: ALL_TYPES_SQL } });
    expect(Object.fromEntries(table.schema.fields.map((field) => [field.name, String(field.type)]))).toEqual({
      id: 'Int32', big: 'Int64', huge: 'Decimal[38e0]', price: 'Decimal[15e+2]', total: 'Decimal[38e+4]', ratio: 'Float64', day: 'Date32<DAY>', flag: 'Bool', name: 'Utf8',
    });
    const rows = table.toArray().map((row: { toJSON(): unknown }) => row.toJSON() as Record<string, unknown>);
    expect(rows.map(({ big, ratio, flag, name }) => [big, ratio, flag, name])).toEqual([
      [9007199254740993n, 0.1, true, 'naïve 🚀'], [-1n, -1e300, false, ''], [null, null, null, null],
    ]);
    expect(rows.slice(0, 2).map(({ huge, price, total }) => [huge, price, total].map(unscaled))).toEqual([
      ['10000000000000000000000000000000000000', '1234567890123', '99999999999999999999999999999999999999'],
      ['-7', '-1', '-99999999999999999999999999999999999999'],
    ]);
    expect(rows[2]).toMatchObject({ huge: null, price: null, total: null, day: null });
    expect(rows.slice(0, 2).map(({ day }) => new Date(Number(day)).toISOString().slice(0, 10))).toEqual(['1998-12-01', '1969-12-31']);
  });

  it('of many rows comes in many batches, every row once', async () => {
    const table = await writeArrow({ query: { kind: 'sql', sql: 'select l_orderkey, l_linenumber, l_comment from lineitem' }, input: { row_groups: {} } });
    expect(table.batches.length).toBeGreaterThan(10);
    expect(new Set(table.toArray().map((row: Record<string, unknown>) => `${String(row['l_orderkey'])}/${String(row['l_linenumber'])}`)).size).toBe(table.numRows);
  });

  it('without rows still has its columns and types', async () => {
    const table = await writeArrow({ query: { kind: 'tpch', id: 'Q3' }, input: { row_groups: { lineitem: [] } } });
    expect(table.numRows).toBe(0);
    expect(table.schema.fields.map((field) => field.name)).toContain('l_orderkey');
  });

  it('is refused, by name, for a column that Arrow has no form for here', async () => {
    const env = environmentOf(folder.dir);
    const metrics = await runUnit(unitV2(folder.dir, { query: { kind: 'sql', sql: 'select [1, 2] as pair' }, output: { kind: 'arrow_ipc', uri: path } }), env);
    expect(metrics.error).toMatchObject({ code: 'query_failed', message: expect.stringMatching(/Column "pair" has type INTEGER\[\]/) as string });
  });
});
