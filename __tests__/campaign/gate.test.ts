import { checkAnswer, AnswerGate } from '../../workloads/campaign/gate.js';
import { resultHash } from '../../workloads/campaign/result-hash.js';
import type { Answer } from '../../workloads/model/answer.js';
import type { ColumnType, TypedRows } from '../../workloads/model/typed-rows.js';
import type { AnswerPolicy, ColumnClass } from '../../workloads/tpch/answer-policy.js';

const MONEY: ColumnType = { kind: 'decimal', precision: 38, scale: 4 };
const CENTS: ColumnType = { kind: 'decimal', precision: 15, scale: 2 };
const INTEGER: ColumnType = { kind: 'integer' };
const DOUBLE: ColumnType = { kind: 'double' };
const STRING: ColumnType = { kind: 'string' };
const DATE: ColumnType = { kind: 'date' };

type Cells = readonly (string | null)[];

function typed(columns: readonly (readonly [name: string, type: ColumnType])[], rows: readonly Cells[]): TypedRows {
  return { columns: columns.map(([name, type]) => ({ name, type })), rows: rows.map((row) => [...row]) };
}

function answerOf(result: TypedRows, rowCount = result.rows.length): Answer {
  return { answer_version: 1, dataset_id: 'd', scale_factor: 1, query: 'Q1', query_sha256: 'x', oracle: 'test', row_count: rowCount, result };
}

function policyOf(columns: Readonly<Record<string, ColumnClass>>, orderBy: readonly string[] = [], limit: number | null = null): AnswerPolicy {
  return {
    columns: Object.entries(columns).map(([name, columnClass]) => ({ name, class: columnClass })),
    orderBy: orderBy.map((text) => ({ column: text.replace('-', ''), direction: text.startsWith('-') ? 'desc' : 'asc' })),
    limit,
  };
}

/** One row, one column. */
function single(columnClass: ColumnClass, expected: readonly [ColumnType, string | null], got: readonly [ColumnType, string | null]) {
  return checkAnswer(typed([['v', got[0]]], [[got[1]]]), answerOf(typed([['v', expected[0]]], [[expected[1]]])), policyOf({ v: columnClass }));
}

const RIGHT = { strictOk: true, specOk: true };
const SPEC_ONLY = { strictOk: false, specOk: true };
const WRONG = { strictOk: false, specOk: false };

describe('values', () => {
  it('passes the same decimal sum, and sees one that is off in the last decimal of 1e11', () => {
    expect(single('sum', [MONEY, '123456789012.3456'], [MONEY, '123456789012.3456'])).toMatchObject(RIGHT);
    const verdict = single('sum', [MONEY, '123456789012.3456'], [MONEY, '123456789012.3457']);
    expect(verdict).toMatchObject(SPEC_ONLY);
    expect(verdict.problems).toEqual(['row 1, column "v": got 123456789012.3457, expected 123456789012.3456']);
  });

  it('compares decimals by value whatever their scale', () => {
    expect(single('sum', [MONEY, '1.5000'], [CENTS, '1.50'])).toMatchObject(RIGHT);
    expect(single('sum', [CENTS, '-0.50'], [MONEY, '-0.5000'])).toMatchObject(RIGHT);
  });

  it('sees a decimal that lost its scale, with its value or a hundred times it', () => {
    expect(single('sum', [CENTS, '5010.25'], [INTEGER, '501025'])).toMatchObject(WRONG);
    const whole = single('sum', [CENTS, '5010.00'], [INTEGER, '5010']);
    expect(whole).toMatchObject(SPEC_ONLY);
    expect(whole.problems[0]).toMatch(/lost its scale.*integer.*DECIMAL\(15,2\)/);
    expect(single('avg', [DOUBLE, '25.5'], [{ kind: 'decimal', precision: 10, scale: 0 }, '26'])).toMatchObject({ strictOk: false });
  });

  it('takes counts as they are, of whatever numeric type, and only when equal', () => {
    expect(single('count', [INTEGER, '1478493'], [{ kind: 'decimal', precision: 38, scale: 0 }, '1478493'])).toMatchObject(RIGHT);
    expect(single('count', [INTEGER, '1478493'], [INTEGER, '1478494'])).toMatchObject(WRONG);
  });

  it('tells NULL from 0 and from the empty string', () => {
    expect(single('sum', [MONEY, null], [MONEY, '0.0000'])).toMatchObject(WRONG);
    expect(single('sum', [MONEY, '0.0000'], [MONEY, null])).toMatchObject(WRONG);
    expect(single('sum', [MONEY, null], [MONEY, null])).toMatchObject(RIGHT);
    expect(single('key', [STRING, ''], [STRING, null])).toMatchObject(WRONG);
  });

  it.each(['NaN', 'Infinity', '-Infinity'])('never passes %s, not even where the answer says so too', (text) => {
    expect(single('avg', [DOUBLE, '1'], [DOUBLE, text])).toMatchObject(WRONG);
    expect(single('avg', [DOUBLE, text], [DOUBLE, text])).toMatchObject(WRONG);
  });

  it('wants an average rounded to the scale it came with, or 1e-9 close as a double', () => {
    const expected = [DOUBLE, '25.522005853257337'] as const;
    expect(single('avg', expected, [CENTS, '25.52'])).toMatchObject(RIGHT);
    expect(single('avg', expected, [MONEY, '25.5220'])).toMatchObject(RIGHT);
    expect(single('avg', expected, [MONEY, '25.5221'])).toMatchObject(SPEC_ONLY);
    expect(single('avg', expected, [CENTS, '25.53'])).toMatchObject(SPEC_ONLY);
    expect(single('avg', expected, [CENTS, '25.80'])).toMatchObject(WRONG);
    expect(single('avg', expected, [DOUBLE, '25.52200585325'])).toMatchObject(RIGHT);
    expect(single('avg', expected, [DOUBLE, '25.5220059'])).toMatchObject(SPEC_ONLY);
  });

  it('accepts either neighbour of an average that lies just between two of them', () => {
    expect(single('avg', [DOUBLE, '0.125'], [CENTS, '0.13'])).toMatchObject(RIGHT);
    expect(single('avg', [DOUBLE, '0.125'], [CENTS, '0.12'])).toMatchObject(RIGHT);
    expect(single('avg', [DOUBLE, '0.125'], [CENTS, '0.14'])).toMatchObject({ strictOk: false });
  });

  it('reads doubles with an exponent', () => {
    expect(single('ratio', [DOUBLE, '1.5e-7'], [DOUBLE, '0.00000015'])).toMatchObject(RIGHT);
    expect(single('sum', [DOUBLE, '1e+21'], [DOUBLE, '1000000000000000000000'])).toMatchObject(RIGHT);
  });

  it('allows rounding noise in sums only where the data itself is double', () => {
    expect(single('sum', [DOUBLE, '56586554400.73001'], [DOUBLE, '56586554400.73004'])).toMatchObject(RIGHT);
    expect(single('sum', [MONEY, '56586554400.7300'], [DOUBLE, '56586554400.73004'])).toMatchObject(SPEC_ONLY);
  });
});

