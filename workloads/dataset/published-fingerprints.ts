import { createHash } from 'node:crypto';
import type { QueryId } from '../model/queries.js';
import type { Row } from '../model/typed-rows.js';
import { answerPolicy } from '../tpch/answer-policy.js';

/**
 * sha256 of the keys and counts of the answers at scale factor 1 that ship with TPC-H's own generator
 * (dbgen, answers/q*.out), for the queries that return free text or filter on it.
 */
const PUBLISHED_AT_SF1: Readonly<Partial<Record<QueryId, string>>> = {
  Q2: 'a922d82fd27109356f41a213076feef875e4f2616d8aad971771349b836fc38b',
  Q10: 'd51f4cf627aaff44a4520fa191ebf04134d76d0df61909523d2e2c330c799369',
  Q13: '88993a287c9d5d4dca5ce066e1f2cb62e4d735ee0777756f729bd4a16e092e16',
  Q15: '10731ef1005b66288bd4b41bba900aa42da31b2499a728dee876bb4f717998c9',
  Q20: '1f55134e977c41f3df8155a46dbe063d1ca1a993138c741baf233892b46fdc0f',
};

/** One sentence when an answer at SF1 has not the published keys, texts and counts; null where none are known. */
export function fingerprintProblems(query: QueryId, rows: readonly Row[]): string[] | null {
  const expected = PUBLISHED_AT_SF1[query];
  if (expected === undefined) return null;
  if (fingerprint(query, rows) === expected) return [];
  const columns = exactColumns(query).map((column) => column.name);
  return [`${query}: the ${rows.length} values of columns ${columns.join(', ')} are not those published (sha256 ${fingerprint(query, rows).slice(0, 12)}… instead of ${expected.slice(0, 12)}…)`];
}

/** Values without padding, joined by `|`, a line a row, in the query's order up to its LIMIT. */
export function fingerprint(query: QueryId, rows: readonly Row[]): string {
  const columns = exactColumns(query);
  const lines = rows.slice(0, answerPolicy(query).limit ?? rows.length).map((row) => columns.map(({ index }) => plain(row[index] ?? null)).join('|'));
  return createHash('sha256').update(lines.join('\n')).digest('hex');
}

function exactColumns(query: QueryId): { readonly name: string; readonly index: number }[] {
  return answerPolicy(query).columns.flatMap((column, index) => (column.class === 'key' || column.class === 'count' ? [{ name: column.name, index }] : []));
}

/** `380456.00` and `380456` are one number, and padding is no part of a text; NULL is empty. */
export function plain(value: string | null): string {
  const trimmed = (value ?? '').trim();
  return trimmed.replace(/^(-?\d+)\.(\d*?)0*$/, (_, whole: string, decimals: string) => (decimals === '' ? whole : `${whole}.${decimals}`));
}
