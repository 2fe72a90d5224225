import type { DuckDBSession } from '../duckdb/session.js';
import type { Job } from './job.js';
import { prepareParquet, type PreparedOutput } from './parquet-output.js';
import type { PendingFiles } from './pending-files.js';

/** Makes ready the statement that writes a job's partial. apache-arrow is loaded for Arrow output only. */
export async function prepareOutput(session: DuckDBSession, sql: string, target: Job['output'], pending: PendingFiles): Promise<PreparedOutput> {
  if (target.kind === 'parquet') return prepareParquet(session, sql, target, pending);
  const { prepareArrow } = await import('./arrow-output.js');
  return prepareArrow(session, sql, target, pending);
}