describe("TPC-H's own tolerances", () => {
  it('gives sums $100, counts and quantities nothing, ratios 1 % of two digits', () => {
    expect(single('sum', [MONEY, '1000.0000'], [MONEY, '1100.0000'])).toMatchObject(SPEC_ONLY);
    expect(single('sum', [MONEY, '1000.0000'], [MONEY, '1100.0001'])).toMatchObject(WRONG);
    expect(single('exact_sum', [CENTS, '37734107.00'], [CENTS, '37734108.00'])).toMatchObject(WRONG);
    expect(single('ratio', [DOUBLE, '16.380778626395543'], [DOUBLE, '16.54'])).toMatchObject(SPEC_ONLY);
    expect(single('ratio', [DOUBLE, '16.380778626395543'], [DOUBLE, '16.55'])).toMatchObject(WRONG);
    expect(single('ratio', [DOUBLE, '0.0344'], [DOUBLE, '0.0301'])).toMatchObject(SPEC_ONLY);
  });
});

describe('shape', () => {
  const columns = [['k', INTEGER], ['n', STRING]] as const;
  const answer = answerOf(typed(columns, [['1', 'a'], ['2', 'b'], ['3', 'c']]));
  const policy = policyOf({ k: 'key', n: 'key' }, ['k']);

  it('sees a missing row, a surplus row, a row twice for another', () => {
    expect(checkAnswer(typed(columns, [['1', 'a'], ['3', 'c']]), answer, policy).problems[0]).toMatch(/^2 rows, expected 3; row 2, column "k": got 3, expected 2/);
    expect(checkAnswer(typed(columns, [['1', 'a'], ['2', 'b'], ['3', 'c'], ['4', 'd']]), answer, policy)).toMatchObject(WRONG);
    expect(checkAnswer(typed(columns, [['1', 'a'], ['2', 'b'], ['2', 'b']]), answer, policy)).toMatchObject(WRONG);
    expect(checkAnswer(typed(columns, []), answer, policy)).toMatchObject(WRONG);
  });

  it('sees rows in another order, naming the place', () => {
    const verdict = checkAnswer(typed(columns, [['2', 'b'], ['1', 'a'], ['3', 'c']]), answer, policy);
    expect(verdict).toMatchObject(WRONG);
    expect(verdict.problems[0]).toBe('row 1 is not in the query\'s order: column "k" is 2, expected 1');
  });

  it('sees other column names, numbers of columns and kinds of type', () => {
    expect(checkAnswer(typed([['k', INTEGER], ['name', STRING]], answer.result.rows), answer, policy).problems).toEqual(['columns are (k, name), expected (k, n)']);
    expect(checkAnswer(typed([['k', INTEGER]], [['1']]), answer, policy)).toMatchObject(WRONG);
    expect(checkAnswer(typed([['k', STRING], ['n', STRING]], answer.result.rows), answer, policy)).toMatchObject(WRONG);
    expect(checkAnswer(typed(columns, [['1'], ['2', 'b'], ['3', 'c']]), answer, policy)).toMatchObject(WRONG);
  });

  it('takes column names in any case', () => {
    expect(checkAnswer(typed([['K', INTEGER], ['N', STRING]], answer.result.rows), answer, policy)).toMatchObject(RIGHT);
  });

  it('does not mind the order of rows that the query leaves open', () => {
    const open = answerOf(typed([['value', CENTS], ['part', INTEGER]], [['9.00', '1'], ['9.00', '2'], ['8.00', '3']]));
    const byValue = policyOf({ value: 'sum', part: 'key' }, ['-value']);
    expect(checkAnswer(typed([['value', CENTS], ['part', INTEGER]], [['9.00', '2'], ['9.00', '1'], ['8.00', '3']]), open, byValue)).toMatchObject(RIGHT);
    expect(checkAnswer(typed([['value', CENTS], ['part', INTEGER]], [['9.00', '2'], ['8.00', '3'], ['9.00', '1']]), open, byValue)).toMatchObject(WRONG);
  });

  it('refuses a stored answer that is not one to the query', () => {
    expect(() => new AnswerGate(answer, policyOf({ k: 'key' }))).toThrow(/columns \(k, n\)/);
    expect(() => new AnswerGate(answerOf(answer.result, 2), policy)).toThrow(/3 rows for 2/);
  });
});

