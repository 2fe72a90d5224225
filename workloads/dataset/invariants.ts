import type { DuckDBSession } from '../duckdb/session.js';
import type { Invariants } from '../model/manifest.js';
import { FOREIGN_KEYS, TABLE_NAMES, TPCH_SCHEMA } from '../tpch/schema.js';

/** Steps that {@link measureInvariants} reports. */
export const INVARIANT_STEPS = TABLE_NAMES.length + FOREIGN_KEYS.length + 1;

/**
 * Measures everything the planner may rely on, over the views of all eight tables. A NULL in a column
 * concerned makes the invariant false or null: nothing is known of such a row.
 */
export async function measureInvariants(session: DuckDBSession, onStep: (what: string) => void): Promise<Invariants> {
  const uniqueKeys: Record<string, boolean> = {};
  for (const table of TABLE_NAMES) {
    onStep(`unique keys of ${table}`);
    uniqueKeys[table] = !(await finds(session, duplicateOrNullKey(table, TPCH_SCHEMA[table].primaryKey)));
  }
  const foreignKeys: Record<string, boolean> = {};
  for (const key of FOREIGN_KEYS) {
    onStep(key.name);
    foreignKeys[key.name] = !(await finds(session, unmatchedRow(key)));
  }
  onStep('ranges between dates');
  return {
    unique_keys: uniqueKeys,
    foreign_keys: foreignKeys,
    ship_minus_order: await dayRange(session, SHIP_MINUS_ORDER),
    receipt_minus_ship: await dayRange(session, RECEIPT_MINUS_SHIP),
    order_ship_spread_days: (await dayRange(session, ORDER_SHIP_SPREAD))?.max_days ?? null,
  };
}

async function finds(session: DuckDBSession, sql: string): Promise<boolean> {
  return (await session.query(sql)).rows.length > 0;
}

function duplicateOrNullKey(table: string, columns: readonly string[]): string {
  const list = columns.join(', ');
  const anyNull = columns.map((column) => `${column} IS NULL`).join(' OR ');
  return `(SELECT 1 FROM ${table} WHERE ${anyNull} LIMIT 1) UNION ALL (SELECT 1 FROM ${table} GROUP BY ${list} HAVING count(*) > 1 LIMIT 1)`;
}

/** NOT EXISTS keeps a left row whose column is NULL, as it should: it finds nothing on the right. */
function unmatchedRow(key: (typeof FOREIGN_KEYS)[number]): string {
  const equal = key.columns.map((column, index) => `${key.from}.${column} = ${key.to}.${key.toColumns[index]}`).join(' AND ');
  return `SELECT 1 FROM ${key.from} WHERE NOT EXISTS (SELECT 1 FROM ${key.to} WHERE ${equal}) LIMIT 1`;
}

/**
 * Each gives min, max and the number of rows about which nothing is known. An order date is unknown where
 * the order is missing, which the left join shows as NULL.
 */
const SHIP_MINUS_ORDER = `SELECT min(l_shipdate - o_orderdate), max(l_shipdate - o_orderdate), count(*) - count(l_shipdate - o_orderdate)
  FROM lineitem LEFT JOIN orders ON l_orderkey = o_orderkey`;

const RECEIPT_MINUS_SHIP = `SELECT min(l_receiptdate - l_shipdate), max(l_receiptdate - l_shipdate), count(*) - count(l_receiptdate - l_shipdate) FROM lineitem`;

const ORDER_SHIP_SPREAD = `SELECT min(last_ship - first_ship), max(last_ship - first_ship), sum(unknown) FROM (
  SELECT min(l_shipdate) AS first_ship, max(l_shipdate) AS last_ship, count(*) FILTER (l_shipdate IS NULL OR l_orderkey IS NULL) AS unknown
  FROM lineitem GROUP BY l_orderkey)`;

async function dayRange(session: DuckDBSession, sql: string): Promise<{ min_days: number; max_days: number } | null> {
  const [min, max, unknown] = (await session.query(sql)).rows[0] ?? [];
  if (min === null || min === undefined || max === null || max === undefined || Number(unknown) !== 0) return null;
  return { min_days: Number(min), max_days: Number(max) };
}
