import { loadAnswer } from '../../workloads/dataset/answers.js';
import { loadDataset } from '../../workloads/dataset/load.js';
import { computeAnswer } from '../../workloads/dataset/make-answers.js';
import { compareWithPublished } from '../../workloads/dataset/published-answers.js';
import { fingerprintProblems } from '../../workloads/dataset/published-fingerprints.js';
import { createTableViews } from '../../workloads/dataset/table-views.js';
import { queryText } from '../../workloads/tpch/query-text.js';
import { SAMPLE_DIR, withDuckDB } from './helpers.js';

jest.setTimeout(60_000);

describe('compareWithPublished', () => {
  const q1 = ['A', 'F', '380456', '532348211.65', '505822441.4861', '526165934.0008', '25.58', '35785.71', '0.05', '14876'];

  function q1With(changes: Readonly<Record<number, string | null>>): (string | null)[] {
    return q1.map((value, index) => (index in changes ? (changes[index] ?? null) : value));
  }

  it('takes what the specification tolerates', () => {
    const actual = q1With({ 2: '380456.00', 3: '532348311.60', 6: '25.575154611454693', 8: '0.0477' });
    expect(compareWithPublished('Q1', [q1], [actual])).toEqual([]);
  });

  it.each([
    ['a sum more than $100 off', 3, '532348312.00', 'sum_base_price'],
    ['a quantity off by one', 2, '380457.00', 'sum_qty'],
    ['a count off by one', 9, '14877', 'count_order'],
    ['an average off by 2 %', 7, '36501.42', 'avg_price'],
    ['a NULL', 4, null, 'sum_disc_price'],
  ])('names row and column of %s', (_, index, value, column) => {
    const problems = compareWithPublished('Q1', [q1], [q1With({ [index]: value })]);
    expect(problems).toEqual([expect.stringContaining(`Q1, published row 1, column ${column}`)]);
  });

  it('compares the number of rows, ties beyond a LIMIT left out', () => {
    expect(compareWithPublished('Q1', [q1, q1], [q1])).toEqual([expect.stringContaining('1 rows where the published answer has 2')]);
    const q3 = Array.from({ length: 11 }, (_, index) => [String(index), '1.0000', '1995-01-01', '0']);
    expect(compareWithPublished('Q3', q3.slice(1), q3)).toEqual([]);
    expect(compareWithPublished('Q3', [...q3.slice(0, 9), ['99', '1.0000', '1995-01-01', '0']], q3)).toEqual([expect.stringContaining('is not among the rows')]);
  });

  it('knows the NULL of an empty sum', () => {
    expect(compareWithPublished('Q17', [[null]], [[null]])).toEqual([]);
    expect(compareWithPublished('Q17', [[null]], [['0']])).toHaveLength(1);
  });
});

describe('fingerprintProblems', () => {
  it('names the columns when texts differ from those published', () => {
    expect(fingerprintProblems('Q15', [['8449', 'Supplier#000008449', 'elsewhere', '20-469-856-8873', '1772627.2087']])).toEqual([expect.stringContaining('s_address')]);
  });

  it('says nothing of queries without free text', () => {
    expect(fingerprintProblems('Q1', [])).toBeNull();
  });
});

describe('computeAnswer', () => {
  it('gives what the sample stores', async () => {
    const handle = await loadDataset(SAMPLE_DIR);
    const tables = new Map(Object.entries(handle.manifest.tables).map(([name, table]) => [name, table.files.map((file) => file.name)]));
    await withDuckDB(async (session) => {
      await createTableViews(session, SAMPLE_DIR, tables);
      for (const query of ['Q1', 'Q10', 'Q18', 'Q21'] as const) {
        const stored = await loadAnswer(handle, query, queryText(query, 0.01));
        expect(await computeAnswer({ session, datasetId: handle.manifest.dataset_id, scaleFactor: 0.01 }, query)).toEqual(stored);
      }
    });
  });

  it('keeps all rows that tie with the last of a LIMIT, and no more', async () => {
    await withDuckDB(async (session) => {
      const ties = (rank: string) => `SELECT i AS l_orderkey, ${rank} AS revenue, DATE '1995-01-01' AS o_orderdate, 0 AS o_shippriority FROM range(30) AS t(i)`;
      const answer = (rank: string) => computeAnswer({ session, datasetId: 'x', scaleFactor: 1, textOf: () => ties(rank) }, 'Q3');
      expect((await answer('i')).result.rows).toHaveLength(10);
      // Rows 9 to 13 tie for the last place.
      const tied = await answer('CASE WHEN i < 9 THEN 100 - i WHEN i < 14 THEN 50 ELSE 20 END');
      expect(tied.row_count).toBe(10);
      expect(tied.result.rows.map((row) => Number(row[0])).sort((a, b) => a - b)).toEqual(Array.from({ length: 14 }, (_, index) => index));
    });
  });
});
