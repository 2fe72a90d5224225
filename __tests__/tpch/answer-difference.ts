import type { DuckDBSession } from '../../workloads/duckdb/session.js';
import type { Row, TypedRows } from '../../workloads/model/typed-rows.js';
import { answerPolicy } from '../../workloads/tpch/answer-policy.js';
import type { QueryId } from '../../workloads/model/queries.js';
import { queryText } from '../../workloads/tpch/query-text.js';

/** What the query gives without shards, with every row that ties under its LIMIT. */
export function plainAnswer(session: DuckDBSession, id: QueryId, scaleFactor: number): Promise<TypedRows> {
  return session.query(queryText(id, scaleFactor, { limit: false }));
}

/**
 * How a merged answer differs from the plain one; null when they are the same: equal columns and types,
 * rows equal to the last digit, in an order the query allows. Rows that tie may stand in any order, and
 * under a LIMIT any of the tied rows may be the last ones.
 */
export function answerDifference(id: QueryId, merged: TypedRows, plain: TypedRows): string | null {
  const { orderBy, limit } = answerPolicy(id);
  if (JSON.stringify(merged.columns) !== JSON.stringify(plain.columns)) {
    return `columns ${JSON.stringify(merged.columns)} instead of ${JSON.stringify(plain.columns)}`;
  }
  const expected = plain.rows.slice(0, limit ?? plain.rows.length);
  if (merged.rows.length !== expected.length) return `${merged.rows.length} rows instead of ${expected.length}`;
  const keys = orderBy.map(({ column }) => plain.columns.findIndex(({ name }) => name === column));
  const left = new Map<string, number>();
  for (const row of plain.rows) left.set(textOf(row), (left.get(textOf(row)) ?? 0) + 1);
  for (const [index, row] of merged.rows.entries()) {
    const wanted = expected[index] ?? [];
    if (keys.some((key) => row[key] !== wanted[key])) return `row ${index} is ${textOf(row)} instead of ${textOf(wanted)}`;
    const copies = left.get(textOf(row)) ?? 0;
    if (copies === 0) return `row ${index}, ${textOf(row)}, is not in the plain answer`;
    left.set(textOf(row), copies - 1);
  }
  return null;
}

function textOf(row: Row): string {
  return JSON.stringify(row);
}