describe('LIMIT with ties', () => {
  const columns = [['order', INTEGER], ['revenue', MONEY], ['date', DATE]] as const;
  const stored: Cells[] = [['7', '500.0000', '1995-01-01'], ['3', '400.0000', '1995-01-02'], ['4', '400.0000', '1995-01-02'], ['5', '400.0000', '1995-01-02']];
  const answer = answerOf(typed(columns, stored), 2);
  const policy = policyOf({ order: 'key', revenue: 'sum', date: 'key' }, ['-revenue', 'date'], 2);
  const check = (...rows: readonly (Cells | undefined)[]) => checkAnswer(typed(columns, rows.filter((row) => row !== undefined)), answer, policy);

  it.each([1, 2, 3])('passes whichever tied row is chosen (%d)', (choice) => {
    expect(check(stored[0], stored[choice])).toMatchObject(RIGHT);
  });

  it('sees a row that is no answer, though its sort keys are right', () => {
    const verdict = check(stored[0], ['6', '400.0000', '1995-01-02']);
    expect(verdict).toMatchObject(WRONG);
    expect(verdict.problems[0]).toBe('row 2, column "order": got 6, expected 3');
  });

  it('sees a tied row taken twice, a sure row left out, and all ties returned', () => {
    expect(check(stored[1], stored[2])).toMatchObject(WRONG);
    expect(check(stored[0], stored[0])).toMatchObject(WRONG);
    expect(check(...stored)).toMatchObject(WRONG);
    expect(check(stored[1], stored[0])).toMatchObject(WRONG);
  });

  it('sees a tied row that is there more often than it may', () => {
    const three = answerOf(typed(columns, stored), 3);
    const twice = checkAnswer(typed(columns, [stored[0] ?? [], stored[2] ?? [], stored[2] ?? []]), three, { ...policy, limit: 3 });
    expect(twice).toMatchObject(WRONG);
  });
});

describe('the hash of a result', () => {
  const columns = [['k', INTEGER], ['v', CENTS]] as const;
  const rows: Cells[] = [['1', '1.00'], ['2', '2.00']];

  it('does not depend on the order of rows, but on types and values', () => {
    const hash = resultHash(typed(columns, rows));
    expect(resultHash(typed(columns, [...rows].reverse()))).toBe(hash);
    expect(resultHash(typed(columns, [['1', '1.00'], ['2', '2.01']]))).not.toBe(hash);
    expect(resultHash(typed([['k', INTEGER], ['v', DOUBLE]], rows))).not.toBe(hash);
  });

  it('is the same through the gate, which keeps it for the next repetition', () => {
    const gate = new AnswerGate(answerOf(typed(columns, rows)), policyOf({ k: 'key', v: 'sum' }, ['k']));
    expect(gate.hash(typed(columns, rows))).toBe(resultHash(typed(columns, rows)));
    expect(gate.hash(typed(columns, [['1', '1.00']]))).toBe(resultHash(typed(columns, [['1', '1.00']])));
  });
});

describe('cost of the gate', () => {
  it('compares 18,000 rows in milliseconds when they are as stored', () => {
    const columns = [['brand', STRING], ['size', INTEGER], ['n', INTEGER]] as const;
    const rows = Array.from({ length: 18_000 }, (_, index) => [`Brand#${index}`, String(index % 50), '4']);
    const gate = new AnswerGate(answerOf(typed(columns, rows)), policyOf({ brand: 'key', size: 'key', n: 'count' }, ['brand']));
    const copy = typed(columns, rows);
    gate.check(copy);
    const start = performance.now();
    expect(gate.check(copy)).toMatchObject(RIGHT);
    expect(performance.now() - start).toBeLessThan(50);
  });
});
