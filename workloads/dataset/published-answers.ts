import { quoteLiteral } from '../duckdb/compose.js';
import type { DuckDBSession } from '../duckdb/session.js';
import type { Answer } from '../model/answer.js';
import { QUERY_IDS, type QueryId } from '../model/queries.js';
import type { Row, TypedRows } from '../model/typed-rows.js';
import { answerPolicy, type ColumnClass } from '../tpch/answer-policy.js';
import { queryText } from '../tpch/query-text.js';
import type { QueryTextOf } from './make-answers.js';
import { fingerprintProblems, plain } from './published-fingerprints.js';

/** Scale factors for which DuckDB's tpch extension carries answers; those of SF1 are the published ones. */
export const PUBLISHED_SCALE_FACTORS: readonly number[] = [0.01, 0.1, 1];

/** Rows of a published answer as text, NULL as null, without the line of column names. */
export type PublishedRows = readonly Row[];

export interface PublishedCheck {
  readonly compared: number;
  /** Each names query, row and column. Empty when every answer agrees. */
  readonly problems: readonly string[];
}

export interface PublishedCheckRequest {
  /** Has the views of the eight tables. */
  readonly session: DuckDBSession;
  readonly scaleFactor: number;
  /** Path of DuckDB's tpch extension. */
  readonly extensionPath: string;
  readonly answers: readonly Answer[];
  /** Where query texts come from (default: the suite's). */
  readonly textOf?: QueryTextOf;
}

/**
 * Compares the answers with those packaged in DuckDB's tpch extension, by the rules of TPC-H 3.0.1 clause
 * 2.1.3.5: an oracle whose query texts or data are wrong is caught here and nowhere else.
 */
export async function checkPublishedAnswers(request: PublishedCheckRequest): Promise<PublishedCheck> {
  const published = await publishedAnswers(request.session, request.extensionPath, request.scaleFactor);
  const problems: string[] = [];
  let compared = 0;
  for (const answer of request.answers) {
    const query = QUERY_IDS.find((id) => id === answer.query);
    const fingerprints = query !== undefined && request.scaleFactor === 1 ? fingerprintProblems(query, answer.result.rows) : null;
    problems.push(...(fingerprints ?? []));
    const skipped = query !== undefined && FILTERS_ON_FREE_TEXT.has(query);
    if (!skipped || fingerprints !== null) compared += 1;
    if (skipped) continue;
    const expected = query === undefined ? undefined : published.get(query);
    if (query === undefined || expected === undefined) problems.push(`${answer.query}: there is no published answer to compare with`);
    else problems.push(...compareWithPublished(query, expected, await comparableRows(request, query, answer)));
  }
  return { compared, problems };
}

/**
 * The packaged answers of Q11 were made with SF1's FRACTION at every scale factor, so elsewhere the same
 * template is asked with that FRACTION. The others are compared as stored.
 */
async function comparableRows(request: PublishedCheckRequest, query: QueryId, answer: Answer): Promise<TypedRows['rows']> {
  if (query !== 'Q11' || request.scaleFactor === 1) return answer.result.rows;
  return (await request.session.query((request.textOf ?? queryText)('Q11', 1))).rows;
}

async function publishedAnswers(session: DuckDBSession, extensionPath: string, scaleFactor: number): Promise<Map<QueryId, PublishedRows>> {
  await session.execute(`LOAD ${quoteLiteral(extensionPath)}`);
  const { rows } = await session.query(`SELECT query_nr, answer FROM tpch_answers() WHERE scale_factor = ${scaleFactor}`);
  const published = new Map<QueryId, PublishedRows>();
  for (const [number, text] of rows) {
    const query = QUERY_IDS[Number(number) - 1];
    if (query !== undefined) published.set(query, parsePublished(text ?? ''));
  }
  return published;
}

/** `name|name\nvalue|value\n`; an empty value is NULL. */
function parsePublished(text: string): PublishedRows {
  const [, ...lines] = text.replace(/\n$/, '').split('\n');
  return lines.map((line) => line.split('|').map((value) => (value === '' ? null : value)));
}

/**
 * The extension's answers were made over data with other free text than TPC-H's own generator writes
 * (addresses and comments; every other column is equal). So those columns are left out, and so is the query
 * that filters on one. At SF1 published-fingerprints.ts covers what this leaves out.
 */
const FREE_TEXT = /_(?:address|comment)$/;
const FILTERS_ON_FREE_TEXT: ReadonlySet<QueryId> = new Set(['Q13']);

const MAX_PROBLEMS_PER_QUERY = 3;

/** The first differences of one query, each with row and column; none when the answers agree. */
export function compareWithPublished(query: QueryId, published: PublishedRows, actual: readonly Row[]): string[] {
  const policy = answerPolicy(query);
  const columns = [...policy.columns.entries()].map(([index, column]) => ({ ...column, index })).filter((column) => !FREE_TEXT.test(column.name));
  // Rows beyond the published ones are ties of a LIMIT's last row, or a difference.
  const counted = policy.limit === null ? actual.length : Math.min(policy.limit, actual.length);
  if (counted !== published.length) return [`${query}: ${counted} rows where the published answer has ${published.length}`];
  const partnerOf = pairing(columns, actual);
  const problems: string[] = [];
  for (const [index, row] of published.entries()) {
    const partner = partnerOf(row, index);
    const where = `${query}, published row ${index + 1}`;
    if (partner === undefined) problems.push(`${where} (${row.join('|')}) is not among the rows`);
    else problems.push(...valueProblems(columns, where, row, partner));
  }
  return problems.slice(0, MAX_PROBLEMS_PER_QUERY);
}

interface ComparedColumn {
  readonly name: string;
  readonly class: ColumnClass;
  readonly index: number;
}

/** Rows are paired by their keys, as ties may come in any order; by position where a query has no key. */
function pairing(columns: readonly ComparedColumn[], actual: readonly Row[]): (published: Row, index: number) => Row | undefined {
  const keys = columns.filter((column) => column.class === 'key');
  if (keys.length === 0) return (_, index) => actual[index];
  const keyOf = (row: Row) => keys.map((column) => plain(row[column.index] ?? null)).join('|');
  const byKey = new Map(actual.map((row) => [keyOf(row), row]));
  return (published) => byKey.get(keyOf(published));
}

function valueProblems(columns: readonly ComparedColumn[], where: string, published: Row, actual: Row): string[] {
  return columns.flatMap((column) => {
    const expected = published[column.index] ?? null;
    const found = actual[column.index] ?? null;
    return agrees(column.class, expected, found) ? [] : [`${where}, column ${column.name}: ${found} where ${expected} is published`];
  });
}

/** Clause 2.1.3.5: counts and singletons exact, sums within $100, averages and ratios within 1 %, both to two digits. */
function agrees(columnClass: ColumnClass, published: string | null, actual: string | null): boolean {
  if (published === null || actual === null) return published === actual;
  const [v, r] = [Number(published), Number(actual)];
  switch (columnClass) {
    case 'key':
    case 'count':
    case 'exact_sum':
      return plain(published) === plain(actual);
    case 'sum':
      return Math.abs(r - v) <= 100;
    case 'avg':
    case 'ratio': {
      const [published2, actual2] = [toHundredths(v), toHundredths(r)];
      return 0.99 * published2 <= actual2 && actual2 <= 1.01 * published2;
    }
  }
}

function toHundredths(value: number): number {
  return Math.round(value * 100) / 100;
}
