import { quoteIdentifier, quoteLiteral } from '../duckdb/compose.js';
import type { DuckDBSession } from '../duckdb/session.js';
import { FlowbenchError } from '../model/errors.js';
import { bucketUri } from '../model/work-unit.js';
import type { PendingFiles } from './pending-files.js';

export interface OutputTarget {
  readonly uri: string;
  readonly buckets: number;
  readonly bucketBy: string | null;
}

/** A statement that is bound and ready, so that binding and running are timed apart. */
export interface PreparedOutput {
  /** Runs the query and writes its rows; answers the rows of each output file. */
  run(): Promise<number[]>;
}

/** Partials are read once, soon, from the same storage: neither compressing nor dictionaries pay. */
const PARQUET_OPTIONS = 'FORMAT parquet, COMPRESSION uncompressed';

export async function prepareParquet(session: DuckDBSession, sql: string, target: OutputTarget, pending: PendingFiles): Promise<PreparedOutput> {
  if (target.buckets > 1) return prepareBuckets(session, sql, target, pending);
  const copy = await session.prepare(copyText(sql, pending.add(target.uri)));
  return { run: async () => [countOfCopy(await copy.query())] };
}

const BUCKET_TABLE = 'flowbench_partial';

/**
 * The query runs once into a temporary table, which spills like any other, then each bucket is copied from
 * it. Every bucket's file exists, also an empty one, so that a reader needs no listing.
 */
async function prepareBuckets(session: DuckDBSession, sql: string, target: OutputTarget, pending: PendingFiles): Promise<PreparedOutput> {
  const create = await session.prepare(`CREATE OR REPLACE TEMP TABLE ${BUCKET_TABLE} AS ${sql}`);
  return {
    run: async () => {
      await create.query();
      const bucket = await bucketExpression(session, target);
      const rows: number[] = [];
      for (let index = 0; index < target.buckets; index += 1) {
        const path = pending.add(bucketUri(target.uri, index, target.buckets));
        const copied = await session.query(copyText(`SELECT * FROM ${BUCKET_TABLE} WHERE ${bucket} = ${index}`, path));
        rows.push(countOfCopy(copied));
      }
      await session.execute(`DROP TABLE ${BUCKET_TABLE}`);
      return rows;
    },
  };
}

/**
 * Number of a row's bucket, the same in every process: the remainder for integer keys, else of the key's
 * MD5, as DuckDB's own hash may change with its version. NULL keys go to bucket 0.
 */
async function bucketExpression(session: DuckDBSession, target: OutputTarget): Promise<string> {
  const described = await session.query(`DESCRIBE ${BUCKET_TABLE}`);
  const type = described.rows.find(([name]) => name === target.bucketBy)?.[1];
  if (type === undefined || target.bucketBy === null) {
    throw new FlowbenchError('internal', `The partial has no column "${target.bucketBy}" to split by.`);
  }
  const key = quoteIdentifier(target.bucketBy);
  const number = /INT$/.test(type ?? '') || type === 'INTEGER' ? `abs(${key})` : `md5_number_lower(${key}::VARCHAR)`;
  return `coalesce(${number} % ${target.buckets}, 0)`;
}

function copyText(sql: string, path: string): string {
  return `COPY (${sql}) TO ${quoteLiteral(path)} (${PARQUET_OPTIONS})`;
}

function countOfCopy(result: { readonly rows: readonly (readonly (string | null)[])[] }): number {
  return Number(result.rows[0]?.[0] ?? 0);
}
