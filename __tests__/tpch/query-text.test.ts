import { createAdversarialTables } from '../fixtures/adversarial-data.js';
import { openTestSession } from './inline-runner.js';
import type { DuckDBSession } from '../../workloads/duckdb/session.js';
import { FlowbenchError } from '../../workloads/model/errors.js';
import { QUERY_IDS } from '../../workloads/model/queries.js';
import { answerPolicy } from '../../workloads/tpch/answer-policy.js';
import { q11Fraction, queryText } from '../../workloads/tpch/query-text.js';

describe("Q11's fraction", () => {
  it.each([
    [0.01, '0.01'], [0.1, '0.001'], [1, '0.0001'], [10, '0.00001'], [100, '0.000001'], [1000, '0.0000001'], [0.0001, '1.0'], [1e21, '0.0000000000000000000000001'],
  ])('is the exact literal at scale factor %d', (scaleFactor, literal) => {
    expect(q11Fraction(scaleFactor)).toBe(literal);
  });

  it('keeps twelve significant digits where the quotient does not end', () => {
    expect(q11Fraction(3)).toBe('0.0000333333333333');
    expect(q11Fraction(3000)).toBe('0.0000000333333333333');
  });

  it.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY])('refuses the scale factor %d', (scaleFactor) => {
    expect(() => q11Fraction(scaleFactor)).toThrow(FlowbenchError);
  });

  it('is in the text as a number, so that no engine divides', () => {
    expect(queryText('Q11', 1000)).toContain('* 0.0000001\n');
    expect(queryText('Q11', 1000)).not.toMatch(/\/|\$|e-/);
  });
});

describe('query texts', () => {
  it.each(QUERY_IDS)('%s differs between scale factors only for Q11', (id) => {
    expect(queryText(id, 1) === queryText(id, 10)).toBe(id !== 'Q11');
  });

  it.each(QUERY_IDS)('%s ends with the LIMIT of its policy, and without it when asked', (id) => {
    const { limit } = answerPolicy(id);
    const text = queryText(id, 1);
    const unlimited = queryText(id, 1, { limit: false });
    expect(/\nlimit (\d+)$/.exec(text)?.[1] ?? null).toBe(limit === null ? null : String(limit));
    expect(unlimited).not.toMatch(/limit/i);
    expect(text.startsWith(unlimited)).toBe(true);
  });
});

describe('answer policies', () => {
  let session: DuckDBSession;
  beforeAll(async () => {
    session = await openTestSession();
    await createAdversarialTables(session);
  });
  afterAll(() => {
    session.close();
  });

  it.each(QUERY_IDS)('%s names exactly the columns of the result, and orders by some of them', async (id) => {
    const { columns } = await session.query(queryText(id, 1));
    const names = answerPolicy(id).columns.map(({ name }) => name);
    expect(columns.map(({ name }) => name)).toEqual(names);
    expect(names).toEqual(expect.arrayContaining(answerPolicy(id).orderBy.map(({ column }) => column)));
  });

  it.each(QUERY_IDS)('%s gives averages and ratios as doubles and nothing else', async (id) => {
    const { columns } = await session.query(queryText(id, 1));
    const doubles = columns.filter(({ type }) => type.kind === 'double').map(({ name }) => name);
    const rounded = answerPolicy(id).columns.filter((column) => column.class === 'avg' || column.class === 'ratio');
    expect(doubles).toEqual(rounded.map(({ name }) => name));
  });

  it.each(QUERY_IDS)('%s has rows on the adversarial data', async (id) => {
    const { rows } = await session.query(queryText(id, 0.01));
    expect(rows.length).toBeGreaterThan(0);
    expect(rows[0]).not.toContain(null);
  });
});
