import { FlowbenchError } from '../model/errors.js';
import type { ManifestTable } from '../model/manifest.js';
import { TPCH_SCHEMA, type TableName, type TpchType } from '../tpch/schema.js';

/** What a TPC-H column may be stored as without changing what a query means. */
const ACCEPTED: Readonly<Record<TpchType, RegExp>> = {
  BIGINT: /^U?(BIGINT|INTEGER|SMALLINT|TINYINT)$/,
  INTEGER: /^U?(BIGINT|INTEGER|SMALLINT|TINYINT)$/,
  'DECIMAL(15,2)': /^(DECIMAL\(\d+,\s*\d+\)|DOUBLE)$/,
  VARCHAR: /^VARCHAR$/,
  DATE: /^DATE$/,
};

/** Throws `schema_mismatch`, naming every column of `wanted` that the table lacks or stores as something else. */
export function checkColumns(name: string, table: ManifestTable, wanted: readonly string[]): void {
  const expected = new Map<string, TpchType>(TPCH_SCHEMA[name as TableName].columns);
  const problems = wanted.flatMap((column) => {
    const type = table.columns.find((candidate) => candidate.name === column)?.type;
    const accepted = expected.get(column);
    if (type === undefined) return [`column ${column} is missing`];
    if (accepted !== undefined && !ACCEPTED[accepted].test(type)) return [`column ${column} is ${type} instead of ${accepted}`];
    return [];
  });
  if (problems.length === 0) return;
  throw new FlowbenchError('schema_mismatch', `Table ${name} is not TPC-H's: ${problems.join(', ')}.`, {
    remedy: 'Give a dataset with the columns and types of TPC-H.',
  });
}
