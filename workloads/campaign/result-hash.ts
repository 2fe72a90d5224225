import { createHash } from 'node:crypto';
import type { TypedRows } from '../model/typed-rows.js';
import { typeText } from './compare-values.js';

/** sha256 over column names and types and the rows in a fixed order: tells that a result changed, not that it is right. */
export function resultHash(rows: TypedRows): string {
  const hash = createHash('sha256');
  hash.update(JSON.stringify(rows.columns.map((column) => [column.name, typeText(column.type)])));
  for (const line of rows.rows.map((row) => JSON.stringify(row)).sort()) hash.update(`\n${line}`);
  return hash.digest('hex');
}
