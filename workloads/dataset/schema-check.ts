import { FlowbenchError } from '../model/errors.js';
import type { Manifest } from '../model/manifest.js';
import { TPCH_SCHEMA, type TableName, type TpchType } from '../tpch/schema.js';
import type { FileFacts } from './inventory.js';

const INTEGER_TYPES = new Set(['TINYINT', 'SMALLINT', 'INTEGER', 'BIGINT', 'UTINYINT', 'USMALLINT', 'UINTEGER', 'UBIGINT']);

/** What a stored type may stand in for; null when the queries would not run on it or lose exactness unseen. */
function storedAs(type: string): TpchType | 'DOUBLE' | null {
  if (INTEGER_TYPES.has(type)) return 'BIGINT';
  if (type.startsWith('DECIMAL(')) return 'DECIMAL(15,2)';
  return type === 'VARCHAR' || type === 'DATE' || type === 'DOUBLE' ? type : null;
}

function fits(wanted: TpchType, stored: string): boolean {
  const kind = storedAs(stored);
  if (wanted === 'BIGINT' || wanted === 'INTEGER') return kind === 'BIGINT';
  if (wanted === 'DECIMAL(15,2)') return kind === 'DECIMAL(15,2)' || kind === 'DOUBLE';
  return kind === wanted;
}

/**
 * Checks every file's columns against TPC-H's and tells how money and quantities are typed. Integer widths
 * and decimal precision may differ from the specification's, extra columns may be there. Throws
 * `schema_mismatch` naming every missing or differently typed column.
 */
export function checkSchemas(tables: ReadonlyMap<TableName, readonly FileFacts[]>): Manifest['numeric'] {
  const problems = new Set<string>();
  const numericTypes = new Map<string, string>();
  for (const [table, files] of tables) {
    for (const file of files) {
      for (const problem of columnProblems(table, file)) problems.add(problem);
      for (const problem of differences(files[0] ?? file, file)) problems.add(problem);
    }
    for (const column of numericColumns(table)) {
      const stored = files[0]?.footer.columns.find((found) => found.name === column)?.type;
      if (stored !== undefined) numericTypes.set(`${table}.${column}`, stored === 'DOUBLE' ? 'double' : 'decimal');
    }
  }
  const kinds = new Set(numericTypes.values());
  if (kinds.size > 1) {
    const doubles = [...numericTypes].filter(([, kind]) => kind === 'double').map(([name]) => name);
    problems.add(`money and quantity columns are partly DOUBLE (${doubles.join(', ')}) and partly DECIMAL`);
  }
  if (problems.size > 0) throw schemaMismatch([...problems]);
  return kinds.has('double') ? 'double' : 'decimal';
}

function schemaMismatch(problems: readonly string[]): FlowbenchError {
  return new FlowbenchError('schema_mismatch', `The files are not TPC-H's tables: ${problems.join('; ')}.`, {
    remedy: 'TPC-H names, integers, DECIMAL or DOUBLE, VARCHAR and DATE columns are needed (specification, clause 1.4).',
  });
}

function columnProblems(table: TableName, file: FileFacts): string[] {
  return TPCH_SCHEMA[table].columns.flatMap(([name, wanted]) => {
    const stored = file.footer.columns.find((column) => column.name === name);
    if (stored === undefined) return [`${file.name} has no column ${name}`];
    return fits(wanted, stored.type) ? [] : [`${file.name} has ${name} as ${stored.type} instead of ${wanted}`];
  });
}

/** A table's files must have the same columns and types in the same order, or bytes per column mean nothing. */
function differences(first: FileFacts, file: FileFacts): string[] {
  const text = (facts: FileFacts) => facts.footer.columns.map((column) => `${column.name} ${column.type}`).join(', ');
  return text(first) === text(file) ? [] : [`${file.name} has other columns than ${first.name}`];
}

/** Columns that the specification types as decimals: money and quantities. */
export function numericColumns(table: TableName): string[] {
  return TPCH_SCHEMA[table].columns.filter(([, type]) => type === 'DECIMAL(15,2)').map(([name]) => name);
}
