import { quoteIdentifier } from '../duckdb/compose.js';
import type { DuckDBSession } from '../duckdb/session.js';
import type { Answer } from '../model/answer.js';
import type { QueryId } from '../model/queries.js';
import { answerPolicy } from '../tpch/answer-policy.js';
import { queryText, type QueryTextOptions } from '../tpch/query-text.js';
import { querySha256 } from './answers.js';

/** Where query texts come from; tests put a wrong one in. */
export type QueryTextOf = (id: QueryId, scaleFactor: number, options?: QueryTextOptions) => string;

export interface AnswerRequest {
  /** Has the views of the eight tables. */
  readonly session: DuckDBSession;
  readonly datasetId: string;
  readonly scaleFactor: number;
  readonly textOf?: QueryTextOf;
}

/**
 * Answers one query by the oracle, single-process DuckDB over the whole tables. A query with a LIMIT keeps
 * every row that ties with its last one, as any of them may be the one an engine returns.
 */
export async function computeAnswer(request: AnswerRequest, query: QueryId): Promise<Answer> {
  const textOf = request.textOf ?? queryText;
  const { limit } = answerPolicy(query);
  const result = await request.session.query(oracleSql(query, textOf(query, request.scaleFactor, { limit: false })));
  return {
    answer_version: 1,
    dataset_id: request.datasetId,
    scale_factor: request.scaleFactor,
    query,
    query_sha256: querySha256(textOf(query, request.scaleFactor)),
    oracle: `DuckDB ${request.session.version}`,
    row_count: limit === null ? result.rows.length : Math.min(limit, result.rows.length),
    result,
  };
}

/** rank() gives tied rows one number, that of the first: those up to the limit are the LIMIT's rows and their ties. */
function oracleSql(query: QueryId, unlimited: string): string {
  const { columns, orderBy, limit } = answerPolicy(query);
  if (limit === null) return unlimited;
  const order = orderBy.map(({ column, direction }) => `${quoteIdentifier(column)} ${direction}`).join(', ');
  const names = columns.map((column) => quoteIdentifier(column.name)).join(', ');
  return `SELECT ${names} FROM (SELECT *, rank() OVER (ORDER BY ${order}) AS place FROM (${unlimited}) AS unlimited) WHERE place <= ${limit} ORDER BY ${order}`;
}
