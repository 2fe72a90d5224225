import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { FlowbenchError } from '../model/errors.js';
import { queryFileStem, type QueryId } from '../model/queries.js';

/**
 * The 22 queries of TPC-H specification 3.0.1 (clauses 2.4.1 – 2.4.22) with the substitution parameters of
 * its query validation, written in SQL that DuckDB, Trino and Spark all take. Differences from the wording
 * of the specification: joins and aliases are laid out afresh, dates that it computes from an interval are
 * written out, Q15 uses a common table expression for its view, Q13 names its derived columns inside, and
 * Q18's last column has the alias `sum_quantity`.
 */
const templates = new Map<QueryId, string>();

export interface QueryTextOptions {
  /** `false` leaves out the final LIMIT, for an answer that must also hold all rows that tie (default true). */
  readonly limit?: boolean;
}

/** The text of a query at a scale factor: the very same for the oracle and for every engine. */
export function queryText(id: QueryId, scaleFactor: number, options: QueryTextOptions = {}): string {
  const text = id === 'Q11' ? template(id).replace('${fraction}', q11Fraction(scaleFactor)) : template(id);
  return options.limit === false ? text.replace(/\nlimit \d+$/, '') : text;
}

function template(id: QueryId): string {
  let text = templates.get(id);
  if (text === undefined) {
    text = readFileSync(join(__dirname, 'queries', `${queryFileStem(id).toLowerCase()}.sql`), 'utf8').trimEnd();
    templates.set(id, text);
  }
  return text;
}

/** Significant digits kept where 0.0001 / SF does not end (SF 3, 30, 300). */
const SIGNIFICANT_DIGITS = 12;

/**
 * Q11's FRACTION, 0.0001 / SF (clause 2.4.11.3), as a decimal literal. It is computed here and not in SQL:
 * engines type a quotient differently, and a threshold that one of them rounds to zero changes the answer.
 */
export function q11Fraction(scaleFactor: number): string {
  if (!(Number.isFinite(scaleFactor) && scaleFactor > 0)) {
    throw new FlowbenchError('configuration', `Scale factor ${scaleFactor} is not a positive number.`);
  }
  const [numerator, denominator] = asFraction(scaleFactor);
  const divisor = numerator * 10_000n;
  let remainder = denominator % divisor;
  let digits = '';
  // Leading zeros are not significant: they do not count towards the limit.
  while (remainder > 0n && digits.replace(/^0+/, '').length < SIGNIFICANT_DIGITS) {
    remainder *= 10n;
    digits += String(remainder / divisor);
    remainder %= divisor;
  }
  return `${denominator / divisor}.${digits === '' ? '0' : digits}`;
}

/** A double's shortest decimal text as an exact fraction of integers. */
function asFraction(value: number): [numerator: bigint, denominator: bigint] {
  const [mantissa = '', exponent = '0'] = String(value).split('e');
  const [whole = '', decimals = ''] = mantissa.split('.');
  const shift = Number(exponent) - decimals.length;
  const digits = BigInt(whole + decimals);
  return shift >= 0 ? [digits * 10n ** BigInt(shift), 1n] : [digits, 10n ** BigInt(-shift)];
}
